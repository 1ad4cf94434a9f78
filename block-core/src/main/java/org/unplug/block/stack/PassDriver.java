package org.unplug.block.stack;

import java.util.Arrays;
import java.util.Objects;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.spi.Request;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Gate;

/**
 * A driver over one handle that decides of each request what becomes of it: passed down at once or later, answered here, or
 * both. A subclass says in {@link #handle}; a request that it keeps waiting it lets go in {@link #hurry}.
 *
 * <p>Every request inside is counted by a {@link Gate}, which {@link #close} kills and drains.
 *
 * @param <P> what is known of a request under way
 */
public abstract class PassDriver<P extends Passage> implements FilterDriver {

    private static final long CLOSE_NANOS = 5_000_000_000L;

    private final long startSector;
    private final Clockwork clockwork;
    private final Gate inside = new Gate();
    private volatile DiskHandle below;
    private volatile Passage[] passages = new Passage[32];

    protected PassDriver(DiskHandle below, Clockwork clockwork) {
        this(below, 0, clockwork);
    }

    /** @param startSector where on the lower disk this one's sector 0 is */
    protected PassDriver(DiskHandle below, long startSector, Clockwork clockwork) {
        this.startSector = startSector;
        this.below = Objects.requireNonNull(below);
        this.clockwork = clockwork;
    }

    /** Makes what a tag needs; once for each tag. */
    protected abstract P newPassage();

    /** Decides what becomes of a request. Must not block; ends it or passes it down, once, now or later. */
    protected abstract void handle(P passage);

    /** The driver is being closed: what waits in here goes on or ends now. Nothing new comes. */
    protected void hurry() {}

    final long startSector() {
        return startSector;
    }

    public final DiskHandle below() {
        return below;
    }

    /** From now on passages go down to another handle. */
    protected final void changeBelow(DiskHandle newBelow) {
        below = newBelow;
    }

    protected final Clockwork clockwork() {
        return clockwork;
    }

    @Override
    public final boolean queueRequest(Request request) {
        if (!inside.enter()) {
            request.complete(BlockStatus.GONE);
            return true;
        }
        P passage = passage(request);
        passage.take(request);
        handle(passage);
        return true;
    }

    final void leave() {
        inside.exit();
    }

    /** What belongs to a request's tag. Whoever asks from {@link #cancel} may find it idle, or on its next request already. */
    @SuppressWarnings("unchecked")
    protected final P passage(Request request) {
        int tag = request.tag();
        Passage[] all = passages;
        Passage known = tag < all.length ? all[tag] : null;
        return (P) (known == null ? make(tag) : known);
    }

    /** The tag belongs to the caller, so nobody makes the same one twice; its hand-over publishes the element. */
    private synchronized Passage make(int tag) {
        Passage[] all = passages;
        if (tag < all.length && all[tag] != null) {
            return all[tag];
        }
        Passage[] grown = Arrays.copyOf(all, Math.max(all.length, Integer.highestOneBit(tag) * 2));
        Passage made = newPassage();
        made.belongTo(this);
        grown[tag] = made;
        passages = grown;
        return made;
    }

    @Override
    public final void close() {
        inside.kill();
        hurry();
        if (!inside.awaitDrained(clockwork, clockwork.nanoTime() + CLOSE_NANOS, () -> 0)) {
            throw new IllegalStateException(
                    inside.inside() + " requests are still with " + below.info().name());
        }
        closed();
    }

    /** Nothing is inside any more. */
    protected void closed() {}
}
