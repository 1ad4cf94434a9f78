package org.unplug.driver.hold;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.GoneException;
import org.unplug.block.Removal;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.Request;
import org.unplug.block.stack.Condition;
import org.unplug.block.stack.Identity;
import org.unplug.block.stack.PassDriver;
import org.unplug.block.stack.Upper;
import org.unplug.ref.Clockwork;

/**
 * Passes requests down while the medium is there, and keeps them while it is not.
 *
 * <p><b>Theory of operation.</b> A request that comes back GONE from the handle that is in use, or the word that the lower disk
 * goes, begins the hold; what comes then waits with it. When a disk comes, its identity and its content are compared; then the
 * writes that the old incarnation had acknowledged and not flushed are written again, since it may have lost them; then
 * everything that waits goes down, in the order in which it came to wait. A request that comes back GONE from a former handle
 * goes down again at once: it never happened, or it did and does once more, which is the same.
 *
 * <p>The one thing that cannot go on is a read into a buffer that the old lower driver has not let go of: it ends AGAIN.
 */
final class HoldDriver extends PassDriver<Held> implements Condition {

    private enum State {
        PASSING,
        HOLDING,
        OVER
    }

    private static final long NANOS_PER_S = 1_000_000_000L;
    private static final long RETURN_NANOS = 10_000_000_000L;

    private final Identity identity;
    private final String lower;
    private final Generation generation;
    private final long waitMs;
    private final long redoBytes;
    private final boolean holdOrderly;
    private final boolean caches;
    private final Redo redo = new Redo();
    private volatile Upper upper;

    /** Guarded by this, as all below. */
    private State state = State.PASSING;

    private final Set<Held> below = new LinkedHashSet<>();
    private final Set<Held> waiting = new LinkedHashSet<>();
    private Clockwork.Timer patience = () -> {};
    private long deadline;
    private boolean flushing;

    HoldDriver(
            DiskHandle below,
            Generation generation,
            long waitMs,
            long redoBytes,
            boolean holdOrderly,
            Clockwork clockwork) {
        super(below, clockwork);
        identity = Identity.of(below.info());
        lower = below.info().name();
        this.generation = generation;
        this.waitMs = waitMs;
        this.redoBytes = redoBytes;
        this.holdOrderly = holdOrderly;
        caches = below.info().writeCache();
    }

    @Override
    public DiskSpec spec(DiskSpec derived) {
        DiskSpec.Timeouts old = derived.timeouts();
        return derived.withTimeouts(new DiskSpec.Timeouts(old.requestMs() + waitMs, old.syncMs(), old.drainMs()));
    }

    @Override
    public void attached(Upper above) {
        upper = above;
    }

    @Override
    public Map<Class<?>, Object> services() {
        return Map.of(Condition.class, this);
    }

    @Override
    public synchronized String condition() {
        if (state != State.HOLDING) {
            return "";
        }
        long seconds = Math.max(0, deadline - clockwork().nanoTime() + NANOS_PER_S - 1) / NANOS_PER_S;
        return "waits for " + lower + ", " + seconds + " s left";
    }

    @Override
    protected Held newPassage() {
        return new Held(this);
    }

    @Override
    protected void handle(Held passage) {
        passage.begin();
        pass(passage);
    }

    private void pass(Held passage) {
        DiskHandle to;
        synchronized (this) {
            if (state == State.HOLDING) {
                waiting.add(passage);
                return;
            }
            to = state == State.PASSING ? below() : null;
            if (to != null) {
                below.add(passage);
            }
        }
        if (to == null) {
            passage.finish(BlockStatus.GONE);
        } else {
            passage.down(to, redo.end());
        }
    }

    /** The lower disk has ended it. */
    void back(Held passage, BlockStatus status) {
        if (status == BlockStatus.GONE && upper != null) {
            gone(passage);
            return;
        }
        if (status == BlockStatus.OK) {
            done(passage);
        }
        returned(passage, false);
        passage.finish(status);
    }

    /** Nothing of it is below any more. */
    private synchronized void returned(Held passage, boolean gone) {
        below.remove(passage);
        if (gone && passage.sentTo() == below()) {
            hold();
        }
        notifyAll();
    }

    private void gone(Held passage) {
        returned(passage, true);
        if (passage.isEverHeld() && passage.request().op() == BioOp.READ) {
            passage.finish(BlockStatus.AGAIN);
        } else {
            pass(passage);
        }
    }

