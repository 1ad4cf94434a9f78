package org.unplug.scsi.target;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.unplug.block.BlockStatus;

/** INQUIRY: the standard data and the pages of vital product data (SPC-4, 6.4 and 7.8; SBC-3, 6.6). */
final class Inquiry {

    private static final int STANDARD_BYTES = 96;
    private static final int SPC_4 = 6;
    private static final int REMOVABLE = 0x80;
    private static final int HIERARCHICAL_AND_FORMAT_2 = 0x12;
    private static final int COMMAND_QUEUE = 0x02;
    private static final int[] CONFORMS = {0x00A0, 0x0460, 0x04C0}; // SAM-5, SPC-4, SBC-3
    private static final int NO_UNIT = 0x7F;
    private static final int HEADER_BYTES = 4;
    private static final byte[] PAGES = {
        0x00, (byte) 0x80, (byte) 0x83, (byte) 0x86, (byte) 0xB0, (byte) 0xB1, (byte) 0xB2
    };
    private static final int LIMITS_BYTES = 0x3C;
    private static final int WRITE_SAME_NON_ZERO = 0x01;
    private static final int NOT_ROTATING = 1;
    private static final int READS_AFTER_BLOCK_ERASE = 0x40;
    private static final int THIN_UNMAP_SAME16_SAME10_ZEROES = 0x80 | 0x40 | 0x20 | 0x04;
    private static final int THIN = 2;
    private static final int ASCII = 0x02;
    private static final int BINARY = 0x01;
    private static final int OF_PORT = 0x10;

    private Inquiry() {}

    static BlockStatus inquiry(LogicalUnit unit, Task task) {
        byte[] cdb = task.cdb();
        boolean vital = (cdb[1] & 1) != 0;
        if (!vital && cdb[2] != 0) {
            return task.invalidCdb(2, -1);
        }
        byte[] data = vital ? page(cdb[2] & 0xFF, unit) : standard(unit.spec());
        return data == null ? task.invalidCdb(2, -1) : task.data(data, Bytes.get16(cdb, 3));
    }

    private static byte[] standard(UnitSpec spec) {
        byte[] data = new byte[STANDARD_BYTES];
        data[1] = (byte) (spec.removable() ? REMOVABLE : 0);
        data[2] = SPC_4;
        data[3] = HIERARCHICAL_AND_FORMAT_2;
        data[4] = STANDARD_BYTES - 5;
        data[7] = COMMAND_QUEUE;
        Bytes.putText(data, 8, 8, spec.vendor());
        Bytes.putText(data, 16, 16, spec.product());
        Bytes.putText(data, 32, 4, spec.revision());
        for (int i = 0; i < CONFORMS.length; i++) {
            Bytes.put16(data, 58 + i * 2, CONFORMS[i]);
        }
        return data;
    }

    /** The answer of a target for a unit that it does not have. */
    static byte[] nobody() {
        byte[] data = new byte[36];
        data[0] = NO_UNIT;
        data[2] = SPC_4;
        data[3] = HIERARCHICAL_AND_FORMAT_2;
        data[4] = 31;
        return data;
    }

    private static byte[] page(int page, LogicalUnit unit) {
        UnitSpec spec = unit.spec();
        byte[] content = switch (page) {
            case 0x00 -> PAGES;
            case 0x80 -> spec.serial().getBytes(StandardCharsets.US_ASCII);
            case 0x83 -> identification(spec);
            case 0x86 -> extended();
            case 0xB0 -> limits(unit);
            case 0xB1 -> characteristics();
            case 0xB2 -> provisioning(spec);
            default -> null;
        };
        if (content == null) {
            return null;
        }
        byte[] data = new byte[HEADER_BYTES + content.length];
        data[1] = (byte) page;
        Bytes.put16(data, 2, content.length);
        System.arraycopy(content, 0, data, HEADER_BYTES, content.length);
        return data;
    }

    private static byte[] identification(UnitSpec spec) {
        byte[] naa = new byte[8];
        Bytes.put64(naa, 0, spec.naa());
        byte[] vendor = new byte[24 + spec.serial().length()];
        Bytes.putText(vendor, 0, 8, spec.vendor());
        Bytes.putText(vendor, 8, 16, spec.product());
        Bytes.putText(vendor, 24, spec.serial().length(), spec.serial());
        return join(
                designator(BINARY, 3, naa),
                designator(ASCII, 1, vendor),
                designator(BINARY, OF_PORT | 4, new byte[] {0, 0, 0, 1}));
    }

    private static byte[] designator(int codeSet, int type, byte[] content) {
        return join(new byte[] {(byte) codeSet, (byte) type, 0, (byte) content.length}, content);
    }

    private static byte[] join(byte[]... parts) {
        byte[] all = new byte[0];
        for (byte[] part : parts) {
            int at = all.length;
            all = Arrays.copyOf(all, at + part.length);
            System.arraycopy(part, 0, all, at, part.length);
        }
        return all;
    }

    /** Simple, ordered and head of queue tasks; a volatile cache; unit attentions are kept one for each initiator. */
    private static byte[] extended() {
        byte[] content = new byte[0x3C];
        content[1] = 0x07;
        content[2] = 0x01;
        return content;
    }

    private static byte[] limits(LogicalUnit unit) {
        byte[] content = new byte[LIMITS_BYTES];
        content[0] = WRITE_SAME_NON_ZERO;
        content[1] = (byte) LogicalUnit.MOST_COMPARED_BLOCKS;
        Bytes.put32(content, 4, unit.mostBlocks());
        if (unit.spec().thin()) {
            Bytes.put32(content, 16, Provisioning.MOST_UNMAPPED_BLOCKS);
            Bytes.put32(content, 20, Provisioning.MOST_DESCRIPTORS);
            Bytes.put32(content, 24, 1);
        }
        Bytes.put64(content, 32, Provisioning.MOST_SAME_BLOCKS);
        return content;
    }

    private static byte[] characteristics() {
        byte[] content = new byte[LIMITS_BYTES];
        Bytes.put16(content, 0, NOT_ROTATING);
        content[3] = READS_AFTER_BLOCK_ERASE;
        return content;
    }

    private static byte[] provisioning(UnitSpec spec) {
        return spec.thin() ? new byte[] {0, (byte) THIN_UNMAP_SAME16_SAME10_ZEROES, THIN, 0} : new byte[4];
    }
}
