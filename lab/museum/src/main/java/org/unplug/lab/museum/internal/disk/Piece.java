package org.unplug.lab.museum.internal.disk;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.spi.Request;
import org.unplug.lab.museum.internal.protocol.Mechanism;

/** A request: as much of a bio as the driver takes at once. Ends once; a second end is remembered and has no effect. */
final class Piece implements Request, Mechanism.Ride {

    private final Part part;
    private final BioOp op;
    private final long partSector;
    private final long sectors;
    private final List<ByteBuffer> segments;
    private final boolean fua;
    private final Consumer<BlockStatus> end;

    private Exhibit exhibit;
    private long sector;
    private volatile int tag = -1;
    private Runnable whenEnded = () -> {};
    private boolean ended;

    Piece(
            Part part,
            BioOp op,
            long partSector,
            long sectors,
            List<ByteBuffer> segments,
            boolean fua,
            Consumer<BlockStatus> end) {
        this.part = part;
        this.op = op;
        this.partSector = partSector;
        this.sectors = sectors;
        this.segments = segments;
        this.fua = fua;
        this.end = end;
        exhibit = part.exhibit();
        sector = partSector;
    }

    /** Whose queue it is for. */
    Exhibit exhibit() {
        return exhibit;
    }

    /** Another disk answers in the place of the one that was meant. */
    void redirect(Exhibit other) {
        exhibit = other;
    }

    void remap() {
        sector = partSector + part.startSector();
    }

    void tag(int slot) {
        tag = slot;
    }

    void onceEnded(Runnable action) {
        whenEnded = action;
    }

    /** Ends it without the driver. */
    void end(BlockStatus status) {
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
        }
        whenEnded.run();
        end.accept(status);
    }

    @Override
    public int tag() {
        return tag;
    }

    @Override
    public BioOp op() {
        return op;
    }

    @Override
    public long sector() {
        return sector;
    }

    @Override
    public long sectors() {
        return sectors;
    }

    @Override
    public int segmentCount() {
        return segments.size();
    }

    @Override
    public ByteBuffer segment(int index) {
        return segments.get(index);
    }

    @Override
    public boolean fua() {
        return fua;
    }

    @Override
    public long epoch() {
        return exhibit.info().epoch();
    }

    @Override
    public boolean isAbandoned() {
        return false;
    }

    @Override
    public void complete(BlockStatus status) {
        exhibit.queue().completed(this, status);
    }

    @Override
    public void complete(BlockStatus status, boolean bufferHeld) {
        complete(status);
    }

    @Override
    public String toString() {
        return op + " " + sector + "+" + sectors;
    }
}
