package org.unplug.fs.internal.cluster;

/**
 * Neighbouring clusters.
 *
 * @param first the first one's number
 * @param length how many
 */
public record Run(int first, int length) {

    /** The number behind the last one. */
    public int end() {
        return first + length;
    }
}
