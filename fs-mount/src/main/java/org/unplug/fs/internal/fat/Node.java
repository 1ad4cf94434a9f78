package org.unplug.fs.internal.fat;

import java.io.IOException;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.unplug.fs.spi.NodeInfo;
import org.unplug.fs.spi.WriteErrors;

/**
 * A file or directory that is known: one object for each while its directory is loaded.
 *
 * <p>Lock order: {@link #content}, the super block's lock, this object's monitor. The name, the place and the directory's content
 * are guarded by the super block's lock; {@link #state} and how often it is open by the monitor. Changes of the
 * content of a file need {@link #content} for writing.
 */
final class Node {
    Node parent;
    String name;
    ShortName shortName;
    /** Where its entries are in the parent: the first one, and the one with the short name. */
    int firstSlot;

    int slot;
    /** Its content if this is a directory that is loaded. */
    volatile Directory directory;

    final WriteErrors errors = new WriteErrors();
    private ReadWriteLock content;
    private Chain chain;
    private volatile State state;
    private int opens;
    private boolean deleted;
    private boolean dirty;

    /** What its entry says of it but the name. */
    record State(int attributes, long size, int firstCluster, Instant created, Instant modified, Instant accessed) {

        State withSize(long newSize) {
            return new State(attributes, newSize, firstCluster, created, modified, accessed);
        }

        State withFirstCluster(int cluster) {
            return new State(attributes, size, cluster, created, modified, accessed);
        }

        State withAttributes(int newAttributes) {
            return new State(newAttributes, size, firstCluster, created, modified, accessed);
        }

        State modifiedAt(Instant time) {
            return new State(attributes | Slot.ARCHIVE, size, firstCluster, created, time, accessed);
        }

        State withTimes(Instant newModified, Instant newAccessed, Instant newCreated) {
            return new State(
                    attributes,
                    size,
                    firstCluster,
                    newCreated == null ? created : newCreated,
                    newModified == null ? modified : newModified,
                    newAccessed == null ? accessed : newAccessed);
        }
    }

    /** Changes a state. */
    interface Change {
        State of(State before);
    }

    Node(Node parent, String name, ShortName shortName, State state) {
        this.parent = parent;
        this.name = name;
        this.shortName = shortName;
        this.state = state;
    }

    State state() {
        return state;
    }

    boolean isDirectory() {
        return (state.attributes() & Slot.DIRECTORY) != 0;
    }

    boolean isRoot() {
        return parent == null;
    }

    /** Changes the state; true if nothing was to be written before. */
    synchronized boolean change(Change change) {
        state = change.of(state);
        boolean first = !dirty && parent != null && !deleted;
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

    synchronized Chain chain(FatTable table, Geometry geometry) throws IOException {
        if (chain == null) {
            chain = new Chain(table, geometry, state.firstCluster());
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

    /** From the root, for messages. */
    String path() {
        return parent == null ? "/" : parent.isRoot() ? "/" + name : parent.path() + "/" + name;
    }

    NodeInfo info() {
        State now = state;
        Set<NodeInfo.Flag> flags = EnumSet.noneOf(NodeInfo.Flag.class);
        if ((now.attributes() & Slot.READ_ONLY) != 0) {
            flags.add(NodeInfo.Flag.READ_ONLY);
        }
        if ((now.attributes() & Slot.HIDDEN) != 0) {
            flags.add(NodeInfo.Flag.HIDDEN);
        }
        if ((now.attributes() & Slot.SYSTEM) != 0) {
            flags.add(NodeInfo.Flag.SYSTEM);
        }
        if ((now.attributes() & Slot.ARCHIVE) != 0) {
            flags.add(NodeInfo.Flag.ARCHIVE);
        }
        long key = parent == null ? 0 : (long) parent.state.firstCluster() << Integer.SIZE | slot;
        return new NodeInfo(
                name,
                isDirectory(),
                isDirectory() ? 0 : now.size(),
                now.created(),
                now.modified(),
                now.accessed(),
                flags,
                key);
    }
}
