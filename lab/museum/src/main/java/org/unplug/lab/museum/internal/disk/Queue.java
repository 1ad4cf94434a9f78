package org.unplug.lab.museum.internal.disk;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.QueueLimits;
import org.unplug.lab.museum.internal.memory.Slab;
import org.unplug.ref.Clockwork;

/**
 * What waits in the elevator and what is in the driver. As in Linux until 2.6.38, the first request into an idle queue plugs it: it
 * is not given to the driver until four have gathered or three milliseconds have passed.
 *
 * <p>The monitor guards the queue; the driver and ends of requests are called outside it.
 */
final class Queue {

    private static final int UNPLUG_THRESHOLD = 4;
    private static final long UNPLUG_MS = 3;
    private static final long RETRY_MS = 2;

    private final Exhibit exhibit;
    private final DiskDriver driver;
    private final int depth;
    private final Deque<Piece> waiting = new ArrayDeque<>();
    private final List<Piece> stranded = new ArrayList<>();
    private final BitSet tags = new BitSet();
    private Clockwork.Timer unplug = () -> {};
    private boolean plugged;
    private boolean running;
    private boolean again;

    Queue(Exhibit exhibit, QueueLimits limits, DiskDriver driver) {
        this.exhibit = exhibit;
        this.driver = driver;
        this.depth = exhibit.era().hasQueueThread() ? 1 : limits.queueDepth();
    }

    synchronized int inDriver() {
        return tags.cardinality();
    }

    /** Requests that nobody will ever end: they were in the elevator when that went. */
    synchronized int stranded() {
        return stranded.size();
    }

    /** @param plugs whether a queue that was idle is plugged */
    void add(Piece piece, boolean plugs) {
        boolean go;
        synchronized (this) {
            if (plugs && waiting.isEmpty() && tags.isEmpty()) {
                plugged = true;
                unplug = exhibit.clockwork().schedule(UNPLUG_MS, this::unplug);
            }
            waiting.add(piece);
            if (waiting.size() >= UNPLUG_THRESHOLD) {
                plugged = false;
            }
            go = !plugged;
        }
        if (go) {
            start();
        }
    }

    private void unplug() {
        synchronized (this) {
            plugged = false;
        }
        exhibit.clockwork().execute("kblockd", this::start);
    }

    /** On the queue's thread, if it has one. */
    private void start() {
        if (exhibit.era().hasQueueThread()) {
            exhibit.clockwork().execute("mmcqd", this::run);
        } else {
            run();
        }
    }

    /** Gives the driver what it takes. */
    void run() {
        synchronized (this) {
            if (running) {
                again = true;
                return;
            }
            running = true;
        }
        while (true) {
            Piece next;
            synchronized (this) {
                next = take();
                if (next == null) {
                    if (again) {
                        again = false;
                        continue;
                    }
                    running = false;
                    notifyAll();
                    return;
                }
            }
            issue(next);
        }
    }

    private Piece take() {
        if (plugged || waiting.isEmpty() || tags.cardinality() >= depth) {
            return null;
        }
        Piece next = waiting.poll();
        next.tag(tags.nextClearBit(0));
        tags.set(next.tag());
        return next;
    }

    private void issue(Piece piece) {
        BlockStatus refused;
        try {
            refused = exhibit.pass(exhibit.era().dispatch(), piece);
        } catch (Slab.Oopsed oopsed) {
            refused = BlockStatus.IOERR;
        }
        if (refused != null) {
            completed(piece, refused);
            return;
        }
        try {
            if (driver.queueRequest(piece)) {
                driver.commit();
            } else {
                comesAgain(piece);
            }
        } catch (RuntimeException thrown) {
            completed(piece, BlockStatus.IOERR);
        }
    }

    private void comesAgain(Piece piece) {
        synchronized (this) {
            tags.clear(piece.tag());
            waiting.addFirst(piece);
            plugged = true;
            unplug = exhibit.clockwork().schedule(RETRY_MS, this::unplug);
        }
    }

    /** An era knows of no GONE: a driver's is an input/output error like any other. */
    void completed(Piece piece, BlockStatus status) {
        synchronized (this) {
            tags.clear(piece.tag());
            notifyAll();
        }
        piece.end(status == BlockStatus.GONE ? BlockStatus.IOERR : status);
        start();
    }

    /** The thread ends what it sees, and then itself; what is plugged it does not see. */
    void stopThread() {
        exhibit.await(this, () -> !running && tags.isEmpty());
    }

    void failQueued(BlockStatus status) {
        takeAll().forEach(piece -> piece.end(status));
    }

    private synchronized List<Piece> takeAll() {
        unplug.cancel();
        List<Piece> all = new ArrayList<>(waiting);
        waiting.clear();
        return all;
    }

    /** The elevator goes, and nobody looks for what is in it. */
    synchronized void strand() {
        stranded.addAll(takeAll());
    }

    /** A flush of the driver's own making, waited for without a bound. */
    void flushDevice() {
        boolean[] done = new boolean[1];
        Piece flush = new Piece(exhibit.whole(), BioOp.FLUSH, 0, 0, List.of(), false, status -> {
            synchronized (this) {
                done[0] = true;
                notifyAll();
            }
        });
        exhibit.await(this, () -> tags.cardinality() < depth);
        synchronized (this) {
            flush.tag(tags.nextClearBit(0));
            tags.set(flush.tag());
        }
        if (!driver.queueRequest(flush)) {
            completed(flush, BlockStatus.IOERR);
        }
        driver.commit();
        exhibit.await(this, () -> done[0]);
    }

    /** Lets those go home who wait for what will never end. */
    void close() {
        List<Piece> all = takeAll();
        synchronized (this) {
            all.addAll(stranded);
            stranded.clear();
            notifyAll();
        }
        all.forEach(piece -> piece.end(BlockStatus.GONE));
    }
}
