package org.unplug.fs.internal.cluster;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.unplug.fs.spi.Volume.Stage;

/**
 * What has to be put right on a volume that was cut off, before it is changed again: the traces of a commit half-way that would turn
 * into damage. All directories are read; what they say of files is left to a check.
 *
 * <ul>
 *   <li>A rename that was caught between its new name and the removal of the old one leaves two names for one chain. If one of them
 *       were deleted later, the other would lead to free clusters. The newer stays: a rename advances the time of creation by the
 *       least step that the format can tell; but not if of its long name only the short one arrived.
 *   <li>One that was caught so within its directory, to another spelling of the same name, may leave two names that mean the same and
 *       no chain, if the file is empty: the same holds for them.
 *   <li>Names behind the end mark, which arrived while the sector with the first of them did not. A later name would bring them back.
 * </ul>
 */
final class Sweep {
    private final Tree tree;
    private final Map<Integer, Node> byCluster = new HashMap<>();
    private final ArrayDeque<Node> unread = new ArrayDeque<>();
    private final List<Pair> going = new ArrayList<>();

    /** Two names of one file. */
    private record Pair(Node stays, Node goes) {}

    Sweep(Tree tree) {
        this.tree = tree;
    }

    /** Nobody else may use the volume yet. What was changed is durable on return. */
    void run(Node root) throws IOException {
        boolean behindEnd = false;
        if (root.state().firstCluster() != 0) {
            byCluster.put(root.state().firstCluster(), root);
        }
        unread.add(root);
        while (!unread.isEmpty()) {
            Node node = unread.remove();
            try {
                Directory directory = tree.directory(node);
                behindEnd |= directory.clearBehindEnd();
                Map<String, Node> byName = new HashMap<>();
                for (Node child : directory.nodes()) {
                    meet(child, byName);
                }
            } catch (Damaged found) {
                tree.volume().warn("directory " + node.path() + ": " + found.getReason());
            }
        }
        if (behindEnd || !going.isEmpty()) {
            remove();
        }
    }

    private void meet(Node node, Map<String, Node> byName) throws IOException {
        int cluster = node.state().firstCluster();
        Node other = cluster == 0 ? null : byCluster.putIfAbsent(cluster, node);
        Node namesake = byName.putIfAbsent(tree.fold(node.name()), node);
        if (other != null) {
            if (!other.isRoot() && other.isDirectory() == node.isDirectory() && !other.isAbove(node)) {
                settle(node, other, byName);
            }
        } else if (namesake != null && node.state().isOfOneRename(namesake.state())) {
            settle(node, namesake, byName);
        } else if (node.isDirectory()) {
            unread.add(node);
        }
    }

    /** One of two names of a file goes. */
    private void settle(Node node, Node other, Map<String, Node> byName) throws IOException {
        boolean newer = isNewer(node, other);
        Node stays = newer ? node : other;
        Node goes = newer ? other : node;
        byCluster.remove(goes.state().firstCluster(), goes);
        if (stays.state().firstCluster() != 0) {
            byCluster.put(stays.state().firstCluster(), stays);
        }
        // What is in a directory is met once, by whichever of its names: a second time each file would be its own twin.
        if (newer && node.isDirectory() && unread.remove(other)) {
            unread.add(node);
        }
        tree.volume()
                .warn(goes.path() + " and " + stays.path()
                        + " are one file: a rename was cut off; the first name goes");
        going.add(new Pair(stays, goes));
        byName.values().remove(goes);
        byName.putIfAbsent(tree.fold(node.name()), stays);
    }

    /** What leads up from a directory is right before one of its names goes. */
    private void remove() throws IOException {
        List<Pair> sound = new ArrayList<>();
        for (Pair pair : going) {
            try {
                if (pair.stays().isDirectory()) {
                    tree.directory(pair.stays()).moved(pair.stays().parent());
                }
                sound.add(pair);
            } catch (Damaged found) {
                tree.volume().warn(pair.stays().path() + " keeps both its names: " + found.getReason());
            }
        }
        writeBack();
        for (Pair pair : sound) {
            tree.directory(pair.goes().parent()).remove(pair.goes());
            // The one that goes may have been the one that is found.
            tree.directory(pair.stays().parent()).remember(pair.stays());
        }
        writeBack();
    }

    private void writeBack() throws IOException {
        tree.volume().makeDurable(EnumSet.of(Stage.NAMES));
    }

    private boolean isNewer(Node node, Node other) {
        boolean remnant = tree.dialect().isRemnant(node);
        return remnant == tree.dialect().isRemnant(other)
                ? node.state().created().isAfter(other.state().created())
                : !remnant;
    }
}
