package org.unplug.fs.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.unplug.block.Bio;
import org.unplug.block.BioOp;
import org.unplug.block.BlockException;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.GoneException;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.block.spi.QueueLimits;
import org.unplug.fs.internal.mount.DiskSource;

/** A disk in memory that fails as it is told. Requests complete on the submitter's thread unless they are held. */
final class FakeDisk implements DiskSource {
    final String name;
    /** What is on it; null if a {@link Store} has that. */
    final byte[] bytes;

    private final Store store;
    private final int unit;
    private final boolean readOnly;
    private final List<FakeBio> held = new ArrayList<>();
    private Predicate<Bio> holding = bio -> false;
    private Predicate<Bio> failing = bio -> false;
    private BlockStatus failure = BlockStatus.IOERR;
    private boolean failureHolds;
    private final List<ByteBuffer> heldBuffers = new ArrayList<>();
    private FakeHandle exclusive;
    private boolean gone;
    private int requests;
    private int goneFrom = Integer.MAX_VALUE;
    private int largest;

    FakeDisk(String name, long size) {
        this(name, new byte[Math.toIntExact(size)], 512, false);
    }

    FakeDisk(String name, byte[] bytes, int unit, boolean readOnly) {
        this(name, bytes, new Whole(bytes), unit, readOnly);
    }

    FakeDisk(String name, Store store, int unit) {
        this(name, null, store, unit, false);
    }

    private FakeDisk(String name, byte[] bytes, Store store, int unit, boolean readOnly) {
        this.name = name;
        this.bytes = bytes;
        this.store = store;
        this.unit = unit;
        this.readOnly = readOnly;
    }

    /** What is on a disk. */
    interface Store {
        long size();

        /** Fills the buffer's remaining bytes. */
        void get(long at, ByteBuffer into);

        /** Takes the buffer's remaining bytes. */
        void put(long at, ByteBuffer from);
    }

    /** Every byte in an array. */
    private record Whole(byte[] bytes) implements Store {
        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public void get(long at, ByteBuffer into) {
            into.put(bytes, Math.toIntExact(at), into.remaining());
        }

        @Override
        public void put(long at, ByteBuffer from) {
            from.get(bytes, Math.toIntExact(at), from.remaining());
        }
    }

    @Override
    public synchronized DiskHandle open(String wanted, long epoch, Holder holder, OpenMode mode) throws IOException {
        if (!wanted.equals(name)) {
            throw new NoSuchFileException(wanted, null, "no such disk");
        }
        if (gone) {
            throw new GoneException(name);
        }
        if (readOnly && mode.writes()) {
            throw BlockException.of(BlockStatus.PROTECTED, name);
        }
        if (exclusive != null) {
            throw new BlockException(BlockStatus.AGAIN, name + " is in use by " + exclusive.holder.holderName());
        }
        FakeHandle handle = new FakeHandle(holder);
        exclusive = handle;
        return handle;
    }

    /** From the nth request from now on, everything is answered with GONE; the first is 0. */
    synchronized void goneAfter(int more) {
        goneFrom = requests + more;
    }

    synchronized void fail(Predicate<Bio> which, BlockStatus how) {
        failing = which;
        failure = how;
        failureHolds = false;
    }

    /** As {@link #fail}, with a driver that does not let go of the buffers. */
    synchronized void failHoldingBuffers(Predicate<Bio> which, BlockStatus how) {
        fail(which, how);
        failureHolds = true;
    }

    synchronized void hold(Predicate<Bio> which) {
        holding = which;
    }

    /** What a driver may do with buffers that it was not made to let go of. */
    synchronized void scribbleOverHeldBuffers() {
        for (ByteBuffer buffer : heldBuffers) {
            for (int i = buffer.position(); i < buffer.limit(); i++) {
                buffer.put(i, (byte) 0x5A);
            }
        }
        heldBuffers.clear();
    }

    synchronized int heldCount() {
        return held.size();
    }

    /** Waits until a request is held. */
    void awaitHeld() throws InterruptedException {
        awaitHeld(1);
    }

