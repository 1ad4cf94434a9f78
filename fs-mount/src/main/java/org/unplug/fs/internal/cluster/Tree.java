package org.unplug.fs.internal.cluster;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.unplug.fs.Space;
import org.unplug.fs.spi.NodeInfo;
import org.unplug.fs.spi.OpenDirectory;
import org.unplug.fs.spi.OpenNode;
import org.unplug.fs.spi.SuperBlock;
import org.unplug.fs.spi.Volume;
import org.unplug.fs.spi.Volume.Stage;

/**
 * A mounted volume: a tree of directories and files over clusters.
 *
 * <p><b>Locks</b>, in this order: a node's content (readers or one writer of a file's bytes), {@link #lock} (readers or one changer
 * of names, of the table, and the commit), a directory's loading, a node's or chain's monitor, the volume. All may be held while the
 * volume blocks, since its waits end when the disk dies; letting a mount die takes none of them.
 *
 * <p>Reading a file takes its content lock and, once its chain is known, nothing else, so that files do not disturb each other.
 */
public final class Tree implements SuperBlock {
    private final Volume volume;
    private final Dialect dialect;
    private final Layout layout;
    private final Clusters table;
    private final Commit commit;
    private final InstantSource clock;
    private final Node root;
    private final Subtree names;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private final Allotment allotment;
    private final Loaded loaded = new Loaded(this);
    private volatile boolean refusing;
    private volatile boolean frozen;
    private volatile String label;
    private volatile String damage;

    /**
     * Mounts.
     *
     * @param readOnly refuse changes
     */
    public Tree(Volume volume, Dialect dialect, boolean readOnly, InstantSource clock) throws IOException {
        this.volume = volume;
        this.dialect = dialect;
        this.clock = clock;
        layout = dialect.layout();
        table = dialect.clusters();
        refusing = readOnly || volume.readOnly();
        commit = new Commit(this);
        allotment = new Allotment(this);
        root = dialect.root();
        names = new Subtree(this, root);
        label = dialect.label(directory(root));
        if (wasDirty()) {
            volume.warn("disk " + volume.disk().name()
                    + ": the volume was not unmounted orderly the last time; a check is due");
            sweep();
        }
    }

    private void sweep() throws IOException {
        if (!refusing) {
            new Sweep(this).run(root);
        }
    }

    public Volume volume() {
        return volume;
    }

    public Layout layout() {
        return layout;
    }

    Dialect dialect() {
        return dialect;
    }

    Clusters table() {
        return table;
    }

    Instant now() {
        return clock.instant();
    }

    ReadWriteLock lock() {
        return lock;
    }

    Loaded loaded() {
        return loaded;
    }

    Allotment allotment() {
        return allotment;
    }

    Commit commit() {
        return commit;
    }

    Chain chain(Node node) throws IOException {
        return node.chain(table, layout);
    }

    @Override
    public String type() {
        return layout.variant();
    }

    @Override
    public String label() {
        return label;
    }

    @Override
    public String uuid() {
        return dialect.uuid();
    }

    @Override
    public Space space() {
        long unit = layout.clusterBytes();
        return new Space(layout.clusters() * unit, table.free() * unit, (int) unit);
    }

    @Override
    public boolean wasDirty() {
        return commit.wasDirty();
    }

    @Override
    public boolean readOnly() {
        return refusing || damage != null;
    }

    @Override
    public String refusal(String name) {
        return dialect.refusal(name);
    }

    @Override
    public String fold(String name) {
        return dialect.fold(name);
    }

    /** The content of a directory. Needs the lock, for reading at least. */
    Directory directory(Node node) throws IOException {
        return loaded.directory(node);
    }

    @Override
    public NodeInfo stat(List<String> path) throws IOException {
        return names.stat(path);
    }

    @Override
    public List<NodeInfo> list(List<String> path) throws IOException {
        return names.list(path);
    }

    @Override
    public OpenNode open(List<String> path, boolean write, boolean create, boolean exclusive) throws IOException {
        return names.open(path, write, create, exclusive);
    }

    @Override
    public void createDirectory(List<String> path) throws IOException {
        names.createDirectory(path);
    }

    @Override
    public void delete(List<String> path) throws IOException {
        names.delete(path);
    }

    @Override
    public void rename(List<String> from, List<String> to, boolean replace) throws IOException {
        names.rename(from, to, replace);
    }

    @Override
    public void setTimes(List<String> path, Instant modified, Instant accessed, Instant created) throws IOException {
        names.setTimes(path, modified, accessed, created);
    }

    @Override
    public void setFlags(List<String> path, Set<NodeInfo.Flag> flags) throws IOException {
        names.setFlags(path, flags);
    }

