package org.unplug.block.internal.partition;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.Request;

/**
 * A disk over a run of another's sectors. Its place is final: no request is ever mapped anywhere else, whatever happens to the
 * table or the disk below (Linux fdfa20c16312 tells what came of the opposite). One lower bio for each tag, made once.
 */
final class PartitionDriver implements DiskDriver {

    private final DiskHandle below;
    private final long startSector;
    private final Lower[] lowers;

    PartitionDriver(DiskHandle below, long startSector, int queueDepth) {
        this.below = below;
        this.startSector = startSector;
        this.lowers = new Lower[queueDepth];
    }

    /** A tag's bio on the disk below. */
    private final class Lower implements Bio.End {
        private final Bio bio = below.newBio().onEnd(this);
        private Request upper;

        @Override
        public void ended(Bio ended) {
            Request request = upper;
            upper = null;
            BlockStatus status = ended.status();
            request.complete(status, ended.bufferHeld());
        }
    }

    @Override
    public boolean queueRequest(Request request) {
        Lower lower = lowers[request.tag()];
        if (lower == null) {
            lower = new Lower();
            lowers[request.tag()] = lower;
        }
        long sector = startSector + request.sector();
        Bio bio = lower.bio;
        switch (request.op()) {
            case READ -> bio.read(sector, segments(request));
            case WRITE -> bio.write(sector, segments(request)).fua(request.fua());
            case FLUSH -> bio.flush();
            case DISCARD -> bio.discard(sector, request.sectors());
            case WRITE_ZEROES -> bio.writeZeroes(sector, request.sectors());
        }
        lower.upper = request;
        below.submit(bio);
        return true;
    }

    private static ByteBuffer[] segments(Request request) {
        ByteBuffer[] segments = new ByteBuffer[request.segmentCount()];
        Arrays.setAll(segments, request::segment);
        return segments;
    }
}
