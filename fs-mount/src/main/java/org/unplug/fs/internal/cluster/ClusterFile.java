package org.unplug.fs.internal.cluster;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;
import org.unplug.fs.spi.OpenNode;
import org.unplug.fs.spi.Volume;
import org.unplug.fs.spi.Volume.Stage;

/** A regular file, open. */
final class ClusterFile implements OpenNode {
    private static final int ZEROES = 64 * 1024;
    private static final int FIRST_AHEAD = 128 * 1024;
    private static final int MOST_AHEAD = 4 << 20;
    /** What part of the cache one reader may have read ahead. */
    private static final int AHEAD_SHARE = 8;

    /** How much of the disk is kept free behind a file that grows, once it is no small one. */
    private static final int RESERVE = 1 << 20;

    private static final int SMALL = 64 * 1024;
    private static final int MEDIUM_BLOCK = 4096;
    private static final Duration ACCESS_STEP = Duration.ofDays(1);

    private final Tree tree;
    private final Volume volume;
    private final Layout layout;
    private final Node node;
    private final AtomicBoolean closed = new AtomicBoolean();
    private long toldMark;
    private long toldSharedMark;
    private volatile long lastEnd;
    private volatile long aheadEnd;
    private volatile int ahead = FIRST_AHEAD;
    private volatile boolean reserved;

    /** The node was {@linkplain Node#opened opened} for this. */
    ClusterFile(Tree tree, Node node) {
        this.tree = tree;
        this.node = node;
        volume = tree.volume();
        layout = tree.layout();
        toldMark = node.errors.mark();
        toldSharedMark = volume.errors().mark();
    }

    @Override
    public long size() {
        return node.state().size();
    }

    @Override
    public int read(long position, ByteBuffer into) throws IOException {
        if (!into.hasRemaining()) {
            return 0;
        }
        Lock reading = node.content().readLock();
        reading.lock();
        try {
            long size = node.state().size();
            if (position >= size) {
                return -1;
            }
            int bytes = (int) Math.min(into.remaining(), size - position);
            int limit = into.limit();
            into.limit(into.position() + bytes);
            try {
                int there = (int) Math.max(0, Math.min(bytes, node.state().validSize() - position));
                into.limit(into.position() + there);
                readAhead(position, there, node.state().validSize());
                transfer(position, into, volume::read);
                into.limit(into.position() + bytes - there);
                while (into.hasRemaining()) {
                    into.put((byte) 0);
                }
            } finally {
                into.limit(limit);
            }
            return bytes;
        } finally {
            reading.unlock();
        }
    }

    /** Whoever reads on where the last read ended finds the next bytes on their way; twice as many each time. */
    private void readAhead(long position, int bytes, long size) throws IOException {
        long end = position + bytes;
        if (position != lastEnd) {
            ahead = FIRST_AHEAD;
            aheadEnd = 0;
        } else if (end < size && aheadEnd - end < ahead / 2) {
            long from = Math.max(end, aheadEnd);
            long to = Math.min(size, end + ahead);
            Chain chain = tree.chain(node);
            for (long at = from; at < to; ) {
                Run run = chain.find((int) (at / layout.clusterBytes()), layout.clustersOf(to - at) + 1);
                if (run == null) {
                    break;
                }
                int inCluster = (int) (at % layout.clusterBytes());
                long n = Math.min(to - at, (long) run.length() * layout.clusterBytes() - inCluster);
                volume.readAhead(layout.offset(run.first()) + inCluster, n);
                at += n;
            }
            aheadEnd = to;
            ahead = Math.min(mostAhead(), ahead * 2);
        }
        lastEnd = end;
    }

    /** So much that a disk is kept busy, and a reader waits seldom, whom to wake takes longer than to read a megabyte. */
    private int mostAhead() {
        return (int) Math.max(FIRST_AHEAD, Math.min(MOST_AHEAD, volume.cacheBytes() / AHEAD_SHARE));
    }

