package org.unplug.driver.loop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Locale;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.spi.Request;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Kref;

/**
 * A disk over a channel. Requests wait in line for a few workers, which come when there is work and go when there is none; so
 * a submitter never waits for the host's disk. There is one worker as long as the host has in memory what it is asked for: more would
 * only take processors from those who wait for the data. When a request takes longer than that, more come: with the next request, or when
 * one ends, or after {@value #LOOK_MS} ms. The host's page cache is this disk's write cache: FLUSH forces it out, and so does a write that
 * asks for FUA.
 *
 * <p>A file is written by one worker at a time: the host lets no second one in, and those that wait for that spin on a processor that
 * the submitter needs.
 *
 * <p>The channel is closed by whoever uses it last: by {@link #close}, or by a worker that the host held up until after it.
 * Nobody interrupts a worker, since that would close the channel under all others.
 */
final class LoopDriver implements DiskDriver, AutoCloseable {

    static final int DEFAULT_WORKERS = 4;
    private static final int SECTOR_BYTES = 512;
    /** How long a host takes for what it has in memory: so long for a request, and a nanosecond for each byte. */
    private static final long MEMORY_NANOS = 50_000;
    /** How long a worker takes to come. */
    private static final long COMING_NANOS = 1_000_000;
    /** After what time it is asked whether a line that nobody else moves needs more workers. */
    private static final long LOOK_MS = 5;

    private final Image image;
    private final FileChannel channel;
    private final Clockwork clockwork;
    private final int mostWorkers;
    private final boolean oneWriter;
    private final Kref uses;

    /** Guards all below. */
    private final Object line = new Object();

    private final Deque<Request> waiting = new ArrayDeque<>();
    private int workers;
    private boolean writing;
    /** Null if nobody looks later. */
    private Clockwork.Timer laterLook;

    private boolean closed;
    /** By when a host that has it in memory has ended what was taken last, or the next worker is there. */
    private long dueNanos;

    /** Takes over the image's channel. */
    LoopDriver(Image image, Clockwork clockwork, int mostWorkers) {
        this.image = image;
        this.channel = image.channel();
        this.clockwork = clockwork;
        this.mostWorkers = mostWorkers;
        this.oneWriter = Files.isRegularFile(image.path());
        this.uses = new Kref("channel of " + image.path(), this::closeChannel);
    }

    /** What to add this as. */
    DiskSpec spec(String prefix) {
        return DiskSpec.of(prefix, image.bytes() / SECTOR_BYTES)
                .withBus("loop")
                .withIdentity(String.valueOf(image.path().getFileName()), "")
                .withReadOnly(image.readOnly())
                .withLimits(QueueLimits.DEFAULT
                        .withLogicalBlockBytes(image.logicalBlockBytes())
                        .withWriteCache(true, true));
    }

    @Override
    public boolean queueRequest(Request request) {
        boolean more;
        synchronized (line) {
            waiting.add(request);
            more = mayStart(request) && comesAnother();
            lookLater();
        }
        if (more) {
            comeWorker();
        }
        return true;
    }

    /** Needs the lock. */
    private void lookLater() {
        if (!waiting.isEmpty() && laterLook == null && workers < mostWorkers && !closed) {
            laterLook = clockwork.schedule(LOOK_MS, this::look);
        }
    }

    private void look() {
        boolean more;
        synchronized (line) {
            laterLook = null;
            more = waiting.stream().anyMatch(this::mayStart) && comesAnother();
            lookLater();
        }
        if (more) {
            comeWorker();
        }
    }

    /** One that still waits ends at once; one that is with the host ends when the host lets go of it. */
    @Override
    public void cancel(Request request) {
        boolean waited;
        synchronized (line) {
            waited = waiting.remove(request);
        }
        if (waited) {
            request.complete(BlockStatus.TIMEOUT);
        }
    }

    private void work() {
        Request request = next(null);
        while (request != null) {
            BioOp op = request.op();
            request.complete(performCounted(request));
            request = next(op);
        }
    }

