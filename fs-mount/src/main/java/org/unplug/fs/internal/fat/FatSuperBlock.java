package org.unplug.fs.internal.fat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.unplug.fs.Space;
import org.unplug.fs.spi.NodeInfo;
import org.unplug.fs.spi.OpenNode;
import org.unplug.fs.spi.SuperBlock;
import org.unplug.fs.spi.Volume;
import org.unplug.fs.spi.Volume.Stage;
import org.unplug.fs.spi.WriteErrors;

/**
 * A mounted FAT volume.
 *
 * <p><b>Locks</b>, in this order: a node's content (readers or one writer of a file's bytes), {@link #lock} (readers or one changer
 * of names, of the table, and the commit), a directory's loading, a node's or chain's monitor, the volume. All may be held while the
 * volume blocks, since its waits end when the disk dies; letting a mount die takes none of them.
 *
 * <p>Reading a file takes its content lock and, once its chain is known, nothing else, so that files do not disturb each other.
 */
final class FatSuperBlock implements SuperBlock {
    private static final int MOST_LOADED = 100_000;
    private static final int LABEL_LENGTH = 11;

    private final Volume volume;
    private final Geometry geometry;
    private final FatTable table;
    private final Commit commit;
    private final FatTime time;
    private final InstantSource clock;
    private final boolean readOnlyMount;
    private final boolean wasDirty;
    private final Node root;
    private final String label;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private final Set<Node> orphans = ConcurrentHashMap.newKeySet();
    private final AtomicInteger loaded = new AtomicInteger();
    private volatile String damage;

    FatSuperBlock(Volume volume, boolean readOnly, InstantSource clock, ZoneId zone) throws IOException {
        this.volume = volume;
        this.clock = clock;
        geometry = Geometry.read(volume);
        time = new FatTime(zone);
        readOnlyMount = readOnly || volume.readOnly();
        table = new FatTable(volume, geometry);
        commit = new Commit(volume, geometry, table, this);
        wasDirty = commit.wasDirty();
        long[] info = commit.readInfo();
        table.begin(wasDirty ? -1 : info[0], (int) info[1]);
        root = new Node(
                null,
                "",
                null,
                new Node.State(Slot.DIRECTORY, 0, geometry.rootCluster(), Instant.EPOCH, Instant.EPOCH, Instant.EPOCH));
        Directory top = directory(root);
        label = top.label().isEmpty() ? geometry.label() : top.label();
        if (wasDirty) {
            volume.warn("disk " + volume.disk().name()
                    + ": the volume was not unmounted orderly the last time; a check is due");
        }
    }

    Volume volume() {
        return volume;
    }

    Geometry geometry() {
        return geometry;
    }

    FatTable table() {
        return table;
    }

    FatTime time() {
        return time;
    }

    WriteErrors errors() {
        return volume.errors();
    }

    Instant now() {
        return clock.instant();
    }

    ReadWriteLock lock() {
        return lock;
    }

    Commit commit() {
        return commit;
    }

    @Override
    public String type() {
        return geometry.variant();
    }

    @Override
    public String label() {
        return label.substring(0, Math.min(LABEL_LENGTH, label.length()));
    }

    @Override
    public Space space() {
        long unit = geometry.clusterBytes();
        return new Space(geometry.clusters() * unit, table.free() * unit, (int) unit);
    }

    @Override
    public boolean wasDirty() {
        return wasDirty;
    }

    @Override
    public boolean readOnly() {
        return readOnlyMount || damage != null;
    }

    @Override
    public String refusal(String name) {
        return LongName.refusal(name);
    }

    @Override
    public String fold(String name) {
        return LongName.fold(name);
    }

    /** The content of a directory; loads it if need be. Needs the lock, for reading at least. */
    Directory directory(Node node) throws IOException {
        Directory directory = node.directory;
        if (directory == null) {
            synchronized (node.errors) {
                directory = node.directory;
                if (directory == null) {
                    directory = Directory.load(node, this);
                    loaded.addAndGet(directory.size() + 1);
                    node.directory = directory;
                }
            }
        }
        return directory;
    }

