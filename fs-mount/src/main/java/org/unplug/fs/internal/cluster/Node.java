package org.unplug.fs.internal.cluster;

import java.io.IOException;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.IntStream;
import org.unplug.fs.spi.NodeInfo;
import org.unplug.fs.spi.WriteErrors;

/**
 * A file or directory that is known: one object for each while its directory is loaded.
 *
 * <p>Lock order: {@link #content}, the tree's lock, this object's monitor. The place and the directory's content
 * are guarded by the tree's lock; {@link #state} and how often it is open by the monitor. Changes of the
 * content of a file need {@link #content} for writing.
 */
public final class Node {
    /** The bits of {@link State#attributes}, which FAT and exFAT share. */
    public static final int READ_ONLY = 0x01;

    public static final int HIDDEN = 0x02;
    public static final int SYSTEM = 0x04;
    public static final int DIRECTORY = 0x10;
    public static final int ARCHIVE = 0x20;

    private static final int FLAG_BITS = 0x3F;
    /** What the attributes mean, for each value. */
    private static final List<Set<NodeInfo.Flag>> FLAGS =
            IntStream.rangeClosed(0, FLAG_BITS).mapToObj(Node::flags).toList();

    private static final AtomicLong IDS = new AtomicLong();

    /** Tells it from every other node, also when it has moved. */
    private final long id = IDS.incrementAndGet();
    /** Its content if this is a directory that is loaded. */
    volatile Directory directory;

    /** Of the {@link NameIndex} of its directory, which alone uses it. */
    Node nextInRow;

    int nameHash;

    final WriteErrors errors = new WriteErrors();
    private volatile Place place;
    private ReadWriteLock content;
    private volatile Chain chain;
    private volatile State state;
    private int opens;
    private boolean deleted;
    private boolean dirty;

    /**
     * What its entry says of it but the name. Immutable.
     *
     * @param attributes bits as above
     * @param size in bytes; of a directory 0 where its entry does not say it
     * @param validSize how much of a file was ever written: the rest reads as zero; not more than the size
     * @param firstCluster 0 for none
     * @param contiguous whether its clusters are neighbours that no table links
     * @param created when it was made
     * @param modified when its content last changed
     * @param accessed when it was last read, as far as that is kept
     */
    public record State(
            int attributes,
            long size,
            long validSize,
            int firstCluster,
            boolean contiguous,
            Instant created,
            Instant modified,
            Instant accessed) {

        /** The first cluster as its entry names it: a file without a byte has none, although room for its first ones may be taken. */
        public int namedCluster() {
            return size == 0 && (attributes & DIRECTORY) == 0 ? 0 : firstCluster;
        }

        /**
         * Whether this and another entry of a directory whose names mean the same are what a rename leaves that was cut off: it advances
         * the time of creation by a step. Of files without a cluster it may as well be: none lacks anything.
         */
        public boolean isOfOneRename(State other) {
            long stepMs = created.toEpochMilli() - other.created.toEpochMilli();
            boolean empty = namedCluster() == 0 && other.namedCluster() == 0;
            return ((attributes | other.attributes) & DIRECTORY) == 0
                    && (empty || Math.abs(stepMs) == Rename.LEAST_STEP_MS);
        }

        State withSize(long newSize, long newValid) {
            return new State(attributes, newSize, newValid, firstCluster, contiguous, created, modified, accessed);
        }

        public State withFirstCluster(int cluster) {
            return new State(attributes, size, validSize, cluster, contiguous, created, modified, accessed);
        }

        State withContiguous(boolean unlinked) {
            return new State(attributes, size, validSize, firstCluster, unlinked, created, modified, accessed);
        }

        State withAttributes(int newAttributes) {
            return new State(newAttributes, size, validSize, firstCluster, contiguous, created, modified, accessed);
        }

        /** After bytes were written up to an end. */
        State writtenTo(long end, Instant time) {
            return new State(
                    attributes | ARCHIVE,
                    Math.max(end, size),
                    Math.max(end, validSize),
                    firstCluster,
                    contiguous,
                    created,
                    time,
                    accessed);
        }

        State modifiedAt(Instant time) {
            return withAttributes(attributes | ARCHIVE).withTimes(time, null, null);
        }

        State withTimes(Instant newModified, Instant newAccessed, Instant newCreated) {
            return new State(
                    attributes,
                    size,
                    validSize,
                    firstCluster,
                    contiguous,
                    newCreated == null ? created : newCreated,
                    newModified == null ? modified : newModified,
                    newAccessed == null ? accessed : newAccessed);
        }
    }

