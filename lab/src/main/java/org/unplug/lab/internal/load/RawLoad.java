package org.unplug.lab.internal.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.ref.Clockwork;

/**
 * Readers and writers below the file system: a fixed number of requests on a {@link Field}, each submitted again as soon as
 * it ended, so that the disk is never idle. Every read is verified. When the disk is gone it goes on asking, with
 * pauses, since what a dead disk answers is part of the contract.
 *
 * <p>{@link #start} and {@link #stop} once each. Requests end on threads of the block layer; a pacer of our own flushes and
 * revives what failed.
 */
public final class RawLoad {

    private static final long PACE_NANOS = 5_000_000;
    private static final int FLUSH_EVERY = 6;

    private final Clockwork clockwork;
    private final DiskHandle handle;
    private final Field field;
    private final Ledger ledger;
    private final SplittableRandom random;
    private final List<Worker> workers = new ArrayList<>();
    private final ConcurrentLinkedQueue<Worker> resting = new ConcurrentLinkedQueue<>();
    private final List<String> wrong = new ArrayList<>();
    private final Object monitor = new Object();
    private volatile boolean stopping;
    private boolean paced;
    private long verifiedSectors;

    /** @param depth requests at once */
    public RawLoad(Clockwork clockwork, DiskHandle handle, Field field, Ledger ledger, int depth, long seed) {
        this.clockwork = clockwork;
        this.handle = handle;
        this.field = field;
        this.ledger = ledger;
        random = new SplittableRandom(seed);
        for (int i = 0; i < depth; i++) {
            workers.add(new Worker());
        }
    }

    /** One request that is submitted again and again. */
    private final class Worker implements Bio.End {
        private final Ledger.Entry entry = new Ledger.Entry();
        private final Bio bio = handle.newBio().onEnd(this);
        private ByteBuffer buffer = ByteBuffer.allocateDirect(Field.SLOT_BYTES);
        private int slot = -1;

        void submit() {
            boolean write;
            synchronized (random) {
                do {
                    slot = random.nextInt(field.slots());
                } while (!field.take(slot));
                write = random.nextInt(100) < 60;
            }
            buffer.clear();
            if (write) {
                field.beginWrite(slot, buffer);
                bio.write(Field.sectorOf(slot), buffer);
            } else {
                bio.read(Field.sectorOf(slot), buffer);
            }
            ledger.begin(entry, clockwork.nanoTime());
            handle.submit(bio);
        }

        @Override
        public void ended(Bio ignored) {
            BlockStatus status = bio.status();
            if (!ledger.end(entry, status, clockwork.nanoTime())) {
                return;
            }
            if (bio.op().modifies()) {
                field.endWrite(slot, status.ok());
            } else if (status.ok()) {
                note(field.check(slot, buffer));
            }
            if (bio.bufferHeld()) {
                buffer = ByteBuffer.allocateDirect(Field.SLOT_BYTES);
            }
            field.giveBack(slot);
            if (status.ok() && !stopping) {
                submit();
            } else {
                resting.add(this);
            }
        }
    }

    private void note(Field.Findings findings) {
        synchronized (wrong) {
            verifiedSectors += findings.sectors();
            wrong.addAll(findings.strays());
            wrong.addAll(findings.losses());
        }
    }

    public void start() {
        workers.forEach(Worker::submit);
        paced = true;
        clockwork.execute("lab pacer", this::pace);
    }

    private void pace() {
        Ledger.Entry flushing = new Ledger.Entry();
        boolean[] under = new boolean[1];
        Bio flush = handle.newBio();
        for (int round = 0; !stopping; round++) {
            Worker rested = resting.poll();
            List<Worker> again = new ArrayList<>();
            while (rested != null) {
                again.add(rested);
                rested = resting.poll();
            }
            again.forEach(Worker::submit);
            if (round % FLUSH_EVERY == 0) {
                flush(flush, flushing, under);
            }
            pause();
        }
        synchronized (monitor) {
            paced = false;
            monitor.notifyAll();
        }
    }

    private void flush(Bio flush, Ledger.Entry entry, boolean[] under) {
        synchronized (under) {
            if (under[0]) {
                return;
            }
            under[0] = true;
        }
        long[] then = field.acknowledged();
        flush.flush().onEnd(bio -> {
            ledger.end(entry, bio.status(), clockwork.nanoTime());
            if (bio.status().ok()) {
                field.flushed(then);
            }
            synchronized (under) {
                under[0] = false;
            }
        });
        ledger.begin(entry, clockwork.nanoTime());
        handle.submit(flush);
    }

    private void pause() {
        long until = clockwork.nanoTime() + PACE_NANOS;
        synchronized (monitor) {
            clockwork.awaitUntil(monitor, until, () -> stopping);
        }
    }

    /**
     * Submits nothing more and waits until all that was submitted has ended.
     *
     * @return false if something had not in time; the ledger tells how much
     */
    public boolean stop(long timeoutMs) {
        stopping = true;
        long deadline = clockwork.nanoTime() + timeoutMs * 1_000_000;
        synchronized (monitor) {
            monitor.notifyAll();
            while (paced || ledger.inside() > 0) {
                long left = deadline - clockwork.nanoTime();
                if (left <= 0) {
                    return false;
                }
                clockwork.await(monitor, Math.min(left, 2_000_000));
            }
        }
        return true;
    }

    public Ledger ledger() {
        return ledger;
    }

    /** What was verified while the disk was there. */
    public Field.Findings findings() {
        synchronized (wrong) {
            return new Field.Findings(verifiedSectors, List.copyOf(wrong), List.of());
        }
    }

    /**
     * Reads a field from a disk that has come back and judges every slot.
     *
     * @param orderly how it had gone
     */
    public static Field.Findings settle(DiskHandle handle, Field field, boolean orderly) throws IOException {
        int run = Math.min(field.slots(), 64);
        ByteBuffer buffer = ByteBuffer.allocateDirect(run * Field.SLOT_BYTES);
        List<Field.Findings> all = new ArrayList<>();
        for (int first = 0; first < field.slots(); first += run) {
            int many = Math.min(run, field.slots() - first);
            buffer.clear().limit(many * Field.SLOT_BYTES);
            handle.read(Field.sectorOf(first), buffer);
            for (int i = 0; i < many; i++) {
                ByteBuffer slot = buffer.clear().slice(i * Field.SLOT_BYTES, Field.SLOT_BYTES);
                all.add(field.settle(first + i, slot, orderly));
            }
        }
        return Field.Findings.sum(all);
    }
}
