package org.unplug.block.internal.genhd;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.unplug.block.Bio;
import org.unplug.block.BlockException;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.internal.queue.BlockBio;
import org.unplug.block.internal.queue.RequestQueue;

/** What a filter has below it: a handle on the inner queue that leads on to the driver whose place it took. */
final class InnerHandle implements DiskHandle, BlockBio.Source {

    private final RequestQueue queue;
    private volatile boolean closed;

    InnerHandle(RequestQueue queue) {
        this.queue = queue;
    }

    @Override
    public RequestQueue queue() {
        return queue;
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    @Override
    public DiskInfo info() {
        return queue.info();
    }

    @Override
    public boolean isGone() {
        return queue.refuses();
    }

    @Override
    public Bio newBio() {
        return new BlockBio(this);
    }

    @Override
    public void submit(Bio bio) {
        check(bio);
        RequestQueue.submit((BlockBio) bio);
    }

    @Override
    public void submit(Bio[] bios, int from, int to) {
        for (int i = from; i < to; i++) {
            check(bios[i]);
        }
        RequestQueue.submit(bios, from, to);
    }

    private void check(Bio bio) {
        if (!(bio instanceof BlockBio own) || own.source() != this) {
            throw new IllegalArgumentException("the bio was not made by this handle of " + info().name());
        }
        queue.check(own);
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
        BlockStatus status = Waiter.await(bio, this::submit, queue.clockwork());
        if (status != BlockStatus.OK) {
            throw BlockException.of(status, info().name() + ": " + bio);
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
