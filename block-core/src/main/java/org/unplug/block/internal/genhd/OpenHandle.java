package org.unplug.block.internal.genhd;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.unplug.block.Bio;
import org.unplug.block.BioOp;
import org.unplug.block.BlockException;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.internal.queue.BlockBio;
import org.unplug.block.internal.queue.RequestQueue;
import org.unplug.ref.Kref;

/**
 * An open handle. What the opener has is this facade; disk, bios and owner know only its {@link State}, so that a facade
 * that is lost can be collected, is reported, and is closed.
 */
final class OpenHandle implements DiskHandle {

    private final State state;

    /** What there is of a handle besides the opener's object. */
    static final class State implements BlockBio.Source {
        final Gendisk disk;
        final Owner owner;
        final Holder holder;
        final OpenMode mode;
        /** Asked once: the scheduler wants it under the queue's innermost lock, where no holder may be called. */
        private final int weight;

        private final AtomicBoolean closed = new AtomicBoolean();
        private final Runnable takeBack = this::close;
        private volatile Kref.Hold hold;

        State(Gendisk disk, Owner owner, Holder holder, OpenMode mode) {
            this.disk = disk;
            this.owner = owner;
            this.holder = holder;
            this.mode = mode;
            this.weight = Math.max(1, Math.min(1000, holder.ioWeight()));
        }

        Runnable takeBack() {
            return takeBack;
        }

        @Override
        public RequestQueue queue() {
            return disk.queue();
        }

        @Override
        public boolean isClosed() {
            return closed.get();
        }

        @Override
        public int weight() {
            return weight;
        }

        /** Gives back the reference to the disk; once. */
        void put() {
            hold.put();
        }

        void close() {
            if (closed.compareAndSet(false, true)) {
                owner.disownsHandle(takeBack);
                disk.closed(this);
            }
        }
    }

    OpenHandle(State state) {
        this.state = state;
    }

    /** Takes a reference to the disk that lasts until the close, or until this facade is lost. False if it is released. */
    boolean hold(Kref disk) {
        state.hold = disk.tryHold("handle", state.owner.name(), state.holder.holderName(), this, state::close);
        return state.hold != null;
    }

    @Override
    public DiskInfo info() {
        return state.disk.info();
    }

    @Override
    public boolean isGone() {
        return !state.disk.admits();
    }

    @Override
    public Bio newBio() {
        return new BlockBio(state);
    }

    @Override
    public void submit(Bio bio) {
        RequestQueue.submit(checked(bio));
    }

    @Override
    public void submit(Bio[] bios, int from, int to) {
        Objects.checkFromToIndex(from, to, bios.length);
        for (int i = from; i < to; i++) {
            checked(bios[i]);
        }
        RequestQueue.submit(bios, from, to);
    }

    private BlockBio checked(Bio bio) {
        if (!(bio instanceof BlockBio own) || own.source() != state) {
            throw new IllegalArgumentException("the bio was not made by this handle of " + info().name());
        }
        if (own.op().modifies() && !state.mode.writes()) {
            throw new IllegalArgumentException(
                    own.op() + " on a handle of " + info().name() + " that was opened for reading");
        }
        state.queue().check(own);
        return own;
    }

    @Override
    public void read(long sector, ByteBuffer into) throws IOException {
        perform(newBio().read(sector, into));
    }

    @Override
    public void write(long sector, ByteBuffer from) throws IOException {
        perform(newBio().write(sector, from));
    }

    @Override
    public void flush() throws IOException {
        perform(newBio().flush());
    }

    private void perform(Bio bio) throws IOException {
        BlockStatus status = Waiter.await(bio, this::submit, state.disk.clockwork());
        if (status != BlockStatus.OK) {
            throw BlockException.of(status, describe(bio));
        }
    }

    private String describe(Bio bio) {
        String name = info().name();
        return bio.op() == BioOp.FLUSH
                ? name + ": flush"
                : name + ": " + bio.op().name().toLowerCase(java.util.Locale.ROOT) + " of " + bio.sectors()
                        + " sectors at " + bio.sector();
    }

    @Override
    public void close() {
        try {
            state.close();
        } finally {
            // A garbage collection in the middle must not take this for lost.
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public String toString() {
        return "handle of " + info().name() + " for " + state.holder.holderName();
    }
}
