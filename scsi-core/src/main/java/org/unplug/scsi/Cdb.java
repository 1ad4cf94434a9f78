package org.unplug.scsi;

import java.util.Arrays;

/**
 * Command descriptor blocks (SPC-4 and SBC-3): builders that fill an array and answer its used length, and the decoding of
 * the fields that a device server needs. No method allocates, but for {@link #describe}.
 *
 * <p>All lengths and addresses are in the units of the command: logical blocks or bytes.
 */
public final class Cdb {

    /** An array of this length holds any block that is built here. */
    public static final int MAX_BYTES = 16;

    public static final int TEST_UNIT_READY = 0x00;
    public static final int REQUEST_SENSE = 0x03;
    public static final int INQUIRY = 0x12;
    public static final int MODE_SENSE_6 = 0x1A;
    public static final int START_STOP_UNIT = 0x1B;
    public static final int PREVENT_ALLOW_MEDIUM_REMOVAL = 0x1E;
    public static final int READ_CAPACITY_10 = 0x25;
    public static final int READ_10 = 0x28;
    public static final int WRITE_10 = 0x2A;
    public static final int SYNCHRONIZE_CACHE_10 = 0x35;
    public static final int MODE_SENSE_10 = 0x5A;
    public static final int READ_16 = 0x88;
    public static final int WRITE_16 = 0x8A;
    public static final int SYNCHRONIZE_CACHE_16 = 0x91;
    public static final int SERVICE_ACTION_IN_16 = 0x9E;
    public static final int REPORT_LUNS = 0xA0;

    /** The service action of {@link #SERVICE_ACTION_IN_16} that is READ CAPACITY(16). */
    public static final int READ_CAPACITY_16_ACTION = 0x10;

    private static final int FUA = 0x08;
    private static final int MAX_BLOCKS_10 = 0xFFFF;

    private Cdb() {}

    public static int testUnitReady(byte[] cdb) {
        return begin(cdb, TEST_UNIT_READY, 6);
    }

    /** @param allocationBytes how much of the answer fits, up to 255 */
    public static int requestSense(byte[] cdb, int allocationBytes) {
        int length = begin(cdb, REQUEST_SENSE, 6);
        cdb[4] = (byte) allocationBytes;
        return length;
    }

    /** The standard INQUIRY data. */
    public static int inquiry(byte[] cdb, int allocationBytes) {
        int length = begin(cdb, INQUIRY, 6);
        put16(cdb, 3, allocationBytes);
        return length;
    }

    /** A page of vital product data. */
    public static int inquiryPage(byte[] cdb, int page, int allocationBytes) {
        int length = inquiry(cdb, allocationBytes);
        cdb[1] = 1;
        cdb[2] = (byte) page;
        return length;
    }

    /** All logical units. */
    public static int reportLuns(byte[] cdb, int allocationBytes) {
        int length = begin(cdb, REPORT_LUNS, 12);
        put32(cdb, 6, allocationBytes);
        return length;
    }

    public static int readCapacity10(byte[] cdb) {
        return begin(cdb, READ_CAPACITY_10, 10);
    }

    public static int readCapacity16(byte[] cdb, int allocationBytes) {
        int length = begin(cdb, SERVICE_ACTION_IN_16, 16);
        cdb[1] = READ_CAPACITY_16_ACTION;
        put32(cdb, 10, allocationBytes);
        return length;
    }

    /** Current values of a mode page, 3Fh for all. */
    public static int modeSense6(byte[] cdb, int page, int allocationBytes) {
        int length = begin(cdb, MODE_SENSE_6, 6);
        cdb[2] = (byte) page;
        cdb[4] = (byte) allocationBytes;
        return length;
    }

    /** Current values of a mode page, 3Fh for all. */
    public static int modeSense10(byte[] cdb, int page, int allocationBytes) {
        int length = begin(cdb, MODE_SENSE_10, 10);
        cdb[2] = (byte) page;
        put16(cdb, 7, allocationBytes);
        return length;
    }

    /** Starts or stops the unit, and with {@code loadEject} loads or ejects its medium. */
    public static int startStop(byte[] cdb, boolean start, boolean loadEject) {
        int length = begin(cdb, START_STOP_UNIT, 6);
        cdb[4] = (byte) ((loadEject ? 2 : 0) | (start ? 1 : 0));
        return length;
    }

    public static int preventRemoval(byte[] cdb, boolean prevent) {
        int length = begin(cdb, PREVENT_ALLOW_MEDIUM_REMOVAL, 6);
        cdb[4] = (byte) (prevent ? 1 : 0);
        return length;
    }

    /** READ(10), or READ(16) where address or length need it. */
    public static int read(byte[] cdb, long lba, int blocks, boolean fua) {
        return transfer(cdb, READ_10, READ_16, lba, blocks, fua);
    }

    /** WRITE(10), or WRITE(16) where address or length need it. */
    public static int write(byte[] cdb, long lba, int blocks, boolean fua) {
        return transfer(cdb, WRITE_10, WRITE_16, lba, blocks, fua);
    }

