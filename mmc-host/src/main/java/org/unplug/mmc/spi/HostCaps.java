package org.unplug.mmc.spi;

/**
 * What an adapter can do. Models the kernel's MMC_CAP bits and request limits.
 *
 * @param minHz lowest clock
 * @param maxHz highest clock
 * @param fourBit four data lines
 * @param eightBit eight data lines, as an eMMC may have
 * @param highSpeed 50 MHz timing
 * @param cmd23 sends SET_BLOCK_COUNT ahead of a transfer
 * @param polling has no detect interrupt: the core asks {@link MmcHost#isCardPresent} once a second
 * @param maxBlocks most blocks in one transfer
 * @param maxSegments most buffers in one transfer
 * @param ocr voltages that it supplies, as bits 23 to 15 of the OCR register
 */
public record HostCaps(
        int minHz,
        int maxHz,
        boolean fourBit,
        boolean eightBit,
        boolean highSpeed,
        boolean cmd23,
        boolean polling,
        int maxBlocks,
        int maxSegments,
        int ocr) {

    /** 3.2 to 3.4 V. */
    public static final int OCR_33 = 0x300000;

    /** 100 kHz to 50 MHz, four and eight lines, CMD23, with detection, up to 1 MiB in 256 buffers, at 3.3 V. */
    public static final HostCaps DEFAULT =
            new HostCaps(100_000, 50_000_000, true, true, true, true, false, 2048, 256, OCR_33);

    public HostCaps {
        if (minHz < 1 || maxHz < minHz) {
            throw new IllegalArgumentException("clock from " + minHz + " to " + maxHz + " Hz");
        }
        if (maxBlocks < 1 || maxSegments < 1) {
            throw new IllegalArgumentException(
                    "a transfer of " + maxBlocks + " blocks in " + maxSegments + " segments");
        }
    }

    public HostCaps withCmd23(boolean had) {
        return new HostCaps(minHz, maxHz, fourBit, eightBit, highSpeed, had, polling, maxBlocks, maxSegments, ocr);
    }

    public HostCaps withPolling(boolean needed) {
        return new HostCaps(minHz, maxHz, fourBit, eightBit, highSpeed, cmd23, needed, maxBlocks, maxSegments, ocr);
    }

    /** With so many data lines, 1, 4 or 8, and with or without high speed. */
    public HostCaps withBus(int lines, boolean fast) {
        return new HostCaps(minHz, maxHz, lines >= 4, lines >= 8, fast, cmd23, polling, maxBlocks, maxSegments, ocr);
    }
}
