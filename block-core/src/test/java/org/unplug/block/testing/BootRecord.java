package org.unplug.block.testing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes a master boot record byte by byte, sense or nonsense; what the block layer makes of it is for tests to say. */
public final class BootRecord {

    /**
     * A primary entry.
     *
     * @param number 1 to 4
     * @param start in logical blocks
     * @param length in logical blocks
     */
    public record Entry(int number, int type, long start, long length) {}

    private BootRecord() {}

    /** Into the first block of a disk. */
    public static void write(byte[] disk, Entry... entries) {
        ByteBuffer block = ByteBuffer.wrap(disk).order(ByteOrder.LITTLE_ENDIAN);
        block.put(446, new byte[64]);
        for (Entry entry : entries) {
            int at = 446 + (entry.number() - 1) * 16;
            block.put(at + 4, (byte) entry.type());
            block.putInt(at + 8, (int) entry.start());
            block.putInt(at + 12, (int) entry.length());
        }
        block.putShort(510, (short) 0xAA55);
    }
}