    /** The caller holds the monitor. */
    private void hold() {
        if (state == State.PASSING) {
            state = State.HOLDING;
            deadline = clockwork().nanoTime() + waitMs * 1_000_000;
            patience = clockwork().schedule(waitMs, () -> clockwork().execute("end of a hold", this::giveUp));
        }
    }

    private void done(Held passage) {
        Request request = passage.request();
        switch (request.op()) {
            case WRITE -> {
                ByteBuffer data = passage.data();
                generation.wrote(request, data);
                if (caches) {
                    redo.add(request.sector(), data);
                    flushIfMuch();
                }
            }
            case DISCARD, WRITE_ZEROES -> generation.forget(request.sector(), request.sectors());
            case FLUSH -> redo.durableUpTo(passage.redoEnd());
            case READ -> {}
        }
    }

    /** Keeps what is kept within bounds: a flush of our own, one at a time. */
    private void flushIfMuch() {
        DiskHandle to;
        synchronized (this) {
            if (flushing || state != State.PASSING || redo.bytes() <= redoBytes) {
                return;
            }
            flushing = true;
            to = below();
        }
        long end = redo.end();
        to.submit(to.newBio().flush().onEnd(bio -> {
            if (bio.status() == BlockStatus.OK) {
                redo.durableUpTo(end);
            }
            synchronized (this) {
                flushing = false;
            }
        }));
    }

    @Override
    public boolean lowerGoes(DiskHandle handle, Removal kind) {
        if (kind == Removal.ORDERLY && !holdOrderly) {
            return false;
        }
        synchronized (this) {
            if (handle != below()) {
                return true;
            }
            if (state == State.OVER) {
                return false;
            }
            hold();
        }
        if (kind == Removal.ORDERLY) {
            long end = redo.end();
            try {
                handle.flush();
                redo.durableUpTo(end);
            } catch (IOException e) {
                // What it has not flushed we have, and write again.
                return true;
            }
        }
        return true;
    }

    @Override
    public void lowerComes(DiskHandle handle) throws IOException {
        Identity found = Identity.of(handle.info());
        if (!found.equals(identity)) {
            throw new IOException("it is another medium: " + found + " instead of " + identity);
        }
        awaitReturned();
        verify(handle);
        redo.replay(handle);
        List<Held> resumed;
        synchronized (this) {
            if (state != State.HOLDING) {
                throw new GoneException("the wait for " + handle.info().name() + " is over");
            }
            patience.cancel();
            changeBelow(handle);
            state = State.PASSING;
            resumed = new ArrayList<>(waiting);
            waiting.clear();
        }
        resumed.forEach(this::pass);
    }

    /** What the old incarnation has must come back before the new one is looked at; its removal sees to that. */
    private synchronized void awaitReturned() throws IOException {
        if (state != State.HOLDING) {
            throw new IOException("nobody waits for it");
        }
        long deadline = clockwork().nanoTime() + RETURN_NANOS;
        if (!clockwork().awaitUntil(this, deadline, below::isEmpty)) {
            throw new IOException(below.size() + " requests are still with its former incarnation");
        }
    }

    private void verify(DiskHandle handle) throws IOException {
        int blockSectors = generation.blockSectors();
        List<long[]> writes = new ArrayList<>();
        synchronized (this) {
            waiting.stream()
                    .map(Held::request)
                    .filter(r -> r.op().modifies())
                    .forEach(r -> writes.add(new long[] {r.sector(), r.sector() + r.sectors()}));
        }
        generation.verify(handle, block -> {
            long sector = block * blockSectors;
            return redo.touches(sector, blockSectors)
                    || writes.stream().anyMatch(w -> w[0] < sector + blockSectors && sector < w[1]);
        });
    }

    private void giveUp() {
        List<Held> ended;
        synchronized (this) {
            if (state != State.HOLDING) {
                return;
            }
            state = State.OVER;
            ended = new ArrayList<>(waiting);
            waiting.clear();
        }
        upper.orphan();
        ended.forEach(passage -> passage.finish(BlockStatus.GONE));
    }

    @Override
    public void cancel(Request request) {
        Held passage = passage(request);
        synchronized (this) {
            if (!waiting.remove(passage)) {
                return;
            }
        }
        passage.finish(BlockStatus.GONE);
    }

    @Override
    protected void hurry() {
        List<Held> ended;
        synchronized (this) {
            state = State.OVER;
            patience.cancel();
            ended = new ArrayList<>(waiting);
            waiting.clear();
        }
        ended.forEach(passage -> passage.finish(BlockStatus.GONE));
    }
}
