package org.unplug.driver.mmcsim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The checksums, against the specification's own examples and against a register that moves bit by bit. */
class CrcTest {

    @Test
    void commandFrames_areThoseOfTheSpecification() {
        // SD Physical Layer, section 4.5: CMD0, CMD17 with argument 0, and the response to the latter.
        assertEquals(0x400000000095L, Crc.frame(true, 0, 0));
        assertEquals(0x510000000055L, Crc.frame(true, 17, 0));
        assertEquals(0x110000090067L, Crc.frame(false, 17, 0x900));
        assertEquals(0x48000001aa87L, Crc.frame(true, 8, 0x1aa));
    }

    @Test
    void frame_withAnyBitFlipped_isNotIntact() {
        long frame = Crc.frame(true, 18, 0x12345678);
        assertTrue(Crc.isIntact(frame));
        for (int bit = 1; bit < 48; bit++) {
            assertFalse(Crc.isIntact(frame ^ 1L << bit), "bit " + bit);
        }
    }

    @Test
    void blockOfOnes_onOneLine_isThatOfTheSpecification() {
        byte[] ones = new byte[512];
        Arrays.fill(ones, (byte) 0xff);
        assertEquals(0x7fa1, Crc.oneLine(ByteBuffer.wrap(ones), 0, 512));
    }

    @Test
    void fourLines_areEachAsOneLineByItself() {
        byte[] data = new byte[512];
        new Random(3).nextBytes(data);
        long all = Crc.fourLines(ByteBuffer.wrap(data), 0, 512);
        for (int line = 0; line < 4; line++) {
            int crc = 0;
            for (byte octet : data) {
                crc = shift(crc, octet >> (4 + line) & 1);
                crc = shift(crc, octet >> line & 1);
            }
            int own = 0;
            for (int bit = 15; bit >= 0; bit--) {
                own = own << 1 | (int) (all >>> (4 * bit + line) & 1);
            }
            assertEquals(crc, own, "line " + line);
        }
    }

    private static int shift(int crc, int bit) {
        boolean feedback = (crc >>> 15 ^ bit) != 0;
        int moved = crc << 1 & 0xffff;
        return feedback ? moved ^ 0x1021 : moved;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 8})
    void anyFlippedBit_isNoticed(int width) {
        byte[] data = new byte[512];
        new Random(width).nextBytes(data);
        ByteBuffer sent = ByteBuffer.wrap(data.clone());
        ByteBuffer received = ByteBuffer.wrap(data);
        assertTrue(Crc.passes(width, sent, 0, received, 0, 512));
        for (int bit = 0; bit < 4096; bit += 7) {
            data[bit / 8] ^= (byte) (1 << (bit % 8));
            assertFalse(Crc.passes(width, sent, 0, received, 0, 512), "bit " + bit);
            data[bit / 8] ^= (byte) (1 << (bit % 8));
        }
    }
}