    /** What is done with a run of a file. */
    private interface Step {
        void run(long offset, ByteBuffer part) throws IOException;
    }

    private void transfer(long position, ByteBuffer buffer, Step step) throws IOException {
        Chain chain = tree.chain(node);
        int limit = buffer.limit();
        long at = position;
        while (buffer.hasRemaining()) {
            Run run = chain.find((int) (at / layout.clusterBytes()), layout.clustersOf(buffer.remaining()) + 1);
            if (run == null) {
                throw layout.damaged(
                        volume.disk().name(),
                        node.path() + " has " + size() + " bytes and its chain ends before byte " + at);
            }
            int inCluster = (int) (at % layout.clusterBytes());
            int n = (int) Math.min(buffer.remaining(), (long) run.length() * layout.clusterBytes() - inCluster);
            buffer.limit(buffer.position() + n);
            try {
                step.run(layout.offset(run.first()) + inCluster, buffer);
            } finally {
                buffer.limit(limit);
            }
            at += n;
        }
    }

    @Override
    public int write(long position, ByteBuffer from) throws IOException {
        tree.relieve();
        Lock writing = node.content().writeLock();
        writing.lock();
        try {
            long size = node.state().size();
            long start = position < 0 ? size : position;
            if (!from.hasRemaining()) {
                return 0;
            }
            long most = tree.dialect().mostFileBytes();
            if (start >= most) {
                throw new FileSystemException(
                        node.path(), null, "file too large: " + tree.dialect().tooLarge());
            }
            long end = Math.min(most, start + from.remaining());
            end = Math.min(end, makeRoom(start, end));
            int limit = from.limit();
            try {
                long valid = node.state().validSize();
                if (start > valid) {
                    zero(valid, start);
                }
                from.limit(from.position() + (int) (end - start));
                put(start, from);
            } finally {
                from.limit(limit);
            }
            return (int) (end - start);
        } finally {
            writing.unlock();
        }
    }

    /** Allocates up to an end. Returns where what is allocated ends; fails, with nothing allocated, if that is not past the start. */
    private long makeRoom(long start, long end) throws IOException {
        Lock changing = tree.lock().writeLock();
        changing.lock();
        try {
            tree.beforeChange(node.path());
            Chain chain = tree.chain(node);
            int had = chain.length();
            int need = layout.clustersOf(end);
            int count = had;
            while (count < need) {
                try {
                    int reserve = end > SMALL ? RESERVE / layout.clusterBytes() : 0;
                    reserved |= reserve > 0;
                    count +=
                            tree.allotment().extend(node, need - count, reserve).length();
                } catch (FileSystemException full) {
                    if ((long) count * layout.clusterBytes() > start) {
                        break;
                    }
                    giveBack(chain, had);
                    throw full;
                }
            }
            return Math.min(end, (long) count * layout.clusterBytes());
        } catch (Damaged found) {
            tree.damaged(node.path() + ": " + found.getReason());
            throw found;
        } finally {
            changing.unlock();
        }
    }

    private void giveBack(Chain chain, int had) throws IOException {
        List<Run> runs = chain.cut(had);
        if (!runs.isEmpty()) {
            runs.forEach(tree.table()::freeLater);
            if (had == 0) {
                tree.dirty(node, state -> state.withFirstCluster(0));
            } else {
                tree.table().cutLater(chain.last());
            }
        }
    }

    /** Fills a gap; grows the file as it goes. */
    private void zero(long from, long to) throws IOException {
        ByteBuffer zeroes = ByteBuffer.allocate((int) Math.min(ZEROES, to - from));
        for (long at = from; at < to; ) {
            zeroes.clear().limit((int) Math.min(zeroes.capacity(), to - at));
            int n = zeroes.remaining();
            put(at, zeroes);
            at += n;
        }
    }

