package org.unplug.fs.internal.cluster;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Which node's entries end at which slot of a directory. A row as long as the directory, since most slots are used. */
final class SlotIndex {
    private Node[] nodes = new Node[64];
    /** Behind the last slot that ever had one. */
    private int end;

    private int size;

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    void put(int slot, Node node) {
        if (slot >= nodes.length) {
            nodes = Arrays.copyOf(nodes, Math.max(slot + 1, nodes.length * 2));
        }
        size += nodes[slot] == null ? 1 : 0;
        nodes[slot] = node;
        end = Math.max(end, slot + 1);
    }

    /** Removes a node if it is there. */
    void remove(int slot, Node node) {
        if (slot < end && nodes[slot] == node) {
            nodes[slot] = null;
            size--;
        }
    }

    /** In the order of their slots. */
    List<Node> nodes() {
        List<Node> all = new ArrayList<>(size);
        for (int slot = 0; slot < end; slot++) {
            if (nodes[slot] != null) {
                all.add(nodes[slot]);
            }
        }
        return all;
    }
}
