package org.unplug.driver.mmcsim;

import java.nio.ByteBuffer;
import org.unplug.mmc.RegisterBits;
import org.unplug.mmc.spi.MmcCommand;
import org.unplug.mmc.spi.MmcResponse;
import org.unplug.mmc.spi.ResponseType;

/**
 * The checksums on the lines (SD Physical Layer, section 4.5): CRC7 over commands and responses, CRC16 over each block on each
 * data line.
 *
 * <p>Four lines take a nibble of each byte at a time, so their four registers are worked on at once: a long holds bit 15 of all four
 * in its highest nibble, and what moves one line's register by a bit moves all four by a nibble. Eight lines are two such longs, one
 * for the high and one for the low nibbles of the bytes.
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

    /**
     * Whether a response is as it was sent: checksum, and the opcode where there is one.
     *
     * @param damage bits of its content that are flipped on the way
     */
    static boolean arrives(MmcCommand command, MmcResponse answer, long damage) {
        if (!command.type().hasCrc()) {
            return true;
        }
        if (command.type() == ResponseType.R2) {
            return new RegisterBits(answer.high() ^ damage, answer.low()).crcMatches();
        }
        long frame = frame(false, command.opcode(), answer.word()) ^ damage;
        return isIntact(frame) && (int) (frame >>> 40 & 0x3f) == command.opcode();
    }

    /** Over bits 47 to 8, already in its place at bits 7 to 1. */
    private static int crc7(long frame) {
        int crc = 0;
        for (int shift = 40; shift >= 8; shift -= 8) {
            crc = CRC7[(crc ^ (int) (frame >>> shift)) & 0xff];
        }
        return crc & 0xfe;
    }

    /**
     * Whether a block passes over one, four or eight lines: each line's checksum, computed over what was sent, is what the other end
     * computes over what it received.
     */
    static boolean passes(int width, ByteBuffer sent, int sentAt, ByteBuffer received, int receivedAt, int length) {
        return switch (width) {
            case 1 -> oneLine(sent, sentAt, length) == oneLine(received, receivedAt, length);
            case 4 -> fourLines(sent, sentAt, length) == fourLines(received, receivedAt, length);
            default ->
                fourOfEight(sent, sentAt, length, 4) == fourOfEight(received, receivedAt, length, 4)
                        && fourOfEight(sent, sentAt, length, 0) == fourOfEight(received, receivedAt, length, 0);
        };
    }

    static int oneLine(ByteBuffer data, int from, int length) {
        int crc = 0;
        for (int i = from; i < from + length; i++) {
            int x = (crc >>> 8 ^ data.get(i)) & 0xff;
            x ^= x >>> 4;
            crc = (crc << 8 ^ x << 12 ^ x << 5 ^ x) & 0xffff;
        }
        return crc;
    }

    static long fourLines(ByteBuffer data, int from, int length) {
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

    /** The high or the low nibbles of the bytes, by the shift that brings them down. */
    private static long fourOfEight(ByteBuffer data, int from, int length, int shift) {
        long crc = 0;
        for (int i = from; i < from + length; i += 8) {
            int word = 0;
            for (int k = i; k < i + 8; k++) {
                word = word << 4 | data.get(k) >>> shift & 0xf;
            }
            crc = step(crc, word);
        }
        return crc;
    }
}
