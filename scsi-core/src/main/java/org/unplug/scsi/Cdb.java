package org.unplug.scsi;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Command descriptor blocks (SPC-4 and SBC-3): builders that fill an array from index 0 and answer how much of it they used, and the
 * decoding of the fields that a device server needs. No method allocates, but for {@link #describe}.
 *
 * <p>All lengths and addresses are in the units of the command: logical blocks or bytes.
 */
public final class Cdb {

    /** An array of this length holds any block that is built here. */
    public static final int MAX_BYTES = 32;

    public static final int TEST_UNIT_READY = 0x00;
    public static final int REQUEST_SENSE = 0x03;
    public static final int READ_6 = 0x08;
    public static final int WRITE_6 = 0x0A;
    public static final int INQUIRY = 0x12;
    public static final int MODE_SENSE_6 = 0x1A;
    public static final int START_STOP_UNIT = 0x1B;
    public static final int PREVENT_ALLOW_MEDIUM_REMOVAL = 0x1E;
    public static final int READ_CAPACITY_10 = 0x25;
    public static final int READ_10 = 0x28;
    public static final int WRITE_10 = 0x2A;
    public static final int VERIFY_10 = 0x2F;
    public static final int SYNCHRONIZE_CACHE_10 = 0x35;
    public static final int WRITE_SAME_10 = 0x41;
    public static final int UNMAP = 0x42;
    public static final int MODE_SENSE_10 = 0x5A;
    /** Commands of 32 bytes, told apart by a {@linkplain #serviceAction service action}. */
    public static final int VARIABLE_LENGTH = 0x7F;

    public static final int READ_16 = 0x88;
    public static final int WRITE_16 = 0x8A;
    public static final int VERIFY_16 = 0x8F;
    public static final int SYNCHRONIZE_CACHE_16 = 0x91;
    public static final int WRITE_SAME_16 = 0x93;
    public static final int SERVICE_ACTION_IN_16 = 0x9E;
    public static final int REPORT_LUNS = 0xA0;
    public static final int MAINTENANCE_IN = 0xA3;

    /** The service action of {@link #SERVICE_ACTION_IN_16} that is READ CAPACITY(16). */
    public static final int READ_CAPACITY_16_ACTION = 0x10;

    /** The service action of {@link #MAINTENANCE_IN} that is REPORT SUPPORTED OPERATION CODES. */
    public static final int REPORT_OPCODES_ACTION = 0x0C;

    /** Service actions of {@link #VARIABLE_LENGTH}. */
    public static final int READ_32_ACTION = 0x0009;

    public static final int VERIFY_32_ACTION = 0x000A;
    public static final int WRITE_32_ACTION = 0x000B;
    public static final int WRITE_SAME_32_ACTION = 0x000D;

    /** The length of the parameter list that {@link #unmapList} writes. */
    public static final int UNMAP_LIST_BYTES = 24;

    /** Most blocks, and the first block that is out of reach, of READ(6) and WRITE(6). */
    public static final int MAX_BLOCKS_6 = 256;

    public static final long END_LBA_6 = 1L << 21;

    /** Most blocks of the 10 byte forms. */
    public static final int MAX_BLOCKS_10 = 0xFFFF;

    private static final int FUA = 0x08;
    private static final int UNMAP_BIT = 0x08;
    private static final int BYTE_CHECK = 0x02;
    private static final int EXTENDED_BYTES = 32;

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

    /** REPORT SUPPORTED OPERATION CODES, for one that has no service action. */
    public static int reportSupportedOpcode(byte[] cdb, int opcode, int allocationBytes) {
        int length = begin(cdb, MAINTENANCE_IN, 12);
        cdb[1] = REPORT_OPCODES_ACTION;
        cdb[2] = 1;
        cdb[3] = (byte) opcode;
        put32(cdb, 6, allocationBytes);
        return length;
    }

    /** REPORT SUPPORTED OPERATION CODES, for one that is told apart by a {@linkplain #serviceAction service action}. */
    public static int reportSupportedAction(byte[] cdb, int opcode, int action, int allocationBytes) {
        int length = reportSupportedOpcode(cdb, opcode, allocationBytes);
        cdb[2] = 2;
        put16(cdb, 4, action);
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
            put64(cdb, 2, lba);
            put32(cdb, 10, blocks);
        }
        cdb[1] = (byte) (fua ? FUA : 0);
        return length;
    }

    /** READ(6): up to {@value #MAX_BLOCKS_6} blocks below {@link #END_LBA_6}, for units that know nothing else. */
    public static int read6(byte[] cdb, long lba, int blocks) {
        return transfer6(cdb, READ_6, lba, blocks);
    }

    /** WRITE(6), likewise; it knows no forced unit access. */
    public static int write6(byte[] cdb, long lba, int blocks) {
        return transfer6(cdb, WRITE_6, lba, blocks);
    }

    private static int transfer6(byte[] cdb, int opcode, long lba, int blocks) {
        if (lba < 0 || lba >= END_LBA_6 || blocks < 1 || blocks > MAX_BLOCKS_6) {
            throw new IllegalArgumentException(name(opcode) + " of " + blocks + " at block " + lba + ": reaches 1 to "
                    + MAX_BLOCKS_6 + " blocks below " + END_LBA_6);
        }
        int length = begin(cdb, opcode, 6);
        put32(cdb, 0, (int) lba);
        cdb[0] = (byte) opcode;
        cdb[4] = (byte) blocks;
        return length;
    }

    /** READ(32), for units with type 2 protection: the reference tag of the first block is its address (SBC-3, 5.12). */
    public static int read32(byte[] cdb, long lba, int blocks, boolean fua) {
        return transfer32(cdb, READ_32_ACTION, lba, blocks, fua ? FUA : 0);
    }

    /** WRITE(32), likewise. */
    public static int write32(byte[] cdb, long lba, int blocks, boolean fua) {
        return transfer32(cdb, WRITE_32_ACTION, lba, blocks, fua ? FUA : 0);
    }

    private static int transfer32(byte[] cdb, int action, long lba, int blocks, int flags) {
        int length = begin(cdb, VARIABLE_LENGTH, EXTENDED_BYTES);
        cdb[7] = EXTENDED_BYTES - 8;
        put16(cdb, 8, action);
        cdb[10] = (byte) flags;
        put64(cdb, 12, lba);
        put32(cdb, 20, (int) lba);
        put32(cdb, 28, blocks);
        return length;
    }

    /**
     * VERIFY(10), or VERIFY(16) where address or length need it: reads the blocks on the medium, and with {@code compare} compares
     * them with the data that comes along.
     */
    public static int verify(byte[] cdb, long lba, int blocks, boolean compare) {
        int length = transfer(cdb, VERIFY_10, VERIFY_16, lba, blocks, false);
        cdb[1] = (byte) (compare ? BYTE_CHECK : 0);
        return length;
    }

    /** VERIFY(32), likewise, for units with type 2 protection. */
    public static int verify32(byte[] cdb, long lba, int blocks, boolean compare) {
        return transfer32(cdb, VERIFY_32_ACTION, lba, blocks, compare ? BYTE_CHECK : 0);
    }

    /** WRITE SAME(10): one block of data for all; with {@code unmap} the unit may unmap them if they then read as that block. */
    public static int writeSame10(byte[] cdb, long lba, int blocks, boolean unmap) {
        int length = begin(cdb, WRITE_SAME_10, 10);
        cdb[1] = (byte) (unmap ? UNMAP_BIT : 0);
        put32(cdb, 2, (int) lba);
        put16(cdb, 7, blocks);
        return length;
    }

    /** WRITE SAME(16), likewise. */
    public static int writeSame16(byte[] cdb, long lba, int blocks, boolean unmap) {
        int length = begin(cdb, WRITE_SAME_16, 16);
        cdb[1] = (byte) (unmap ? UNMAP_BIT : 0);
        put64(cdb, 2, lba);
        put32(cdb, 10, blocks);
        return length;
    }

    /** WRITE SAME(32), likewise, for units with type 2 protection. */
    public static int writeSame32(byte[] cdb, long lba, int blocks, boolean unmap) {
        return transfer32(cdb, WRITE_SAME_32_ACTION, lba, blocks, unmap ? UNMAP_BIT : 0);
    }

    /** UNMAP, whose {@linkplain #unmapList parameter list} is the data. */
    public static int unmap(byte[] cdb, int listBytes) {
        int length = begin(cdb, UNMAP, 10);
        put16(cdb, 7, listBytes);
        return length;
    }

    /** The parameter list of an UNMAP of one extent, {@value #UNMAP_LIST_BYTES} bytes from index 0 on. */
    public static void unmapList(ByteBuffer into, long lba, int blocks) {
        into.putShort(0, (short) (UNMAP_LIST_BYTES - 2));
        into.putShort(2, (short) (UNMAP_LIST_BYTES - 8));
        into.putInt(4, 0);
        into.putLong(8, lba);
        into.putInt(16, blocks);
        into.putInt(20, 0);
    }

    /** Every block, waiting for the medium; the 16 byte form for devices that may hold more than 2^32 blocks. */
    public static int synchronizeCache(byte[] cdb, boolean longForm) {
        return longForm ? begin(cdb, SYNCHRONIZE_CACHE_16, 16) : begin(cdb, SYNCHRONIZE_CACHE_10, 10);
    }

    private static int begin(byte[] cdb, int opcode, int length) {
        Arrays.fill(cdb, 0, length, (byte) 0);
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

    /** What tells {@link #VARIABLE_LENGTH} commands apart, as {@link #READ_32_ACTION}. */
    public static int serviceAction(byte[] cdb) {
        return get16(cdb, 8);
    }

    private static boolean isExtended(byte[] cdb) {
        return opcode(cdb) == VARIABLE_LENGTH;
    }

    /**
     * The logical block address, unsigned, of a command on a run of blocks - READ, WRITE, VERIFY, WRITE SAME, SYNCHRONIZE CACHE - in
     * any of its forms.
     */
    public static long lba(byte[] cdb) {
        if (isExtended(cdb)) {
            return get64(cdb, 12);
        }
        return switch (lengthOf(opcode(cdb))) {
            case 6 -> get32(cdb, 0) & END_LBA_6 - 1;
            case 16 -> get64(cdb, 2);
            default -> get32(cdb, 2) & 0xFFFF_FFFFL;
        };
    }

    /** The number of blocks of such a command, as written: in the 6 byte forms 0 stands for {@value #MAX_BLOCKS_6}. */
    public static long blocks(byte[] cdb) {
        if (isExtended(cdb)) {
            return get32(cdb, 28) & 0xFFFF_FFFFL;
        }
        return switch (lengthOf(opcode(cdb))) {
            case 6 -> cdb[4] == 0 ? MAX_BLOCKS_6 : cdb[4] & 0xFF;
            case 16 -> get32(cdb, 10) & 0xFFFF_FFFFL;
            case 12 -> get32(cdb, 6) & 0xFFFF_FFFFL;
            default -> get16(cdb, 7);
        };
    }

    /** Whether a READ or WRITE bypasses the volatile cache; those of 6 bytes cannot ask for it. */
    public static boolean fua(byte[] cdb) {
        return isExtended(cdb) ? (cdb[10] & FUA) != 0 : lengthOf(opcode(cdb)) != 6 && (cdb[1] & FUA) != 0;
    }

    /** For messages: the name, and address and length where it has them. */
    public static String describe(byte[] cdb) {
        int opcode = opcode(cdb);
        String name = opcode == VARIABLE_LENGTH ? CommandNames.ofAction(serviceAction(cdb)) : name(opcode);
        return CommandNames.isOnBlocks(opcode)
                ? name + " of " + blocks(cdb) + " at block " + Long.toUnsignedString(lba(cdb))
                : name;
    }

    /** The name of a command as the standard writes it, or its code in hexadecimal. */
    public static String name(int opcode) {
        return CommandNames.of(opcode);
    }

    private static void put16(byte[] cdb, int at, int value) {
        cdb[at] = (byte) (value >>> 8);
        cdb[at + 1] = (byte) value;
    }

    private static void put32(byte[] cdb, int at, int value) {
        put16(cdb, at, value >>> 16);
        put16(cdb, at + 2, value);
    }

    private static void put64(byte[] cdb, int at, long value) {
        put32(cdb, at, (int) (value >>> 32));
        put32(cdb, at + 4, (int) value);
    }

    /** A big-endian 16 bit field, unsigned. */
    public static int get16(byte[] bytes, int at) {
        return (bytes[at] & 0xFF) << 8 | bytes[at + 1] & 0xFF;
    }

    /** A big-endian 32 bit field. */
    public static int get32(byte[] bytes, int at) {
        return get16(bytes, at) << 16 | get16(bytes, at + 2);
    }

    /** A big-endian 64 bit field. */
    public static long get64(byte[] bytes, int at) {
        return (long) get32(bytes, at) << 32 | get32(bytes, at + 4) & 0xFFFF_FFFFL;
    }
}
