package org.unplug.mmc.spi;

import java.util.EnumSet;
import java.util.Set;
import org.unplug.mmc.spi.MmcIos.Timing;

/**
 * What an adapter can do. Models the kernel's MMC_CAP bits and request limits.
 *
 * @param minHz lowest clock
 * @param maxHz highest clock
 * @param fourBit four data lines
 * @param eightBit eight data lines, as an eMMC may have
 * @param timings those that it has beside {@link Timing#LEGACY}. One at 1.8 V says that it can change the voltage of its lines and
 *     knows {@link MmcHost#isCardBusy}; one that is tuned, that it performs {@linkplain MmcRequest#isTuning tuning}
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
        Set<Timing> timings,
        boolean cmd23,
        boolean polling,
        int maxBlocks,
        int maxSegments,
        int ocr) {

    /** 3.2 to 3.4 V. */
    public static final int OCR_33 = 0x300000;

    /** 100 kHz to 50 MHz, four and eight lines, CMD23, with detection, up to 1 MiB in 256 buffers, at 3.3 V. */
    public static final HostCaps DEFAULT =
            new HostCaps(100_000, 50_000_000, true, true, Set.of(Timing.HIGH_SPEED), true, false, 2048, 256, OCR_33);

    /** The same with every timing there is, up to 208 MHz. */
    public static final HostCaps UHS = DEFAULT.withTimings(208_000_000, EnumSet.allOf(Timing.class));

    public HostCaps {
        timings = Set.copyOf(timings);
        if (minHz < 1 || maxHz < minHz) {
            throw new IllegalArgumentException("clock from " + minHz + " to " + maxHz + " Hz");
        }
        if (maxBlocks < 1 || maxSegments < 1) {
            throw new IllegalArgumentException(
                    "a transfer of " + maxBlocks + " blocks in " + maxSegments + " segments");
        }
    }

    public HostCaps withCmd23(boolean had) {
        return new HostCaps(minHz, maxHz, fourBit, eightBit, timings, had, polling, maxBlocks, maxSegments, ocr);
    }

    public HostCaps withPolling(boolean needed) {
        return new HostCaps(minHz, maxHz, fourBit, eightBit, timings, cmd23, needed, maxBlocks, maxSegments, ocr);
    }

    /** With so many data lines: 1, 4 or 8. */
    public HostCaps withLines(int lines) {
        return new HostCaps(minHz, maxHz, lines >= 4, lines >= 8, timings, cmd23, polling, maxBlocks, maxSegments, ocr);
    }

    /** With these timings, and no higher clock. */
    public HostCaps withTimings(int mostHz, Set<Timing> had) {
        return new HostCaps(minHz, mostHz, fourBit, eightBit, had, cmd23, polling, maxBlocks, maxSegments, ocr);
    }

    public boolean has(Timing timing) {
        return timing == Timing.LEGACY || timings.contains(timing);
    }

    /** Whether it drives an SD card at 1.8 V, for which it takes four lines. */
    public boolean uhs() {
        return fourBit && timings.stream().anyMatch(Timing::isUhs);
    }
}
