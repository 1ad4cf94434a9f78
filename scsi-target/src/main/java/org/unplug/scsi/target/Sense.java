package org.unplug.scsi.target;

import java.util.Arrays;

/** Writes sense data in the fixed or the descriptor format (SPC-4, 4.5), the sense-key specific field included. */
final class Sense {

    /** The most that is written. */
    static final int MAX_BYTES = 28;

    static final int FIXED_BYTES = 18;
    private static final int FIXED = 0x70;
    private static final int DESCRIPTOR = 0x72;
    private static final int VALID = 0x80;
    private static final int SPECIFIC_VALID = 0x80;
    private static final int IN_CDB = 0x40;
    private static final int BIT_VALID = 0x08;
    private static final int HEADER_BYTES = 8;

    private Sense() {}

    /** A field pointer (SPC-4, 4.5.2.4.2) as the three bytes of the sense-key specific field. */
    static int fieldPointer(boolean inCdb, int byteAt, int bitAt) {
        int first = SPECIFIC_VALID | (inCdb ? IN_CDB : 0) | (bitAt < 0 ? 0 : BIT_VALID | bitAt);
        return first << 16 | byteAt & 0xFFFF;
    }

    /** A progress indication in parts of 65536 (SPC-4, 4.5.2.4.4). */
    static int progress(int parts) {
        return SPECIFIC_VALID << 16 | parts & 0xFFFF;
    }

    /**
     * Writes.
     *
     * @param key the sense key's code
     * @param information a logical block or an offset, or negative for none. The fixed format has no room for more than 32 bits
     * @param specific three bytes of sense-key specific data, or 0
     * @return how many bytes
     */
    static int write(byte[] into, boolean descriptors, int key, int asc, long information, int specific) {
        return descriptors
                ? writeDescriptors(into, key, asc, information, specific)
                : writeFixed(into, key, asc, information, specific);
    }

    private static int writeFixed(byte[] into, int key, int asc, long information, int specific) {
        Arrays.fill(into, 0, FIXED_BYTES, (byte) 0);
        boolean fits = information >= 0 && information >>> 32 == 0;
        into[0] = (byte) (FIXED | (fits ? VALID : 0));
        into[2] = (byte) key;
        if (fits) {
            Bytes.put32(into, 3, (int) information);
        }
        into[7] = FIXED_BYTES - 8;
        Bytes.put16(into, 12, asc);
        putSpecific(into, 15, specific);
        return FIXED_BYTES;
    }

    private static int writeDescriptors(byte[] into, int key, int asc, long information, int specific) {
        Arrays.fill(into, 0, MAX_BYTES, (byte) 0);
        into[0] = DESCRIPTOR;
        into[1] = (byte) key;
        Bytes.put16(into, 2, asc);
        int at = HEADER_BYTES;
        if (information >= 0) {
            into[at + 1] = 10;
            into[at + 2] = (byte) VALID;
            Bytes.put64(into, at + 4, information);
            at += 12;
        }
        if (specific != 0) {
            into[at] = 2;
            into[at + 1] = 6;
            putSpecific(into, at + 4, specific);
            at += 8;
        }
        into[7] = (byte) (at - HEADER_BYTES);
        return at;
    }

    private static void putSpecific(byte[] into, int at, int specific) {
        into[at] = (byte) (specific >>> 16);
        Bytes.put16(into, at + 1, specific);
    }
}
