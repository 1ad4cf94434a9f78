package org.unplug.fs.internal.cluster;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NotDirectoryException;
import java.util.LinkedList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;
import org.unplug.fs.spi.OpenDirectory;

/** A directory that is open. Its clusters stay its own until it is closed, also if it is deleted. */
final class OpenSubtree extends Subtree implements OpenDirectory {
    private final AtomicBoolean closed = new AtomicBoolean();

    /** The base was {@linkplain Node#opened opened} for this. */
    private OpenSubtree(Tree tree, Node base) {
        super(tree, base);
    }

    /** Opens one below a directory. */
    static OpenSubtree open(Subtree above, List<String> path) throws IOException {
        return above.reading(() -> {
            Node node = above.findDirectory(path);
            node.opened();
            return new OpenSubtree(above.tree(), node);
        });
    }

    @Override
    public List<String> path() throws IOException {
        return reading(() -> {
            LinkedList<String> names = new LinkedList<>();
            for (Node node = find(List.of()); !node.isRoot(); node = node.parent()) {
                names.addFirst(node.name());
            }
            return List.copyOf(names);
        });
    }

    @Override
    public OpenDirectory openDirectory(List<String> path) throws IOException {
        return open(this, path);
    }

    @Override
    public void delete(List<String> path, boolean directory) throws IOException {
        changing(path, () -> {
            Node node = find(path);
            if (directory && !node.isDirectory()) {
                throw new NotDirectoryException(node.path());
            }
            if (!directory && node.isDirectory()) {
                throw new FileSystemException(node.path(), null, "is a directory");
            }
            delete(node);
            return null;
        });
    }

    @Override
    public void rename(List<String> from, OpenDirectory directory, List<String> to, boolean replace)
            throws IOException {
        if (!(directory instanceof OpenSubtree target) || target.tree() != tree()) {
            throw new IllegalArgumentException("the directories are not of one volume");
        }
        rename(from, (Subtree) target, to, replace);
    }

    @Override
    public void close() throws IOException {
        if (closed.compareAndSet(false, true) && base().closed()) {
            Lock lock = tree().lock().writeLock();
            lock.lock();
            try {
                tree().allotment().closedOrphan(base());
            } finally {
                lock.unlock();
            }
        }
    }
}
