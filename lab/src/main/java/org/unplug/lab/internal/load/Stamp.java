package org.unplug.lab.internal.load;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What a sector says of itself: which disk, which incarnation of it, where, and the how manieth write. The rest of the
 * sector follows from these, so that a sector half written or taken from elsewhere is known for what it is.
 *
 * @param identity of the disk, or of the file
 * @param epoch the incarnation that wrote it
 * @param sector where it belongs
 * @param sequence number of the write
 */
public record Stamp(long identity, long epoch, long sector, long sequence) {

    public static final int BYTES = 512;

    private static final long MAGIC = 0x554e_504c_5547_2121L;
    private static final int HEADER_LONGS = 5;

    /** Fills 512 bytes from an offset of a buffer, which it leaves as it was. */
    public void write(ByteBuffer buffer, int offset) {
        ByteBuffer view = view(buffer, offset);
        view.putLong(MAGIC).putLong(identity).putLong(epoch).putLong(sector).putLong(sequence);
        long fill = mix(identity, epoch, sector, sequence);
        for (int i = HEADER_LONGS; i < BYTES / Long.BYTES; i++) {
            fill = next(fill);
            view.putLong(fill);
        }
    }

    /** What 512 bytes say, or null if they are no stamp that is whole. */
    public static Stamp read(ByteBuffer buffer, int offset) {
        ByteBuffer view = view(buffer, offset);
        if (view.getLong() != MAGIC) {
            return null;
        }
        Stamp stamp = new Stamp(view.getLong(), view.getLong(), view.getLong(), view.getLong());
        long fill = mix(stamp.identity, stamp.epoch, stamp.sector, stamp.sequence);
        for (int i = HEADER_LONGS; i < BYTES / Long.BYTES; i++) {
            fill = next(fill);
            if (view.getLong() != fill) {
                return null;
            }
        }
        return stamp;
    }

    private static ByteBuffer view(ByteBuffer buffer, int offset) {
        return buffer.duplicate()
                .clear()
                .order(ByteOrder.LITTLE_ENDIAN)
                .position(offset)
                .limit(offset + BYTES);
    }

    private static long mix(long a, long b, long c, long d) {
        return ((a * 31 + b) * 0x9E3779B97F4A7C15L + c) * 0xC2B2AE3D27D4EB4FL + d + 1;
    }

    private static long next(long x) {
        long y = x * 6364136223846793005L + 1442695040888963407L;
        return y ^ (y >>> 29);
    }
}
