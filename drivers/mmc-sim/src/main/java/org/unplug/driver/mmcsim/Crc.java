package org.unplug.driver.mmcsim;

import java.nio.ByteBuffer;

/**
 * The checksums on the lines (SD Physical Layer, section 4.5): CRC7 over commands and responses, CRC16 over each block on each
 * data line.
 *
 * <p>Four lines take a nibble of each byte at a time, so their four registers are worked on at once: a long holds bit 15 of all four
 * in its highest nibble, and what moves one line's register by a bit moves all four by a nibble. Eight lines are two such longs, for
 * the high and the low nibbles of the bytes.
 */
final class Crc {

    private static final byte[] CRC7 = new byte[256];

    static {
        for (int i = 0; i < 256; i++) {
            int crc = i;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x80) != 0 ? crc << 1 ^ 0x12 : crc << 1;
            }
            CRC7[i] = (byte) crc;
        }
    }

    private Crc() {}

    /** A command or response of 48 bits: start bit, direction, index, 32 bits of content, checksum, end bit. */
    static long frame(boolean toCard, int index, int content) {
        long bits = (toCard ? 1L << 46 : 0) | (long) index << 40 | Integer.toUnsignedLong(content) << 8;
        return bits | crc7(bits) | 1;
    }

    /** Whether the checksum of a frame is right. */
    static boolean isIntact(long frame) {
        return (frame & 0xfe) == crc7(frame);
    }

    /** Over bits 47 to 8, already in its place at bits 7 to 1. */
    private static int crc7(long frame) {
        int crc = 0;
        for (int shift = 40; shift >= 8; shift -= 8) {
            crc = CRC7[(crc ^ (int) (frame >>> shift)) & 0xff];
        }
        return crc & 0xfe;
    }

    /** Of a part of a buffer that goes over one, four or eight lines; equal if and only if each line's checksum is. */
    static long lines(int width, ByteBuffer data, int from, int length) {
        return switch (width) {
            case 1 -> oneLine(data, from, length);
            case 4 -> fourLines(data, from, length);
            default -> eightLines(data, from, length);
        };
    }

    private static long oneLine(ByteBuffer data, int from, int length) {
        int crc = 0;
        for (int i = from; i < from + length; i++) {
            int x = (crc >>> 8 ^ data.get(i)) & 0xff;
            x ^= x >>> 4;
            crc = (crc << 8 ^ x << 12 ^ x << 5 ^ x) & 0xffff;
        }
        return crc;
    }

    private static long fourLines(ByteBuffer data, int from, int length) {
        long crc = 0;
        for (int i = from; i < from + length; i += 4) {
            int word = (data.get(i) & 0xff) << 24
                    | (data.get(i + 1) & 0xff) << 16
                    | (data.get(i + 2) & 0xff) << 8
                    | (data.get(i + 3) & 0xff);
            crc = step(crc, word);
        }
        return crc;
    }

    /** Eight bits of each of four lines: what {@link #oneLine} does, in nibbles. */
    private static long step(long crc, int word) {
        long x = crc >>> 32 ^ Integer.toUnsignedLong(word);
        x ^= x >>> 16;
        return crc << 32 ^ x << 48 ^ x << 20 ^ x;
    }

    private static long eightLines(ByteBuffer data, int from, int length) {
        long high = 0;
        long low = 0;
        for (int i = from; i < from + length; i += 8) {
            int h = 0;
            int l = 0;
            for (int k = i; k < i + 8; k++) {
                int octet = data.get(k) & 0xff;
                h = h << 4 | octet >>> 4;
                l = l << 4 | octet & 0xf;
            }
            high = step(high, h);
            low = step(low, l);
        }
        return high * 0x9e3779b97f4a7c15L ^ low;
    }
}
