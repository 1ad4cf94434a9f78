package org.unplug.fs.internal.cluster;

/**
 * Where a node's entries are. Immutable.
 *
 * @param parent the directory; null for the root
 * @param name as it was written
 * @param alias the format's second name, by which its entries are known too; or null
 * @param first the slot of its first entry
 * @param last the slot of its last one
 */
public record Place(Node parent, String name, Object alias, int first, int last) {

    Place at(int newFirst, int newLast) {
        return new Place(parent, name, alias, newFirst, newLast);
    }
}
