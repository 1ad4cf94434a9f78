package org.unplug.fs.internal.cluster;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import org.unplug.fs.spi.Namespace;
import org.unplug.fs.spi.NodeInfo;
import org.unplug.fs.spi.OpenNode;

/** The names below a directory, which is found by itself and not by its name. Any thread may call. */
class Subtree implements Namespace {
    private final Tree tree;
    private final Node base;

    /** The base stays known, because it is the root or open. */
    Subtree(Tree tree, Node base) {
        this.tree = tree;
        this.base = base;
    }

    /** What is done under the tree's lock. */
    interface Work<T> {
        T run() throws IOException;
    }

    final <T> T reading(Work<T> work) throws IOException {
        tree.trim(false);
        return locked(tree.lock().readLock(), work);
    }

    /** @param about for messages */
    final <T> T changing(List<String> about, Work<T> work) throws IOException {
        if (tree.readOnly()) {
            throw tree.refused(shown(about));
        }
        tree.relieve();
        return locked(tree.lock().writeLock(), work);
    }

    private static <T> T locked(Lock lock, Work<T> work) throws IOException {
        lock.lock();
        try {
            return work.run();
        } finally {
            lock.unlock();
        }
    }

    final Tree tree() {
        return tree;
    }

    final Node base() {
        return base;
    }

    private String shown(List<String> path) {
        String above = base.isRoot() ? "" : base.path();
        return path.isEmpty() && !base.isRoot() ? above : above + "/" + String.join("/", path);
    }

    final Node find(List<String> path) throws IOException {
        if (base.isDeleted()) {
            throw new NoSuchFileException(shown(path), null, "the open directory was deleted");
        }
        Node node = base;
        for (String name : path) {
            if (!node.isDirectory()) {
                throw new NotDirectoryException(node.path());
            }
            Node child = tree.directory(node).get(name);
            if (child == null) {
                throw new NoSuchFileException(shown(path));
            }
            node = child;
        }
        return node;
    }

    final Node findDirectory(List<String> path) throws IOException {
        Node node = find(path);
        if (!node.isDirectory()) {
            throw new NotDirectoryException(node.path());
        }
        return node;
    }

    private Node findParent(List<String> path) throws IOException {
        return findDirectory(path.subList(0, path.size() - 1));
    }

    private static String last(List<String> path) {
        return path.get(path.size() - 1);
    }

    @Override
    public NodeInfo stat(List<String> path) throws IOException {
        return reading(() -> find(path).info());
    }

    @Override
    public List<NodeInfo> list(List<String> path) throws IOException {
        return reading(() -> {
            List<NodeInfo> infos = new ArrayList<>();
            for (Node child : tree.directory(findDirectory(path)).nodes()) {
                infos.add(child.info());
            }
            return infos;
        });
    }

    @Override
    public OpenNode open(List<String> path, boolean write, boolean create, boolean exclusive) throws IOException {
        if (write && tree.readOnly()) {
            throw tree.refused(shown(path));
        }
        if (!create) {
            return locked(tree.lock().readLock(), () -> tree.opened(find(path), write));
        }
        return changing(path, () -> {
            if (path.isEmpty()) {
                throw new FileAlreadyExistsException(shown(path));
            }
            Node parent = findParent(path);
            Node node = tree.directory(parent).get(last(path));
            if (node != null && exclusive) {
                throw new FileAlreadyExistsException(node.path());
            }
            return tree.opened(node == null ? new Creation(tree, parent, last(path)).file() : node, write);
        });
    }

    @Override
    public void createDirectory(List<String> path) throws IOException {
        changing(path, () -> {
            if (path.isEmpty() || tree.directory(findParent(path)).get(last(path)) != null) {
                throw new FileAlreadyExistsException(shown(path));
            }
            new Creation(tree, findParent(path), last(path)).directory();
            return null;
        });
    }

    @Override
    public void delete(List<String> path) throws IOException {
        changing(path, () -> {
            delete(find(path));
            return null;
        });
    }

    /** Under the lock for writing. */
    final void delete(Node node) throws IOException {
        if (node.isRoot()) {
            throw new FileSystemException("/", null, "the root directory cannot be deleted");
        }
        tree.checkEmpty(node);
        tree.beforeChange(node.path());
        tree.settleWithin(node);
        Node parent = node.parent();
        tree.directory(parent).remove(node);
        tree.allotment().discard(node);
        tree.touch(parent);
    }

    @Override
    public void rename(List<String> from, List<String> to, boolean replace) throws IOException {
        rename(from, this, to, replace);
    }

    final void rename(List<String> from, Subtree target, List<String> to, boolean replace) throws IOException {
        changing(from, () -> {
            Node node = find(from);
            if (node.isRoot() || to.isEmpty()) {
                throw new FileSystemException(
                        shown(from), target.shown(to), "an open or root directory cannot be moved nor replaced");
            }
            new Rename(tree, node, target.findParent(to), last(to)).run(replace);
            return null;
        });
    }

    @Override
    public void setTimes(List<String> path, Instant modified, Instant accessed, Instant created) throws IOException {
        change(path, state -> state.withTimes(modified, accessed, created));
    }

    @Override
    public void setFlags(List<String> path, Set<NodeInfo.Flag> flags) throws IOException {
        change(path, state -> state.withAttributes(state.attributes() & Node.DIRECTORY | Node.bits(flags)));
    }

    private void change(List<String> path, Node.Change change) throws IOException {
        changing(path, () -> {
            Node node = find(path);
            if (node.isRoot()) {
                throw new FileSystemException("/", null, "the root directory has no attributes");
            }
            tree.beforeChange(node.path());
            tree.dirty(node, change);
            return null;
        });
    }
}
