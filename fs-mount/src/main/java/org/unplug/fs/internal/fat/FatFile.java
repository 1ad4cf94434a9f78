package org.unplug.fs.internal.fat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;
import org.unplug.fs.spi.OpenNode;
import org.unplug.fs.spi.Volume;
import org.unplug.fs.spi.Volume.Stage;

/** A regular file, open. */
final class FatFile implements OpenNode {
    /** FAT keeps the size in 32 bits. */
    static final long MOST_BYTES = 0xFFFF_FFFFL;

    private static final int ZEROES = 64 * 1024;
    private static final int FIRST_AHEAD = 128 * 1024;
    private static final int MOST_AHEAD = 1 << 20;
    /** How much of the disk is kept free behind a file that grows, once it is no small one. */
    private static final int RESERVE = 1 << 20;

    private static final int SMALL = 64 * 1024;

    private final FatSuperBlock owner;
    private final Volume volume;
    private final Geometry geometry;
    private final Node node;
    private final AtomicBoolean closed = new AtomicBoolean();
    private long toldMark;
    private long toldSharedMark;
    private volatile long lastEnd;
    private volatile long aheadEnd;
    private volatile int ahead = FIRST_AHEAD;
    private volatile boolean reserved;

    /** The node was {@linkplain Node#opened opened} for this. */
    FatFile(FatSuperBlock owner, Node node) {
        this.owner = owner;
        this.node = node;
        volume = owner.volume();
        geometry = owner.geometry();
        toldMark = node.errors.mark();
        toldSharedMark = owner.errors().mark();
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
                readAhead(position, bytes, size);
                transfer(position, into, volume::read);
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
            Chain chain = node.chain(owner.table(), geometry);
            for (long at = from; at < to; ) {
                FatTable.Run run = chain.find((int) (at / geometry.clusterBytes()), geometry.clustersOf(to - at) + 1);
                if (run == null) {
                    break;
                }
                int inCluster = (int) (at % geometry.clusterBytes());
                long n = Math.min(to - at, (long) run.length() * geometry.clusterBytes() - inCluster);
                volume.readAhead(geometry.offset(run.first()) + inCluster, n);
                at += n;
            }
            aheadEnd = to;
            ahead = Math.min(MOST_AHEAD, ahead * 2);
        }
        lastEnd = end;
    }

    /** What is done with a run of a file. */
    private interface Step {
        void run(long offset, ByteBuffer part) throws IOException;
    }

    private void transfer(long position, ByteBuffer buffer, Step step) throws IOException {
        Chain chain = node.chain(owner.table(), geometry);
        int limit = buffer.limit();
        long at = position;
        while (buffer.hasRemaining()) {
            FatTable.Run run =
                    chain.find((int) (at / geometry.clusterBytes()), geometry.clustersOf(buffer.remaining()) + 1);
            if (run == null) {
                throw Geometry.damaged(
                        volume.disk().name(),
                        node.path() + " has " + size() + " bytes and its chain ends before byte " + at);
            }
            int inCluster = (int) (at % geometry.clusterBytes());
            int n = (int) Math.min(buffer.remaining(), (long) run.length() * geometry.clusterBytes() - inCluster);
            buffer.limit(buffer.position() + n);
            try {
                step.run(geometry.offset(run.first()) + inCluster, buffer);
            } finally {
                buffer.limit(limit);
            }
            at += n;
        }
    }

    @Override
    public int write(long position, ByteBuffer from) throws IOException {
        owner.relieve();
        Lock writing = node.content().writeLock();
        writing.lock();
        try {
            long size = node.state().size();
            long start = position < 0 ? size : position;
            if (!from.hasRemaining()) {
                return 0;
            }
            if (start >= MOST_BYTES) {
                throw new FileSystemException(node.path(), null, "file too large: FAT holds 4 GiB - 1 byte in a file");
            }
            long end = Math.min(MOST_BYTES, start + from.remaining());
            end = Math.min(end, makeRoom(start, end));
            int limit = from.limit();
            try {
                if (start > size) {
                    zero(size, start);
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
        Lock changing = owner.lock().writeLock();
        changing.lock();
        try {
            owner.beforeChange(node.path());
            Chain chain = node.chain(owner.table(), geometry);
            int had = chain.length();
            int need = geometry.clustersOf(end);
            int count = had;
            while (count < need) {
                FatTable.Run run;
                try {
                    int reserve = end > SMALL ? RESERVE / geometry.clusterBytes() : 0;
                    reserved |= reserve > 0;
                    run = owner.allocate(chain.last(), need - count, reserve, node.path());
                } catch (FileSystemException full) {
                    if ((long) count * geometry.clusterBytes() > start) {
                        break;
                    }
                    giveBack(chain, had);
                    throw full;
                }
                chain.append(run);
                if (count == 0) {
                    owner.dirty(node, state -> state.withFirstCluster(run.first()));
                }
                count += run.length();
            }
            return Math.min(end, (long) count * geometry.clusterBytes());
        } catch (Geometry.Damaged found) {
            owner.damaged(node.path() + ": " + found.getReason());
            throw found;
        } finally {
            changing.unlock();
        }
    }

    private void giveBack(Chain chain, int had) throws IOException {
        List<FatTable.Run> runs = chain.cut(had);
        if (!runs.isEmpty()) {
            runs.forEach(owner.table()::freeLater);
            if (had == 0) {
                owner.dirty(node, state -> state.withFirstCluster(0));
            } else {
                owner.table().cutLater(chain.last());
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
        long size = node.state().size();
        long fresh = (size + unit - 1) / unit * unit;
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
        }
        Instant now = owner.now();
        owner.dirty(node, state -> (end > state.size() ? state.withSize(end) : state).modifiedAt(now));
    }

    @Override
    public void truncate(long size) throws IOException {
        Lock writing = node.content().writeLock();
        writing.lock();
        try {
            if (size >= node.state().size()) {
                return;
            }
            Lock changing = owner.lock().writeLock();
            changing.lock();
            try {
                owner.beforeChange(node.path());
                int keep = geometry.clustersOf(size);
                Instant now = owner.now();
                owner.free(node, keep);
                owner.dirty(
                        node,
                        state -> (keep == 0 ? state.withFirstCluster(0) : state)
                                .withSize(size)
                                .modifiedAt(now));
            } finally {
                changing.unlock();
            }
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void force() throws IOException {
        try {
            owner.sync();
        } catch (IOException failed) {
            told();
            throw failed;
        }
        tell();
    }

    private synchronized void told() {
        toldMark = node.errors.mark();
        toldSharedMark = owner.errors().mark();
    }

    /** Reports what went wrong in writing back since this opener was told the last time. */
    private synchronized void tell() throws IOException {
        IOException own = node.errors.since(toldMark);
        IOException shared = owner.errors().since(toldSharedMark);
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
            Lock changing = owner.lock().writeLock();
            changing.lock();
            try {
                if (reserved && !node.isOpen() && !node.isDeleted()) {
                    owner.table().unreserve(node.chain(owner.table(), geometry).last() + 1);
                }
                if (free) {
                    owner.closedOrphan(node);
                }
            } finally {
                changing.unlock();
            }
        }
        tell();
    }
}