    private boolean mayStart(Request request) {
        return !(writing && oneWriter && request.op() == BioOp.WRITE);
    }

    /** Whether a worker is to come for the line; it is counted then. Needs the lock. */
    private boolean comesAnother() {
        long now = clockwork.nanoTime();
        boolean comes = workers == 0 || (workers < mostWorkers && now - dueNanos > 0);
        if (comes) {
            workers++;
            dueNanos = now + COMING_NANOS;
        }
        return comes;
    }

    private void comeWorker() {
        clockwork.execute("worker of " + image.path().getFileName(), this::work);
    }

    /** The first in line that may start, for a worker that ended a request of a kind, or none yet; none ends the worker. */
    private Request next(BioOp ended) {
        boolean more;
        Request first;
        synchronized (line) {
            writing &= ended != BioOp.WRITE;
            first = poll();
            if (first == null) {
                workers--;
                return null;
            }
            more = !waiting.isEmpty() && comesAnother();
            writing |= first.op() == BioOp.WRITE;
            dueNanos = clockwork.nanoTime() + MEMORY_NANOS + bytes(first);
            lookLater();
        }
        if (more) {
            comeWorker();
        }
        return first;
    }

    private Request poll() {
        for (Iterator<Request> each = waiting.iterator(); each.hasNext(); ) {
            Request request = each.next();
            if (mayStart(request)) {
                each.remove();
                return request;
            }
        }
        return null;
    }

    private static long bytes(Request request) {
        return request.sectors() * SECTOR_BYTES;
    }

    private BlockStatus performCounted(Request request) {
        if (!uses.tryGet()) {
            return BlockStatus.GONE;
        }
        try {
            perform(request);
            return BlockStatus.OK;
        } catch (ClosedChannelException e) {
            return BlockStatus.GONE;
        } catch (IOException e) {
            return statusOf(e);
        } catch (RuntimeException | Error e) {
            return BlockStatus.IOERR;
        } finally {
            uses.put();
        }
    }

    private void perform(Request request) throws IOException {
        switch (request.op()) {
            case READ -> read(request);
            case WRITE -> {
                write(request);
                if (request.fua()) {
                    channel.force(false);
                }
            }
            case FLUSH -> channel.force(false);
            case DISCARD, WRITE_ZEROES -> throw new IOException(request.op() + " was not offered");
        }
    }

    private void read(Request request) throws IOException {
        long at = request.sector() * SECTOR_BYTES;
        for (int i = 0; i < request.segmentCount(); i++) {
            ByteBuffer into = request.segment(i).duplicate();
            while (into.hasRemaining()) {
                int count = channel.read(into, at);
                if (count < 0) {
                    throw new IOException(image.path() + " ends at " + at + ": it was truncated");
                }
                at += count;
            }
        }
    }

    private void write(Request request) throws IOException {
        long at = request.sector() * SECTOR_BYTES;
        for (int i = 0; i < request.segmentCount(); i++) {
            ByteBuffer from = request.segment(i).duplicate();
            while (from.hasRemaining()) {
                at += channel.write(from, at);
            }
        }
    }

    /** The JDK tells a full host file system from other faults by the system's text only. */
    private static BlockStatus statusOf(IOException e) {
        String text = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        return text.contains("no space left") || text.contains("quota exceeded")
                ? BlockStatus.NOSPACE
                : BlockStatus.IOERR;
    }

    /** Gives the channel up, once the disk is removed: its line is empty then, and nobody looks at it later. Never waits for the host. */
    @Override
    public void close() {
        synchronized (line) {
            closed = true;
            if (laterLook != null) {
                laterLook.cancel();
                laterLook = null;
            }
        }
        uses.put();
    }

    private void closeChannel() {
        try {
            channel.close();
        } catch (IOException lost) {
            // What was flushed is safe, what was not was never promised; and the descriptor is gone either way.
            return;
        }
    }
}
