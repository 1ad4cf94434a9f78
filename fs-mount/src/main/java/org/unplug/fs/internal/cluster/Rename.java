package org.unplug.fs.internal.cluster;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;

/**
 * Gives a node another place. The new name is written with the next names, the old one goes after it: whatever a cut
 * leaves, the node has a name. One that takes the place of another node gets that one's entries, which lie in one sector, and so its
 * spelling. Needs the tree's lock for writing.
 */
final class Rename {
    /** The least difference of times of creation that FAT and exFAT keep. */
    static final int LEAST_STEP_MS = 10;

    private final Tree tree;
    private final Node node;
    private final Node parent;
    private final String name;
    private final Place old;
    private final Directory source;
    private final Directory target;

    Rename(Tree tree, Node node, Node parent, String name) throws IOException {
        this.tree = tree;
        this.node = node;
        this.parent = parent;
        this.name = name;
        old = node.place();
        source = tree.directory(node.parent());
        target = tree.directory(parent);
    }

    /** @param replace whether a file or empty directory of the new name goes */
    void run(boolean replace) throws IOException {
        Node there = target.get(name);
        Node replaced = there == node ? null : there;
        if (replaced != null) {
            if (!replace) {
                throw new FileAlreadyExistsException(replaced.path());
            }
            tree.checkEmpty(replaced);
        }
        if (node == parent || node.isAbove(parent)) {
            throw new FileSystemException(node.path(), parent.path(), "a directory cannot move into itself");
        }
        String refusal = tree.refusal(name);
        if (refusal != null) {
            throw new FileSystemException(node.path(), name, refusal);
        }
        if (node.isDirectory() && parent != old.parent()) {
            // The commit writes into it: if it cannot be read, it cannot be moved.
            tree.directory(node);
        }
        tree.beforeChange(node.path());
        tree.settle(parent, name);
        if (replaced != null) {
            tree.settleWithin(replaced);
        }
        if (!respell()) {
            move(replaced);
        }
    }

    /** A change of case alone: where it can, it takes the entries that are there, so that there is one name at every instant. */
    private boolean respell() throws IOException {
        boolean sameName = old.parent() == parent && tree.fold(name).equals(old.folded());
        boolean done = sameName && source.respell(node, source.newPlace(name, old));
        if (done) {
            tree.touch(parent);
        }
        return done;
    }

    private void move(Node replaced) throws IOException {
        source.forget(node);
        if (replaced != null) {
            target.forget(replaced);
        }
        try {
            // If a cut leaves both names, this tells which is the newer one: see Sweep.
            tree.dirty(
                    node, state -> state.withTimes(null, null, state.created().plusMillis(LEAST_STEP_MS)));
            if (replaced != null) {
                target.takeOver(node, replaced);
            } else {
                node.setPlace(target.newPlace(name));
                target.add(node);
            }
        } catch (IOException full) {
            node.setPlace(old);
            source.remember(node);
            if (replaced != null) {
                target.remember(replaced);
            }
            throw full;
        }
        tree.commit().eraseLater(source, old, node);
        if (replaced != null) {
            tree.allotment().discard(replaced);
        }
        tree.touch(old.parent());
        tree.touch(parent);
    }
}