    private static int transfer(byte[] cdb, int short10, int long16, long lba, int blocks, boolean fua) {
        int length;
        if (lba >>> 32 == 0 && blocks <= MAX_BLOCKS_10) {
            length = begin(cdb, short10, 10);
            put32(cdb, 2, (int) lba);
            put16(cdb, 7, blocks);
        } else {
            length = begin(cdb, long16, 16);
            put32(cdb, 2, (int) (lba >>> 32));
            put32(cdb, 6, (int) lba);
            put32(cdb, 10, blocks);
        }
        cdb[1] = (byte) (fua ? FUA : 0);
        return length;
    }

    /** Every block, waiting for the medium; the 16 byte form for devices that may hold more than 2^32 blocks. */
    public static int synchronizeCache(byte[] cdb, boolean longForm) {
        return longForm ? begin(cdb, SYNCHRONIZE_CACHE_16, 16) : begin(cdb, SYNCHRONIZE_CACHE_10, 10);
    }

    private static int begin(byte[] cdb, int opcode, int length) {
        Arrays.fill(cdb, 0, Math.min(cdb.length, MAX_BYTES), (byte) 0);
        cdb[0] = (byte) opcode;
        return length;
    }

    public static int opcode(byte[] cdb) {
        return cdb[0] & 0xFF;
    }

    /** How long a block with this operation code is, by its group (SPC-4, 4.3.5.1); 0 where the code does not tell. */
    public static int lengthOf(int opcode) {
        return switch (opcode >> 5 & 7) {
            case 0 -> 6;
            case 1, 2 -> 10;
            case 4 -> 16;
            case 5 -> 12;
            default -> 0;
        };
    }

    /** The logical block address of a READ, WRITE or SYNCHRONIZE CACHE of 10 or 16 bytes, unsigned. */
    public static long lba(byte[] cdb) {
        long high = get32(cdb, 2) & 0xFFFF_FFFFL;
        return lengthOf(opcode(cdb)) == 16 ? high << 32 | get32(cdb, 6) & 0xFFFF_FFFFL : high;
    }

    /** The number of blocks of a READ, WRITE or SYNCHRONIZE CACHE of 10 or 16 bytes. */
    public static long blocks(byte[] cdb) {
        return lengthOf(opcode(cdb)) == 16 ? get32(cdb, 10) & 0xFFFF_FFFFL : get16(cdb, 7);
    }

    /** Whether a READ or WRITE of 10 or 16 bytes bypasses the volatile cache. */
    public static boolean fua(byte[] cdb) {
        return (cdb[1] & FUA) != 0;
    }

    /** For messages: the name, and address and length where it has them. */
    public static String describe(byte[] cdb) {
        int opcode = opcode(cdb);
        return switch (opcode) {
            case READ_10, WRITE_10, READ_16, WRITE_16 ->
                name(opcode) + " of " + blocks(cdb) + " at block " + Long.toUnsignedString(lba(cdb));
            default -> name(opcode);
        };
    }

    /** The name of a command as the standard writes it, or its code in hexadecimal. */
    public static String name(int opcode) {
        return switch (opcode) {
            case TEST_UNIT_READY -> "TEST UNIT READY";
            case REQUEST_SENSE -> "REQUEST SENSE";
            case INQUIRY -> "INQUIRY";
            case MODE_SENSE_6 -> "MODE SENSE(6)";
            case START_STOP_UNIT -> "START STOP UNIT";
            case PREVENT_ALLOW_MEDIUM_REMOVAL -> "PREVENT ALLOW MEDIUM REMOVAL";
            case READ_CAPACITY_10 -> "READ CAPACITY(10)";
            case READ_10 -> "READ(10)";
            case WRITE_10 -> "WRITE(10)";
            case SYNCHRONIZE_CACHE_10 -> "SYNCHRONIZE CACHE(10)";
            case MODE_SENSE_10 -> "MODE SENSE(10)";
            case READ_16 -> "READ(16)";
            case WRITE_16 -> "WRITE(16)";
            case SYNCHRONIZE_CACHE_16 -> "SYNCHRONIZE CACHE(16)";
            case SERVICE_ACTION_IN_16 -> "READ CAPACITY(16)";
            case REPORT_LUNS -> "REPORT LUNS";
            default -> String.format("command %02Xh", opcode);
        };
    }

    private static void put16(byte[] cdb, int at, int value) {
        cdb[at] = (byte) (value >>> 8);
        cdb[at + 1] = (byte) value;
    }

    private static void put32(byte[] cdb, int at, int value) {
        put16(cdb, at, value >>> 16);
        put16(cdb, at + 2, value);
    }

    /** A big-endian 16 bit field, unsigned. */
    public static int get16(byte[] bytes, int at) {
        return (bytes[at] & 0xFF) << 8 | bytes[at + 1] & 0xFF;
    }

    /** A big-endian 32 bit field. */
    public static int get32(byte[] bytes, int at) {
        return get16(bytes, at) << 16 | get16(bytes, at + 2);
    }
}