    /** Changes a state. */
    interface Change {
        State of(State before);
    }

    public Node(Place place, State state) {
        this.place = place;
        this.state = state;
    }

    public Place place() {
        return place;
    }

    /** Moves it; needs the tree's lock for writing. */
    void setPlace(Place newPlace) {
        place = newPlace;
    }

    Node parent() {
        return place.parent();
    }

    public String name() {
        return place.name();
    }

    public State state() {
        return state;
    }

    public boolean isDirectory() {
        return (state.attributes() & DIRECTORY) != 0;
    }

    public boolean isRoot() {
        return place.parent() == null;
    }

    /** Changes the state of what has no entry yet: there is nothing to be written again. */
    synchronized void begin(Change change) {
        state = change.of(state);
    }

    /** Changes the state; true if nothing was to be written before. */
    synchronized boolean change(Change change) {
        state = change.of(state);
        boolean first = !dirty && !isRoot() && !deleted;
        dirty |= first;
        return first;
    }

    /** Whether its entry has to be written; the caller does it. */
    synchronized boolean takeDirty() {
        boolean was = dirty && !deleted;
        dirty = false;
        return was;
    }

    synchronized void setDirty() {
        dirty = !deleted;
    }

    public Chain chain(Clusters table, Layout layout) throws IOException {
        Chain known = chain;
        return known == null ? findChain(table, layout) : known;
    }

    private synchronized Chain findChain(Clusters table, Layout layout) throws IOException {
        if (chain == null) {
            chain = state.contiguous()
                    ? Chain.contiguous(table, layout, state.firstCluster(), layout.clustersOf(state.size()))
                    : Chain.linked(table, layout, state.firstCluster());
        }
        return chain;
    }

    synchronized ReadWriteLock content() {
        if (content == null) {
            content = new ReentrantReadWriteLock();
        }
        return content;
    }

    synchronized void opened() {
        opens++;
    }

    /** @return whether it was the last one to close a deleted file, whose clusters are then the caller's to free */
    synchronized boolean closed() {
        return --opens == 0 && deleted;
    }

    /** @return whether nobody has it open, so that its clusters are the caller's to free */
    synchronized boolean delete() {
        deleted = true;
        dirty = false;
        return opens == 0;
    }

    synchronized boolean isDeleted() {
        return deleted;
    }

    synchronized boolean isOpen() {
        return opens > 0;
    }

    /** Whether forgetting this object loses something. */
    synchronized boolean isNeeded() {
        return opens > 0 || dirty || directory != null;
    }

    /** Whether another one is below this. */
    boolean isAbove(Node other) {
        for (Node up = other.parent(); up != null; up = up.parent()) {
            if (up == this) {
                return true;
            }
        }
        return false;
    }

    /** From the root, for messages. */
    public String path() {
        Node parent = parent();
        return parent == null ? "/" : parent.isRoot() ? "/" + name() : parent.path() + "/" + name();
    }

    NodeInfo info() {
        State now = state;
        return new NodeInfo(
                name(),
                isDirectory(),
                isDirectory() ? 0 : now.size(),
                now.created(),
                now.modified(),
                now.accessed(),
                FLAGS.get(now.attributes() & FLAG_BITS),
                id);
    }

    private static Set<NodeInfo.Flag> flags(int attributes) {
        Set<NodeInfo.Flag> flags = EnumSet.noneOf(NodeInfo.Flag.class);
        for (NodeInfo.Flag flag : NodeInfo.Flag.values()) {
            if ((attributes & bit(flag)) != 0) {
                flags.add(flag);
            }
        }
        return Collections.unmodifiableSet(flags);
    }

    private static int bit(NodeInfo.Flag flag) {
        return switch (flag) {
            case READ_ONLY -> READ_ONLY;
            case HIDDEN -> HIDDEN;
            case SYSTEM -> SYSTEM;
            case ARCHIVE -> ARCHIVE;
        };
    }

    /** The bits of these flags. */
    static int bits(Set<NodeInfo.Flag> flags) {
        return flags.stream().mapToInt(Node::bit).reduce(0, (a, b) -> a | b);
    }
}
