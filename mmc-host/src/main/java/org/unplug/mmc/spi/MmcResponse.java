package org.unplug.mmc.spi;

/**
 * What came back for a command; immutable.
 *
 * @param error of the exchange
 * @param high of an R2 the register's bits 127 to 64, else 0
 * @param low of an R2 the register's bits 63 to 0, its CRC and end bit included; else the 32 bits of the response
 */
public record MmcResponse(MmcError error, long high, long low) {

    /** For a command that has no response and went out well. */
    public static final MmcResponse SENT = new MmcResponse(MmcError.NONE, 0, 0);

    /** 32 bits: card status, OCR, address or interface condition. */
    public static MmcResponse word(int bits) {
        return new MmcResponse(MmcError.NONE, 0, Integer.toUnsignedLong(bits));
    }

    /** 128 bits: CID or CSD. */
    public static MmcResponse register(long high, long low) {
        return new MmcResponse(MmcError.NONE, high, low);
    }

    public static MmcResponse failed(MmcError error) {
        return new MmcResponse(error, 0, 0);
    }

    public boolean ok() {
        return error == MmcError.NONE;
    }

    /** The 32 bits of a short response. */
    public int word() {
        return (int) low;
    }
}
