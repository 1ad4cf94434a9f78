package org.unplug.fs.internal.cluster;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * What has to be put right on a volume that was cut off, before it is changed again: the traces of a commit half-way that would turn
 * into damage. All directories are read; what they say of files is left to a check.
 *
 * <ul>
 *   <li>A rename that was caught between its new name and the removal of the old one leaves two names for one chain. If one of them
 *       were deleted later, the other would lead to free clusters. The newer stays: a rename advances the time of creation by the
 *       least step that the format can tell; but not if of its long name only the short one arrived.
 *   <li>Names behind the end mark, which arrived while the sector with the first of them did not. A later name would bring them back.
 * </ul>
 */
final class Sweep {
    private final Tree tree;
    private final Map<Integer, Node> byCluster = new HashMap<>();
    private final ArrayDeque<Node> unread = new ArrayDeque<>();
    private int changes;

    Sweep(Tree tree) {
        this.tree = tree;
    }

    /** Nobody else may use the volume yet. @return how many changes are to be written back */
    int run(Node root) throws IOException {
        if (root.state().firstCluster() != 0) {
            byCluster.put(root.state().firstCluster(), root);
        }
        unread.add(root);
        while (!unread.isEmpty()) {
            Node node = unread.remove();
            try {
                Directory directory = tree.directory(node);
                changes += directory.clearBehindEnd();
                for (Node child : directory.nodes()) {
                    meet(child);
                }
            } catch (Damaged found) {
                tree.volume().warn("directory " + node.path() + ": " + found.getReason());
            }
        }
        return changes;
    }

    private void meet(Node node) throws IOException {
        int cluster = node.state().firstCluster();
        Node other = cluster == 0 ? null : byCluster.putIfAbsent(cluster, node);
        if (other == null) {
            if (node.isDirectory()) {
                unread.add(node);
            }
        } else if (!other.isRoot() && other.isDirectory() == node.isDirectory() && !other.isAbove(node)) {
            boolean newer = isNewer(node, other);
            Node stays = newer ? node : other;
            Node goes = newer ? other : node;
            if (newer) {
                byCluster.put(cluster, node);
                if (node.isDirectory()) {
                    unread.remove(other);
                    unread.add(node);
                }
            }
            tree.volume()
                    .warn(goes.path() + " and " + stays.path()
                            + " are one file: a rename was cut off; the first name goes");
            tree.directory(goes.parent()).remove(goes);
            changes++;
        }
    }

    private boolean isNewer(Node node, Node other) {
        boolean remnant = tree.dialect().isRemnant(node);
        return remnant == tree.dialect().isRemnant(other)
                ? node.state().created().isAfter(other.state().created())
                : !remnant;
    }
}
