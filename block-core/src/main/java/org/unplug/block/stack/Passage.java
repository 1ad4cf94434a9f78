package org.unplug.block.stack;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.spi.Request;

/**
 * One request's way through a {@link PassDriver}: made once for each tag, with its lower bio, and used again for every request
 * that bears the tag. Between {@link PassDriver#handle} and {@link #end} it belongs to the driver; each request is ended once.
 *
 * <p>A subclass adds what the driver must know of a request under way, and may override {@link #passed}.
 */
public class Passage implements Bio.End {

    private static final ByteBuffer[] NONE = {};

    private PassDriver<?> driver;
    private Bio bio;
    private DiskHandle madeBy;
    private ByteBuffer[] segments = NONE;
    private Request request;

    final void belongTo(PassDriver<?> owner) {
        driver = owner;
    }

    final void take(Request taken) {
        request = taken;
    }

    /** The request that is under way; not to be used after {@link #end}. */
    public final Request request() {
        return request;
    }

    /** Sends the request down as it is. Ends it with IOERR, and throws on, if the lower disk does not take its shape. */
    public final void passDown() {
        DiskHandle below = driver.below();
        try {
            if (madeBy != below) {
                bio = below.newBio().onEnd(this);
                madeBy = below;
            }
            set();
            below.submit(bio);
        } catch (RuntimeException e) {
            end(BlockStatus.IOERR, false);
            throw e;
        }
    }

    private void set() {
        Request up = request;
        long sector = driver.startSector() + up.sector();
        switch (up.op()) {
            case READ -> {
                if (up.segmentCount() == 1) {
                    bio.read(sector, up.segment(0));
                } else {
                    bio.read(sector, segments());
                }
            }
            case WRITE -> {
                if (up.segmentCount() == 1) {
                    bio.write(sector, up.segment(0));
                } else {
                    bio.write(sector, segments());
                }
                bio.fua(up.fua());
            }
            case FLUSH -> bio.flush();
            case DISCARD -> bio.discard(sector, up.sectors());
            case WRITE_ZEROES -> bio.writeZeroes(sector, up.sectors());
        }
    }

    /** The request's buffers in an array that is used again as long as their number is the same. */
    private ByteBuffer[] segments() {
        if (segments.length != request.segmentCount()) {
            segments = new ByteBuffer[request.segmentCount()];
        }
        Arrays.setAll(segments, request::segment);
        return segments;
    }

    @Override
    public final void ended(Bio ended) {
        BlockStatus status = ended.status();
        boolean held = ended.bufferHeld();
        if (held) {
            // The lower driver may still look at this bio's buffers: neither it nor the array may serve again.
            madeBy = null;
            segments = NONE;
        }
        passed(status, held);
    }

    /** The lower disk has ended it; on the completing thread, must not block. Ends the request likewise unless overridden. */
    protected void passed(BlockStatus status, boolean held) {
        end(status, held);
    }

    /** Ends the request. Nothing of this passage may be touched afterwards: its tag may be under way again. */
    public final void end(BlockStatus status, boolean held) {
        Request up = request;
        PassDriver<?> from = driver;
        request = null;
        try {
            up.complete(status, held);
        } finally {
            from.leave();
        }
    }
}
