package org.unplug.fs.internal.cluster;

import java.io.IOException;
import java.nio.file.FileSystemException;

/** Makes a file or directory of a name that is not there yet. Needs the tree's lock for writing. */
final class Creation {
    private final Tree tree;
    private final Node parent;
    private final String name;

    Creation(Tree tree, Node parent, String name) {
        this.tree = tree;
        this.parent = parent;
        this.name = name;
    }

    Node file() throws IOException {
        Node node = begin(false);
        list(node);
        return node;
    }

    /** Its first cluster is written before its entry is. */
    void directory() throws IOException {
        Node node = begin(true);
        Layout layout = tree.layout();
        Run run = tree.allotment().allocate(0, 1, 0, parent.path() + "/" + name);
        try {
            int size = tree.dialect().keepsDirectorySizes() ? layout.clusterBytes() : 0;
            node.begin(state -> state.withFirstCluster(run.first()).withSize(size, size));
            tree.allotment().zero(run);
            tree.dialect().prepare(node, parent, tree);
            tree.volume().startWriteBack(layout.offset(run.first()), layout.clusterBytes());
            list(node);
        } catch (FileSystemException full) {
            tree.table().undo(run);
            throw full;
        }
    }

    private Node begin(boolean directory) throws IOException {
        String refusal = tree.refusal(name);
        if (refusal != null) {
            throw new FileSystemException(parent.path(), name, refusal);
        }
        tree.beforeChange(parent.path());
        tree.settle(parent, name);
        return new Node(tree.directory(parent).newPlace(name), tree.dialect().newState(directory, tree.now()));
    }

    private void list(Node node) throws IOException {
        tree.directory(parent).add(node);
        tree.loaded().added();
        tree.touch(parent);
    }
}