    /** Writes where clusters are allocated, without a gap. Units that lie wholly behind the end need not be read first. */
    private void put(long position, ByteBuffer from) throws IOException {
        int unit = volume.unitBytes();
        long fresh = (node.state().validSize() + unit - 1) / unit * unit;
        long end = position + from.remaining();
        int limit = from.limit();
        if (position < fresh) {
            from.limit(from.position() + (int) (Math.min(end, fresh) - position));
            transfer(position, from, (offset, part) -> volume.write(offset, part, Stage.DATA, false, node.errors));
            from.limit(limit);
        }
        if (end > fresh) {
            transfer(
                    Math.max(position, fresh),
                    from,
                    (offset, part) -> volume.write(offset, part, Stage.DATA, true, node.errors));
            fillUp(end);
        }
        Instant now = tree.now();
        tree.dirty(node, state -> state.writtenTo(end, now));
    }

    /**
     * Zeroes what is left of the last block that a medium keeps as a whole, as far as it is this file's: so a row of small files is one
     * request, and no block is read to be changed in part.
     */
    private void fillUp(long end) throws IOException {
        int unit = volume.unitBytes();
        int block = Math.min(MEDIUM_BLOCK, layout.clusterBytes());
        long from = (end + unit - 1) / unit * unit;
        long to = (end + block - 1) / block * block;
        if (from < to) {
            transfer(
                    from,
                    ByteBuffer.allocate((int) (to - from)),
                    (offset, part) -> volume.write(offset, part, Stage.DATA, true, node.errors));
        }
    }

    @Override
    public void truncate(long size) throws IOException {
        Lock writing = node.content().writeLock();
        writing.lock();
        try {
            if (size >= node.state().size()) {
                return;
            }
            Lock changing = tree.lock().writeLock();
            changing.lock();
            try {
                tree.beforeChange(node.path());
                int keep = layout.clustersOf(size);
                Instant now = tree.now();
                tree.allotment().free(node, keep);
                tree.dirty(
                        node,
                        state -> (keep == 0 ? state.withFirstCluster(0) : state)
                                .withSize(size, Math.min(size, state.validSize()))
                                .modifiedAt(now));
            } finally {
                changing.unlock();
            }
        } finally {
            writing.unlock();
        }
    }

    /** Once a day for each file: more is not worth its writes. */
    @Override
    public void accessed() throws IOException {
        Instant now = tree.now();
        if (now.isBefore(node.state().accessed().plus(ACCESS_STEP))) {
            return;
        }
        Lock changing = tree.lock().writeLock();
        changing.lock();
        try {
            tree.beforeChange(node.path());
            tree.dirty(node, state -> state.withTimes(null, now, null));
        } finally {
            changing.unlock();
        }
    }

    @Override
    public void force() throws IOException {
        try {
            tree.sync();
        } catch (IOException failed) {
            told();
            throw failed;
        }
        tell();
    }

    private synchronized void told() {
        toldMark = node.errors.mark();
        toldSharedMark = volume.errors().mark();
    }

    /** Reports what went wrong in writing back since this opener was told the last time. */
    private synchronized void tell() throws IOException {
        IOException own = node.errors.since(toldMark);
        IOException shared = volume.errors().since(toldSharedMark);
        told();
        IOException error = own == null ? shared : own;
        if (error != null) {
            throw new FileSystemException(node.path(), null, "lost in writing back: " + error.getMessage());
        }
    }

    @Override
    public void close() throws IOException {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        boolean free = node.closed();
        if (free || reserved) {
            Lock changing = tree.lock().writeLock();
            changing.lock();
            try {
                if (reserved && !node.isOpen() && !node.isDeleted()) {
                    tree.table().unreserve(tree.chain(node).last() + 1);
                }
                if (free) {
                    tree.allotment().closedOrphan(node);
                }
            } finally {
                changing.unlock();
            }
        }
        tell();
    }
}
