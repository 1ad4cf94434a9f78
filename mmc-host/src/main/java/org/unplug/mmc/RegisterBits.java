package org.unplug.mmc;

/**
 * A register of up to 128 bits; bit 0 is the one sent last, as in the specification's tables.
 *
 * @param high bits 127 to 64
 * @param low bits 63 to 0
 */
public record RegisterBits(long high, long low) {

    /** The field of a width up to 32 whose lowest bit is given. */
    public long field(int lowest, int width) {
        long value;
        if (lowest >= 64) {
            value = high >>> (lowest - 64);
        } else if (lowest + width <= 64) {
            value = low >>> lowest;
        } else {
            value = (low >>> lowest) | (high << (64 - lowest));
        }
        return value & ((1L << width) - 1);
    }

    /** These bits with a field of a width up to 32 replaced. */
    public RegisterBits with(int lowest, int width, long value) {
        long mask = (1L << width) - 1;
        long bits = value & mask;
        if (bits != value) {
            throw new IllegalArgumentException(value + " does not fit into the " + width + " bits at " + lowest);
        }
        if (lowest >= 64) {
            int shift = lowest - 64;
            return new RegisterBits((high & ~(mask << shift)) | (bits << shift), low);
        }
        long newLow = (low & ~(mask << lowest)) | (bits << lowest);
        if (lowest + width <= 64) {
            return new RegisterBits(high, newLow);
        }
        int taken = 64 - lowest;
        return new RegisterBits((high & ~(mask >>> taken)) | (bits >>> taken), newLow);
    }

    /** These bits with CRC7 over bits 127 to 8 in bits 7 to 1, and the end bit set. */
    public RegisterBits sealed() {
        return with(1, 7, crc7()).with(0, 1, 1);
    }

    /** CRC7, polynomial x^7 + x^3 + 1, over bits 127 to 8 (SD Physical Layer, section 4.5). */
    public int crc7() {
        int crc = 0;
        for (int bit = 127; bit >= 8; bit--) {
            int in = (int) field(bit, 1) ^ (crc >>> 6);
            crc = (crc << 1) & 0x7f;
            if (in != 0) {
                crc ^= 0x09;
            }
        }
        return crc;
    }

    /** Whether the CRC in bits 7 to 1 is right. */
    public boolean crcMatches() {
        return field(1, 7) == crc7();
    }

    /** 32 hexadecimal digits. */
    public String hex() {
        return String.format("%016x%016x", high, low);
    }

    /** From 32 hexadecimal digits. */
    public static RegisterBits ofHex(String digits) {
        if (digits.length() != 32) {
            throw new IllegalArgumentException("'" + digits + "' is not a register of 32 hexadecimal digits");
        }
        return new RegisterBits(
                Long.parseUnsignedLong(digits.substring(0, 16), 16), Long.parseUnsignedLong(digits.substring(16), 16));
    }
}
