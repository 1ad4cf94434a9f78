package org.unplug.lab.museum.internal.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.unplug.block.Bio;
import org.unplug.block.BlockException;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.lab.museum.internal.memory.Slab;

/** An open exhibit: an inode of the block device, with the pointers that its era left in it. */
final class OpenHandle implements DiskHandle {

    private final Part part;
    private final Holder holder;
    private final OpenMode mode;
    private boolean closed;

    OpenHandle(Part part, Holder holder, OpenMode mode) {
        this.part = part;
        this.holder = holder;
        this.mode = mode;
    }

    Holder holder() {
        return holder;
    }

    /** Whether an exclusive open of that disk is refused because of this one. */
    boolean excludes(Part other) {
        boolean overlaps = part == other
                || part == part.exhibit().whole()
                || other == part.exhibit().whole();
        return mode == OpenMode.EXCLUSIVE && overlaps;
    }

    @Override
    public DiskInfo info() {
        return part.info();
    }

    /** No era tells. */
    @Override
    public boolean isGone() {
        return false;
    }

    @Override
    public Bio newBio() {
        return new ExhibitBio(part);
    }

    @Override
    public void submit(Bio bio) {
        ExhibitBio mine = (ExhibitBio) bio;
        List<Piece> pieces = mine.begin(part.exhibit().spec().limits());
        boolean refused = isClosed();
        boolean oopsed = false;
        for (Piece piece : pieces) {
            BlockStatus answer = refused ? BlockStatus.GONE : oopsed ? BlockStatus.IOERR : null;
            if (answer == null && mine.isEmptyFlush(part.exhibit().spec().limits())) {
                answer = BlockStatus.OK;
            }
            if (answer == null) {
                try {
                    answer = part.exhibit().pass(part.exhibit().era().submit(), piece);
                } catch (Slab.Oopsed told) {
                    oopsed = true;
                    answer = BlockStatus.IOERR;
                }
            }
            if (answer != null) {
                piece.end(answer);
            }
        }
    }

    @Override
    public void submit(Bio[] bios, int from, int to) {
        for (int i = from; i < to; i++) {
            submit(bios[i]);
        }
    }

    @Override
    public void read(long sector, ByteBuffer into) throws IOException {
        perform(newBio().read(sector, into));
        into.position(into.limit());
    }

    @Override
    public void write(long sector, ByteBuffer from) throws IOException {
        perform(newBio().write(sector, from));
        from.position(from.limit());
    }

    @Override
    public void flush() throws IOException {
        perform(newBio().flush());
    }

    private void perform(Bio bio) throws IOException {
        bio.onEnd(ended -> {
            synchronized (bio) {
                bio.notifyAll();
            }
        });
        submit(bio);
        part.exhibit().await(bio, () -> bio.status() != null);
        BlockStatus status = bio.status();
        if (status == null || !status.ok()) {
            throw BlockException.of(status == null ? BlockStatus.GONE : status, part + ": " + bio);
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        part.exhibit().closed(this);
    }
}
