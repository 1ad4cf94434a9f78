package org.unplug.scsi.target;

/** Address, length and flags of a command that names blocks, wherever its descriptor has them (SBC-3, clause 5). */
final class Extent {

    static final int FUA = 0x08;
    static final int BLOCKS_OF_ZERO_IN_SIX = 256;

    private Extent() {}

    /** The first logical block, unsigned. */
    static long lba(byte[] cdb) {
        return switch (cdb[0] >> 5 & 7) {
            case 0 -> Bytes.get24(cdb, 1) & 0x1F_FFFF;
            case 3 -> Bytes.get64(cdb, 12);
            case 4 -> Bytes.get64(cdb, 2);
            default -> Bytes.get32(cdb, 2);
        };
    }

    /** How many blocks. */
    static long count(byte[] cdb) {
        return switch (cdb[0] >> 5 & 7) {
            case 0 -> (cdb[4] & 0xFF) == 0 ? BLOCKS_OF_ZERO_IN_SIX : cdb[4] & 0xFF;
            case 3 -> Bytes.get32(cdb, 28);
            case 4 -> Bytes.get32(cdb, 10);
            case 5 -> Bytes.get32(cdb, 6);
            default -> Bytes.get16(cdb, 7);
        };
    }

    /** Where the count is, for a field pointer. */
    static int countAt(byte[] cdb) {
        return switch (cdb[0] >> 5 & 7) {
            case 0 -> 4;
            case 3 -> 28;
            case 4 -> 10;
            case 5 -> 6;
            default -> 7;
        };
    }

    /** Where the flags are. */
    static int flagsAt(byte[] cdb) {
        return (cdb[0] & 0xFF) == 0x7F ? 10 : 1;
    }

    /** The flags; none in the form of six bytes, which has a part of the address there. */
    static int flags(byte[] cdb) {
        return cdb[0] >> 5 == 0 ? 0 : cdb[flagsAt(cdb)];
    }
}
