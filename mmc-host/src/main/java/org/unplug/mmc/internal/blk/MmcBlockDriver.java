package org.unplug.mmc.internal.blk;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.spi.Request;
import org.unplug.mmc.internal.card.StartedCard;
import org.unplug.mmc.internal.port.CardLink;
import org.unplug.mmc.internal.port.CommandQueue;
import org.unplug.mmc.spi.HostCaps;
import org.unplug.ref.Clockwork;

/**
 * The disk that is on a card. The card does one transfer at a time; a few more requests wait here, so that the next one starts
 * on the thread that ended the one before.
 *
 * <p>The monitor guards the queue; nothing is called under it.
 */
public final class MmcBlockDriver implements DiskDriver {

    private static final int QUEUE_DEPTH = 16;

    private final Deque<Request> waiting = new ArrayDeque<>();
    private final CardAccess access;
    private Transfer current;
    private boolean closed;

    /** Drives a started card; told through {@code lost}, without a lock, that it is not there any more. */
    public MmcBlockDriver(CommandQueue queue, CardLink link, StartedCard card, Clockwork clockwork, Runnable lost) {
        this.access = new CardAccess(queue, link, card, clockwork, lost);
    }

    /** What one request may ask for. Cards of this kind have no volatile cache. */
    public static QueueLimits limits(HostCaps caps) {
        return QueueLimits.DEFAULT
                .withQueueDepth(QUEUE_DEPTH)
                .withMaxSectors(Math.min(QueueLimits.DEFAULT.maxSectors(), caps.maxBlocks()))
                .withMaxSegments(Math.min(QueueLimits.DEFAULT.maxSegments(), caps.maxSegments()));
    }

    @Override
    public boolean queueRequest(Request request) {
        if (!request.op().hasData()) {
            request.complete(request.op() == BioOp.FLUSH ? BlockStatus.OK : BlockStatus.NOTSUPP);
            return true;
        }
        Transfer first = null;
        synchronized (this) {
            if (!closed) {
                if (current != null) {
                    waiting.add(request);
                    return true;
                }
                first = transfer(request);
                current = first;
            }
        }
        if (first == null) {
            request.complete(BlockStatus.GONE);
        } else {
            first.start();
        }
        return true;
    }

    @Override
    public void cancel(Request request) {
        boolean waited;
        Transfer running;
        synchronized (this) {
            waited = waiting.remove(request);
            running = current != null && current.block() == request ? current : null;
        }
        if (waited) {
            request.complete(access.link().isSevered() ? BlockStatus.GONE : BlockStatus.TIMEOUT);
        } else if (running != null) {
            running.cancel();
        }
    }

    /** The disk was removed: whatever comes or waits still is GONE. */
    public void close() {
        List<Request> left;
        synchronized (this) {
            closed = true;
            left = new ArrayList<>(waiting);
            waiting.clear();
        }
        left.forEach(request -> request.complete(BlockStatus.GONE));
    }

    /** Starts the next before telling of the last, so that the card does not wait for whoever is told. */
    private void finished(BlockStatus status) {
        Transfer last;
        Transfer next;
        synchronized (this) {
            last = current;
            Request first = waiting.poll();
            next = first == null ? null : transfer(first);
            current = next;
        }
        if (next != null) {
            next.start();
        }
        last.block().complete(status);
    }

    private Transfer transfer(Request request) {
        return new Transfer(access, request, this::finished);
    }
}
