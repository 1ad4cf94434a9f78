package org.unplug.fs.internal.cluster;

/**
 * Which node of a directory is found by which name, in the form in which names that mean the same are equal. Its rows run through the
 * nodes, so that an entry takes no object of its own; a node is in the index of one directory at most, and keeps its name's form while
 * it is there.
 */
final class NameIndex {
    private static final int LEAST_ROWS = 16;

    private Node[] rows = new Node[LEAST_ROWS];
    private int size;

    /** The node of a name, or null. */
    Node get(String folded) {
        int hash = folded.hashCode();
        Node at = rows[row(hash)];
        while (at != null && !(at.nameHash == hash && at.place().folded().equals(folded))) {
            at = at.nextInRow;
        }
        return at;
    }

    /** From now on this node is found by its name, and no other one. */
    void put(Node node) {
        Node there = get(node.place().folded());
        if (there != node) {
            if (there != null) {
                remove(there);
            }
            add(node);
        }
    }

    /** As {@link #put}, but a node that has the name stays the one that is found. */
    void putIfAbsent(Node node) {
        if (get(node.place().folded()) == null) {
            add(node);
        }
    }

    private void add(Node node) {
        if (size == rows.length) {
            grow();
        }
        node.nameHash = node.place().folded().hashCode();
        link(node);
        size++;
    }

    private void link(Node node) {
        int row = row(node.nameHash);
        node.nextInRow = rows[row];
        rows[row] = node;
    }

    /** Removes a node if it is there. */
    void remove(Node node) {
        int row = row(node.nameHash);
        Node before = null;
        Node at = rows[row];
        while (at != null && at != node) {
            before = at;
            at = at.nextInRow;
        }
        if (at == null) {
            return;
        }
        if (before == null) {
            rows[row] = node.nextInRow;
        } else {
            before.nextInRow = node.nextInRow;
        }
        node.nextInRow = null;
        size--;
    }

    private void grow() {
        Node[] old = rows;
        rows = new Node[old.length * 2];
        for (Node first : old) {
            Node node = first;
            while (node != null) {
                Node next = node.nextInRow;
                link(node);
                node = next;
            }
        }
    }

    private int row(int hash) {
        int mixed = hash * 0x9E3779B9;
        return (mixed ^ mixed >>> 16) & (rows.length - 1);
    }
}