    private Node find(List<String> path) throws IOException {
        Node node = root;
        for (String name : path) {
            if (!node.isDirectory()) {
                throw new NotDirectoryException(node.path());
            }
            Node child = directory(node).get(name);
            if (child == null) {
                throw new NoSuchFileException("/" + String.join("/", path));
            }
            node = child;
        }
        return node;
    }

    private Node findParent(List<String> path) throws IOException {
        Node parent = find(path.subList(0, path.size() - 1));
        if (!parent.isDirectory()) {
            throw new NotDirectoryException(parent.path());
        }
        return parent;
    }

    private static String last(List<String> path) {
        return path.get(path.size() - 1);
    }

    @Override
    public NodeInfo stat(List<String> path) throws IOException {
        trim(false);
        lock.readLock().lock();
        try {
            return find(path).info();
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public List<NodeInfo> list(List<String> path) throws IOException {
        trim(false);
        lock.readLock().lock();
        try {
            Node node = find(path);
            if (!node.isDirectory()) {
                throw new NotDirectoryException(node.path());
            }
            List<NodeInfo> infos = new ArrayList<>();
            for (Node child : directory(node).nodes()) {
                infos.add(child.info());
            }
            return infos;
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public OpenNode open(List<String> path, boolean write, boolean create, boolean exclusive) throws IOException {
        if (write && readOnly()) {
            throw refused("/" + String.join("/", path));
        }
        if (!create) {
            lock.readLock().lock();
            try {
                return opened(find(path), write);
            } finally {
                lock.readLock().unlock();
            }
        }
        relieve();
        lock.writeLock().lock();
        try {
            if (path.isEmpty()) {
                throw new FileAlreadyExistsException("/");
            }
            Node parent = findParent(path);
            Node node = directory(parent).get(last(path));
            if (node != null && exclusive) {
                throw new FileAlreadyExistsException(node.path());
            }
            if (node == null) {
                node = newNode(parent, last(path), Slot.ARCHIVE);
                addEntry(node);
            }
            return opened(node, write);
        } finally {
            lock.writeLock().unlock();
        }
    }

    private OpenNode opened(Node node, boolean write) throws IOException {
        if (node.isDirectory()) {
            throw new FileSystemException(node.path(), null, "is a directory");
        }
        if (write && (node.state().attributes() & Slot.READ_ONLY) != 0) {
            throw new AccessDeniedException(node.path(), null, "the file has the attribute read-only");
        }
        if (node.state().size() > 0 && !geometry.holds(node.state().firstCluster())) {
            throw Geometry.damaged(
                    volume.disk().name(),
                    node.path() + " begins at cluster " + node.state().firstCluster());
        }
        node.opened();
        return new FatFile(this, node);
    }

    private Node newNode(Node parent, String name, int attributes) throws IOException {
        String refusal = LongName.refusal(name);
        if (refusal != null) {
            throw new FileSystemException(parent.path(), name, refusal);
        }
        beforeChange(parent.path());
        Instant now = now();
        Node.State state = new Node.State(attributes, 0, 0, now, now, now);
        return new Node(parent, name, directory(parent).shortNameFor(name), state);
    }

    private void addEntry(Node node) throws IOException {
        directory(node.parent).add(node);
        loaded.incrementAndGet();
        touch(node.parent);
    }

    /** A directory's content changed. */
    private void touch(Node directory) {
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

    @Override
    public void createDirectory(List<String> path) throws IOException {
        checkWritable(path);
        relieve();
        lock.writeLock().lock();
        try {
            if (path.isEmpty() || directory(findParent(path)).get(last(path)) != null) {
                throw new FileAlreadyExistsException("/" + String.join("/", path));
            }
            Node parent = findParent(path);
            Node node = newNode(parent, last(path), Slot.DIRECTORY);
            FatTable.Run run = allocate(0, 1, 0, "/" + String.join("/", path));
            try {
                node.change(state -> state.withFirstCluster(run.first()));
                writeDots(node, run);
                addEntry(node);
            } catch (FileSystemException full) {
                table.undo(run, 0);
                throw full;
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void writeDots(Node node, FatTable.Run run) throws IOException {
        zero(run);
        ByteBuffer dots = ByteBuffer.allocate(2 * Slot.BYTES).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        Node.State state = node.state();
        dot(dots, 0, ".", state);
        int up = node.parent.isRoot() ? 0 : node.parent.state().firstCluster();
        dot(dots, Slot.BYTES, "..", state.withFirstCluster(up));
        volume.write(geometry.offset(run.first()), dots, Stage.DATA, true, errors());
        volume.startWriteBack(geometry.offset(run.first()), geometry.clusterBytes());
    }

    private void dot(ByteBuffer to, int at, String name, Node.State state) {
        byte[] bytes = new byte[ShortName.LENGTH];
        java.util.Arrays.fill(bytes, (byte) ' ');
        for (int i = 0; i < name.length(); i++) {
            bytes[i] = '.';
        }
        Slot.put(to, at, new Node(null, name, new ShortName(bytes, 0), state), time, geometry.bits());
    }

    /** Takes clusters; commits first if only that makes some free. Needs the lock for writing. */
    FatTable.Run allocate(int after, int want, int reserve, String path) throws IOException {
        beforeChange(path);
        FatTable.Run run = table.allocate(after, want, reserve);
        if (run == null && table.hasPending()) {
            commit.run();
            run = table.allocate(after, want, reserve);
        }
        if (run == null) {
            throw noSpace(path);
        }
        return run;
    }

    FileSystemException noSpace(String path) {
        return new FileSystemException(
                path, null, "no space left on " + volume.disk().name());
    }

    /** Fills new clusters with zeroes, on their way to the disk at once: nothing written into them later is to go before the table. */
    void zero(FatTable.Run run) throws IOException {
        ByteBuffer zeroes = ByteBuffer.allocate(geometry.clusterBytes());
        for (int i = 0; i < run.length(); i++) {
            volume.write(geometry.offset(run.first() + i), zeroes.rewind(), Stage.DATA, true, errors());
        }
        volume.startWriteBack(geometry.offset(run.first()), (long) run.length() * geometry.clusterBytes());
    }

    @Override
    public void delete(List<String> path) throws IOException {
        checkWritable(path);
        relieve();
        lock.writeLock().lock();
        try {
            Node node = find(path);
            if (node.isRoot()) {
                throw new FileSystemException("/", null, "the root directory cannot be deleted");
            }
            checkEmpty(node);
            beforeChange(node.path());
            Node parent = node.parent;
            directory(parent).remove(node);
            discard(node);
            touch(parent);
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void checkEmpty(Node node) throws IOException {
        if (node.isDirectory() && !directory(node).isEmpty()) {
            throw new DirectoryNotEmptyException(node.path());
        }
    }

    /** A node has no entry any more: its clusters go, at once or when it is closed. */
    private void discard(Node node) throws IOException {
        loaded.decrementAndGet();
        if (node.delete()) {
            free(node, 0);
        } else {
            orphans.add(node);
        }
    }

    /** The last one who had a deleted file open has closed it. Needs the lock for writing. */
    void closedOrphan(Node node) throws IOException {
        if (orphans.remove(node)) {
            free(node, 0);
        }
    }

    /** Lets go of the clusters of a node behind the first so many. Needs the lock for writing. */
    void free(Node node, int keep) throws IOException {
        try {
            Chain chain = node.chain(table, geometry);
            List<FatTable.Run> runs = chain.cut(keep);
            runs.forEach(table::freeLater);
            if (keep > 0 && !runs.isEmpty()) {
                table.cutLater(chain.last());
            }
        } catch (Geometry.Damaged found) {
            // Whose clusters these are cannot be known: leave them to a check of the volume.
            damaged(node.path() + ": " + found.getReason());
        }
    }

    @Override
    public void rename(List<String> from, List<String> to, boolean replace) throws IOException {
        checkWritable(from);
        relieve();
        lock.writeLock().lock();
        try {
            Node node = find(from);
            if (node.isRoot() || to.isEmpty()) {
                throw new FileSystemException("/", null, "the root directory cannot be moved nor replaced");
            }
            Node parent = findParent(to);
            for (Node up = parent; up != null; up = up.parent) {
                if (up == node) {
                    throw new FileSystemException(node.path(), parent.path(), "a directory cannot move into itself");
                }
            }
            Node target = directory(parent).get(last(to));
            if (target != null && target != node) {
                if (!replace) {
                    throw new FileAlreadyExistsException(target.path());
                }
                if (target.isDirectory() != node.isDirectory()) {
                    throw new FileSystemException(
                            node.path(), target.path(), "a directory and a file cannot replace each other");
                }
                checkEmpty(target);
            }
            move(node, parent, last(to), target == node ? null : target);
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void move(Node node, Node parent, String name, Node replaced) throws IOException {
        String refusal = LongName.refusal(name);
        if (refusal != null) {
            throw new FileSystemException(node.path(), name, refusal);
        }
        beforeChange(node.path());
        Directory source = directory(node.parent);
        Directory target = directory(parent);
        Node oldParent = node.parent;
        Node old = new Node(oldParent, node.name, node.shortName, node.state());
        old.firstSlot = node.firstSlot;
        old.slot = node.slot;
        source.forget(node);
        if (replaced != null) {
            target.forget(replaced);
        }
        try {
            node.name = name;
            node.shortName = target.shortNameFor(name);
            target.add(node);
        } catch (IOException full) {
            node.name = old.name;
            node.shortName = old.shortName;
            node.parent = oldParent;
            node.firstSlot = old.firstSlot;
            node.slot = old.slot;
            source.remember(node);
            if (replaced != null) {
                target.remember(replaced);
            }
            throw full;
        }
        source.erase(old);
        if (replaced != null) {
            target.erase(replaced);
            discard(replaced);
        }
        if (node.isDirectory() && oldParent != parent) {
            directory(node).updateParent(parent.isRoot() ? 0 : parent.state().firstCluster());
        }
        touch(oldParent);
        touch(parent);
    }

    @Override
    public void setTimes(List<String> path, Instant modified, Instant accessed, Instant created) throws IOException {
        change(path, state -> state.withTimes(modified, accessed, created));
    }

    @Override
    public void setFlags(List<String> path, Set<NodeInfo.Flag> flags) throws IOException {
        int bits = (flags.contains(NodeInfo.Flag.READ_ONLY) ? Slot.READ_ONLY : 0)
                | (flags.contains(NodeInfo.Flag.HIDDEN) ? Slot.HIDDEN : 0)
                | (flags.contains(NodeInfo.Flag.SYSTEM) ? Slot.SYSTEM : 0)
                | (flags.contains(NodeInfo.Flag.ARCHIVE) ? Slot.ARCHIVE : 0);
        change(path, state -> state.withAttributes(state.attributes() & Slot.DIRECTORY | bits));
    }

    private void change(List<String> path, Node.Change change) throws IOException {
        checkWritable(path);
        lock.writeLock().lock();
        try {
            Node node = find(path);
            if (node.isRoot()) {
                throw new FileSystemException("/", null, "the root directory of FAT has no attributes");
            }
            beforeChange(node.path());
            dirty(node, change);
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void checkWritable(List<String> path) throws IOException {
        if (readOnly()) {
            throw refused("/" + String.join("/", path));
        }
    }

    private FileSystemException refused(String path) {
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

    /** Forgets directories when very many are loaded, all of those that nobody needs. */
    private void trim(boolean locked) {
        if (loaded.get() <= MOST_LOADED || !(locked || lock.writeLock().tryLock())) {
            return;
        }
        try {
            trim(root);
        } finally {
            if (!locked) {
                lock.writeLock().unlock();
            }
        }
    }

    private void trim(Node node) {
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
            loaded.addAndGet(-directory.size() - 1);
        }
    }

    @Override
    public boolean isDirty() {
        return !readOnlyMount && commit.isDirty();
    }

    @Override
    public void sync() throws IOException {
        if (readOnlyMount) {
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
        if (readOnlyMount) {
            return;
        }
        volume.writeBack(Stage.DATA);
        lock.writeLock().lock();
        try {
            for (Node orphan : List.copyOf(orphans)) {
                closedOrphan(orphan);
            }
            commit.run();
            if (damage == null) {
                commit.markClean();
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