    @Override
    public Optional<OpenDirectory> openDirectory(List<String> path) throws IOException {
        return Optional.of(OpenSubtree.open(names, path));
    }

    /** Opens a file that was found; needs the lock, for reading at least. */
    OpenNode opened(Node node, boolean write) throws IOException {
        if (node.isDirectory()) {
            throw new FileSystemException(node.path(), null, "is a directory");
        }
        if (write && (node.state().attributes() & Node.READ_ONLY) != 0) {
            throw new AccessDeniedException(node.path(), null, "the file has the attribute read-only");
        }
        if (node.state().size() > 0 && !layout.holds(node.state().firstCluster())) {
            throw layout.damaged(
                    volume.disk().name(),
                    node.path() + " begins at cluster " + node.state().firstCluster());
        }
        node.opened();
        return new ClusterFile(this, node);
    }

    /** A directory's content changed. */
    void touch(Node directory) {
        if (!directory.isRoot()) {
            Instant now = now();
            dirty(directory, state -> state.withTimes(now, null, null));
        }
    }

    /** Changes a node's state such that its entry will be written. Any thread. */
    void dirty(Node node, Node.Change change) {
        if (node.change(change)) {
            commit.dirtied(node);
        }
    }

    /** Commits first if a name is on the disk still for what was renamed or deleted: two files of one name are never there. */
    void settle(Node parent, String name) throws IOException {
        if (directory(parent).isStillThere(name)) {
            commit.run();
        }
    }

    /** Says so in its entry, where that tells the length. */
    void directoryGrew(Node directory, long bytes) {
        if (dialect.keepsDirectorySizes() && !directory.isRoot()) {
            dirty(directory, state -> state.withSize(bytes, bytes));
        }
    }

    /** A directory is to go: not before what was moved out of it has its new name on the disk. */
    void settleWithin(Node node) throws IOException {
        if (node.isDirectory() && commit.hasErasures()) {
            commit.run();
        }
    }

    void checkEmpty(Node node) throws IOException {
        if (node.isDirectory() && !directory(node).isEmpty()) {
            throw new DirectoryNotEmptyException(node.path());
        }
    }

    /** What to throw at who wants to change something. */
    FileSystemException refused(String path) {
        return new FileSystemException(
                path, null, damage == null ? "mounted read-only" : "read-only since damage was found: " + damage);
    }

    /** To be called under the lock for writing before anything is changed. */
    void beforeChange(String path) throws IOException {
        if (readOnly()) {
            throw refused(path);
        }
        commit.beforeChange();
    }

    /** Commits early if names and table take much of the cache. Without locks. */
    void relieve() throws IOException {
        if (volume.stagedBytes() > volume.cacheBytes() / 4) {
            sync();
        }
        trim(false);
    }

    /** Forgets directories when very many are loaded. */
    void trim(boolean locked) {
        if (!loaded.tooMany()
                || commit.hasErasures()
                || commit.hasErased()
                || !(locked || lock.writeLock().tryLock())) {
            return;
        }
        try {
            loaded.trim(root);
        } finally {
            if (!locked) {
                lock.writeLock().unlock();
            }
        }
    }

    @Override
    public boolean isDirty() {
        return !refusing && commit.isDirty();
    }

    @Override
    public void sync() throws IOException {
        if (refusing || frozen) {
            return;
        }
        volume.writeBack(Stage.DATA);
        lock.writeLock().lock();
        try {
            commit.run();
            trim(true);
        } finally {
            lock.writeLock().unlock();
        }
    }

    @Override
    public void quiesce() throws IOException {
        if (refusing) {
            return;
        }
        volume.writeBack(Stage.DATA);
        lock.writeLock().lock();
        try {
            allotment.closeOrphans();
            commit.run();
            if (damage == null) {
                commit.markClean();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    @Override
    public void freeze() throws IOException {
        lock.writeLock().lock();
        try {
            if (!refusing) {
                volume.writeBack(Stage.DATA);
                commit.run();
                if (damage == null && !allotment.hasOrphans()) {
                    commit.markClean();
                }
            }
            frozen = true;
        } finally {
            lock.writeLock().unlock();
        }
    }

    @Override
    public void thaw() {
        frozen = false;
    }

    @Override
    public void remount(boolean readOnly) throws IOException {
        if (!readOnly && damage != null) {
            throw refused("/");
        }
        lock.writeLock().lock();
        try {
            boolean swept = !refusing;
            refusing = readOnly;
            if (wasDirty() && !swept) {
                sweep();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** The volume contradicts itself: nothing is changed any more. */
    void damaged(String what) {
        if (damage == null) {
            damage = what;
            volume.warn("disk " + volume.disk().name() + ": read-only from now on: " + what);
        }
    }
}