    /** Waits until so many requests are held at once. */
    synchronized void awaitHeld(int count) throws InterruptedException {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (held.size() < count) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new AssertionError(held.size() + " requests were held within 10 s, not " + count);
            }
            wait(left);
        }
    }

    void release() {
        List<FakeBio> now;
        synchronized (this) {
            holding = bio -> false;
            now = List.copyOf(held);
            held.clear();
        }
        now.forEach(bio -> bio.end(perform(bio), false));
    }

    synchronized int requests() {
        return requests;
    }

    synchronized int largestSectors() {
        int was = largest;
        largest = 0;
        return was;
    }

    synchronized boolean isOpen() {
        return exclusive != null;
    }

    /** The medium was pulled. What is held stays with the driver: {@code bufferHeld}. */
    void yank() {
        refuse().forEach(bio -> bio.end(BlockStatus.GONE, true));
    }

    /** As {@link #yank}, and tells the holder before what is held ends. */
    void yankTellingFirst() {
        List<FakeBio> over = new ArrayList<>();
        Holder holder;
        synchronized (this) {
            holder = exclusive == null ? null : exclusive.holder;
            over.addAll(refuse());
        }
        if (holder != null) {
            holder.markDead(Removal.SURPRISE);
        }
        over.forEach(bio -> bio.end(BlockStatus.GONE, true));
    }

    /** Orderly removal. */
    void remove() throws IOException {
        Holder holder;
        synchronized (this) {
            holder = exclusive == null ? null : exclusive.holder;
        }
        if (holder != null) {
            holder.sync(10_000);
        }
        refuse();
        if (holder != null) {
            holder.markDead(Removal.ORDERLY);
        }
    }

    /**
     * Performs what is held in a random order, on this thread, until so many requests were performed; then the medium is pulled, and
     * what is held still was performed wholly, up to some sector or not at all. Everything must be held. Returns when that is over.
     */
    void performAtRandomThenYank(Random random, int most) throws InterruptedException {
        for (int i = 0; i < most; i++) {
            FakeBio next;
            synchronized (this) {
                awaitHeld();
                next = held.remove(random.nextInt(held.size()));
            }
            next.end(perform(next), false);
        }
        synchronized (this) {
            awaitHeld();
            for (FakeBio bio : held) {
                if (bio.op == BioOp.WRITE && random.nextInt(3) > 0) {
                    performInPart(bio, random);
                }
            }
        }
        yankTellingFirst();
    }

    private void performInPart(FakeBio bio, Random random) {
        long all = random.nextBoolean() ? bio.sectors : random.nextInt((int) bio.sectors + 1);
        long at = bio.sector * 512;
        long end = at + all * 512;
        for (ByteBuffer buffer : bio.buffers) {
            int n = (int) Math.min(buffer.remaining(), end - at);
            store.put(at, buffer.slice(buffer.position(), n));
            at += n;
        }
    }

    private synchronized List<FakeBio> refuse() {
        gone = true;
        List<FakeBio> over = List.copyOf(held);
        held.clear();
        return over;
    }

    /** The same medium in a new disk. */
    synchronized FakeDisk again() {
        return new FakeDisk(name, bytes, store, unit, readOnly);
    }

    private BlockStatus perform(FakeBio bio) {
        synchronized (this) {
            if (gone) {
                return BlockStatus.GONE;
            }
            largest = (int) Math.max(largest, bio.sectors);
            long at = bio.sector * 512;
            for (ByteBuffer buffer : bio.buffers) {
                ByteBuffer part = buffer.duplicate();
                int n = part.remaining();
                if (bio.op == BioOp.READ) {
                    store.get(at, part);
                } else {
                    store.put(at, part);
                }
                at += n;
            }
            return BlockStatus.OK;
        }
    }

    private void accept(FakeBio bio) {
        BlockStatus status;
        boolean overTheHead;
        synchronized (this) {
            overTheHead = false;
            status = requests++ >= goneFrom || gone || bio.handle.closed ? BlockStatus.GONE : null;
            gone |= requests > goneFrom;
            if (status == null && holding.test(bio)) {
                held.add(bio);
                notifyAll();
                return;
            }
            if (status == null && failing.test(bio)) {
                status = failure;
                overTheHead = failureHolds;
                if (overTheHead) {
                    heldBuffers.addAll(List.of(bio.buffers));
                }
            }
        }
        bio.end(status == null ? perform(bio) : status, overTheHead);
    }

    private final class FakeHandle implements DiskHandle {
        private final Holder holder;
        private volatile boolean closed;

        FakeHandle(Holder holder) {
            this.holder = holder;
        }

        @Override
        public DiskInfo info() {
            return new DiskInfo(
                    name,
                    0,
                    1,
                    store.size() / 512,
                    QueueLimits.DEFAULT.withLogicalBlockBytes(unit).withWriteCache(true, false),
                    readOnly,
                    true,
                    "fake",
                    "fake",
                    "",
                    "",
                    "",
                    0);
        }

        @Override
        public boolean isGone() {
            synchronized (FakeDisk.this) {
                return gone;
            }
        }

        @Override
        public Bio newBio() {
            return new FakeBio(this);
        }

        @Override
        public void submit(Bio bio) {
            submit(new Bio[] {bio}, 0, 1);
        }

        @Override
        public void submit(Bio[] bios, int from, int to) {
            for (int i = from; i < to; i++) {
                ((FakeBio) bios[i]).check();
            }
            for (int i = from; i < to; i++) {
                accept((FakeBio) bios[i]);
            }
        }

        @Override
        public void read(long sector, ByteBuffer into) {
            throw new UnsupportedOperationException("the page cache submits bios");
        }

        @Override
        public void write(long sector, ByteBuffer from) {
            throw new UnsupportedOperationException("the page cache submits bios");
        }

        @Override
        public void flush() {
            throw new UnsupportedOperationException("the page cache submits bios");
        }

        @Override
        public void close() {
            synchronized (FakeDisk.this) {
                closed = true;
                if (exclusive == this) {
                    exclusive = null;
                }
            }
        }
    }

    private final class FakeBio implements Bio {
        private final FakeHandle handle;
        private BioOp op;
        private long sector;
        private long sectors;
        private ByteBuffer[] buffers = {};
        private End end;
        private BlockStatus status;
        private boolean bufferHeld;

        FakeBio(FakeHandle handle) {
            this.handle = handle;
        }

        private FakeBio set(BioOp newOp, long at, ByteBuffer... parts) {
            op = newOp;
            sector = at;
            buffers = parts;
            sectors = Arrays.stream(parts).mapToLong(ByteBuffer::remaining).sum() / 512;
            return this;
        }

        void check() {
            boolean aligned = sector * 512 % unit == 0 && sectors * 512 % unit == 0;
            if (!aligned || sector < 0 || (sector + sectors) * 512 > store.size() || (op.hasData() && sectors == 0)) {
                throw new IllegalArgumentException(op + " of " + sectors + " sectors at " + sector);
            }
            status = null;
        }

        void end(BlockStatus how, boolean overTheHead) {
            status = how;
            bufferHeld = overTheHead;
            if (end != null) {
                end.ended(this);
            }
        }

        @Override
        public Bio read(long at, ByteBuffer into) {
            return set(BioOp.READ, at, into);
        }

        @Override
        public Bio read(long at, ByteBuffer[] into) {
            return set(BioOp.READ, at, into);
        }

        @Override
        public Bio write(long at, ByteBuffer from) {
            return set(BioOp.WRITE, at, from);
        }

        @Override
        public Bio write(long at, ByteBuffer[] from) {
            return set(BioOp.WRITE, at, from);
        }

        @Override
        public Bio flush() {
            return set(BioOp.FLUSH, 0);
        }

        @Override
        public Bio discard(long at, long count) {
            throw new UnsupportedOperationException("not needed");
        }

        @Override
        public Bio writeZeroes(long at, long count) {
            throw new UnsupportedOperationException("not needed");
        }

        @Override
        public Bio fua(boolean durable) {
            return this;
        }

        @Override
        public Bio onEnd(End newEnd) {
            end = newEnd;
            return this;
        }

        @Override
        public BioOp op() {
            return op;
        }

        @Override
        public long sector() {
            return sector;
        }

        @Override
        public long sectors() {
            return sectors;
        }

        @Override
        public boolean isFua() {
            return false;
        }

        @Override
        public BlockStatus status() {
            return status;
        }

        @Override
        public boolean bufferHeld() {
            return bufferHeld;
        }
    }
}
