package org.unplug.fs.internal.cluster;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/** Which directories are in memory. Any thread, with the tree's lock for reading at least. */
final class Loaded {
    private static final int MOST = 100_000;

    private final Tree tree;
    private final AtomicInteger nodes = new AtomicInteger();

    Loaded(Tree tree) {
        this.tree = tree;
    }

    /** The content of a directory; loads it if need be. */
    Directory directory(Node node) throws IOException {
        Directory directory = node.directory;
        if (directory == null) {
            synchronized (node.errors) {
                directory = node.directory;
                if (directory == null) {
                    directory = tree.dialect().load(node, tree);
                    nodes.addAndGet(directory.size() + 1);
                    node.directory = directory;
                }
            }
        }
        return directory;
    }

    /** A node was added to a directory that is loaded. */
    void added() {
        nodes.incrementAndGet();
    }

    /** A node is listed no more. */
    void removed() {
        nodes.decrementAndGet();
    }

    boolean tooMany() {
        return nodes.get() > MOST;
    }

    /** Forgets all directories at and below one that nobody needs; needs the lock for writing. */
    void trim(Node node) {
        Directory directory = node.directory;
        boolean needed = node.isRoot();
        for (Node child : directory.nodes()) {
            if (child.directory != null) {
                trim(child);
            }
            needed |= child.isNeeded();
        }
        if (!needed) {
            node.directory = null;
            nodes.addAndGet(-directory.size() - 1);
        }
    }
}
