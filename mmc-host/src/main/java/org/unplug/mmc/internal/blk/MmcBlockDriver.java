package org.unplug.mmc.internal.blk;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.spi.Request;
import org.unplug.mmc.CardRegisters;
import org.unplug.mmc.internal.card.StartedCard;
import org.unplug.mmc.internal.port.CardLink;
import org.unplug.mmc.internal.port.CommandQueue;
import org.unplug.mmc.spi.HostCaps;
import org.unplug.ref.Clockwork;

/**
 * The disks that are on a card: one for each area. The card does one job at a time, whatever the area; a few more requests wait
 * here, so that the next one starts on the thread that ended the one before.
 *
 * <p>The monitor guards the queue; nothing is called under it.
 */
public final class MmcBlockDriver {

    private static final int QUEUE_DEPTH = 16;
    private static final int ERASE_CLASS = 1 << 5;
    /** 64 MiB: an erase of more than that takes its time. */
    private static final long MOST_RANGE_SECTORS = 1 << 17;

    private record Waiting(Request request, int area) {}

    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private final CardAccess access;
    private final Generation content;
    private CardJob current;
    private boolean closed;

    /** Takes a card through power-up again; never blocks. */
    public interface Restart {
        void restart(Consumer<StartedCard> done);
    }

    /**
     * Drives a started card.
     *
     * @param busyMs how long it may program before it counts as stuck
     * @param lost told, without a lock, that it is not there any more; must not block
     * @param restart takes the card through power-up again, and tells the card, or null if it did not come back as itself; must not
     *     block
     */
    public MmcBlockDriver(
            CommandQueue queue,
            CardLink link,
            StartedCard card,
            Clockwork clockwork,
            LongSupplier busyMs,
            Runnable lost,
            Restart restart) {
        this.access = new CardAccess(queue, link, card, clockwork, busyMs, lost, restart::restart);
        this.content = new Generation(card.cacheOn());
    }

    /** What one request to the user area may ask for. */
    public static QueueLimits limits(HostCaps caps, StartedCard card) {
        CardRegisters registers = card.registers();
        boolean sd = registers.type().isSd();
        boolean erases = (registers.csd().commandClasses() & ERASE_CLASS) != 0
                && (sd || (registers.extCsd() != null && registers.extCsd().trim()));
        boolean zeroes = erases
                && (sd ? registers.scr().erasedByte() : registers.extCsd().erasedByte()) == 0;
        return transferLimits(caps)
                .withWriteCache(card.cacheOn(), false)
                .withDiscard(erases)
                .withWriteZeroes(zeroes)
                .withRanges(MOST_RANGE_SECTORS, registers.eraseGroupBlocks() * CardJob.SECTOR_BYTES);
    }

    /** What one request to another area may ask for. */
    public static QueueLimits transferLimits(HostCaps caps) {
        return QueueLimits.DEFAULT
                .withQueueDepth(QUEUE_DEPTH)
                .withMaxSectors(Math.min(QueueLimits.DEFAULT.maxSectors(), caps.maxBlocks()))
                .withMaxSegments(Math.min(QueueLimits.DEFAULT.maxSegments(), caps.maxSegments()));
    }

    /** What the user area held when we last had it. */
    public Generation content() {
        return content;
    }

    /** The driver of an area's disk: 0 for the user's, 1 and 2 for an eMMC's boot areas. */
    public DiskDriver area(int number) {
        return new AreaDriver(number);
    }

    private final class AreaDriver implements DiskDriver {
        private final int number;

        AreaDriver(int number) {
            this.number = number;
        }

        @Override
        public boolean queueRequest(Request request) {
            if (request.op() == BioOp.FLUSH && !access.card().cacheOn()) {
                request.complete(BlockStatus.OK);
                return true;
            }
            accept(new Waiting(request, number));
            return true;
        }

        @Override
        public void cancel(Request request) {
            MmcBlockDriver.this.cancel(request);
        }
    }

    private void accept(Waiting fresh) {
        CardJob first = null;
        synchronized (this) {
            if (!closed) {
                if (current != null) {
                    waiting.add(fresh);
                    return;
                }
                first = job(fresh);
                current = first;
            }
        }
        if (first == null) {
            fresh.request().complete(BlockStatus.GONE);
        } else {
            start(first);
        }
    }

    private void cancel(Request request) {
        boolean waited;
        CardJob running;
        synchronized (this) {
            waited = waiting.removeIf(w -> w.request() == request);
            running = current != null && current.block() == request ? current : null;
        }
        if (waited) {
            request.complete(access.link().isSevered() ? BlockStatus.GONE : BlockStatus.TIMEOUT);
        } else if (running != null) {
            running.cancel();
        }
    }

    /** The disks were removed: whatever comes or waits still is GONE. */
    public void close() {
        List<Waiting> left;
        synchronized (this) {
            closed = true;
            left = new ArrayList<>(waiting);
            waiting.clear();
        }
        left.forEach(w -> w.request().complete(BlockStatus.GONE));
    }

    /** Starts the next before telling of the last, so that the card does not wait for whoever is told. */
    private void finished(BlockStatus status) {
        CardJob last;
        CardJob next;
        synchronized (this) {
            last = current;
            Waiting first = waiting.poll();
            next = first == null ? null : job(first);
            current = next;
        }
        if (next != null) {
            start(next);
        }
        if (last.area() == 0) {
            content.ended(last.block(), status);
        }
        last.block().complete(status);
    }

    private void start(CardJob job) {
        if (job.area() == 0) {
            content.begins(job.block());
        }
        job.start();
    }

    private CardJob job(Waiting wanted) {
        Request request = wanted.request();
        BioOp op = request.op();
        return op.hasData()
                ? new Transfer(access, request, wanted.area(), this::finished)
                : new Sequence(access, request, wanted.area(), this::finished);
    }
}
