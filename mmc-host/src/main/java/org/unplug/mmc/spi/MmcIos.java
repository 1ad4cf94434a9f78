package org.unplug.mmc.spi;

/**
 * How the bus is to be driven. Models the kernel's mmc_ios.
 *
 * @param power of the slot
 * @param clockHz 0 for stopped; the adapter takes the nearest that is not higher
 * @param widthBits data lines: 1, 4 or 8
 * @param timing of the lines
 * @param signalMillivolts of the lines: 3300 or 1800. A change to 1800 comes with the clock stopped; an adapter that cannot
 *     drive them so leaves the clock off, and the card then says by its lines that the change did not take
 */
public record MmcIos(Power power, int clockHz, int widthBits, Timing timing, int signalMillivolts) {

    /** What the slot's supply does. */
    public enum Power {
        /** No supply, no clock; the card forgets where it was. */
        OFF,
        /** Supply is rising. */
        UP,
        /** Supply is stable. */
        ON
    }

    /**
     * Sampling and clock range (SD Physical Layer, section 4.2.4; eMMC, section 5.3). Those at 1.8 V follow a change of the lines'
     * voltage; those that are tuned need a sampling point that only this card at this board has, see {@link MmcRequest#isTuning}.
     */
    public enum Timing {
        /** Up to 25 MHz. */
        LEGACY(3300, false),
        /** SD high speed: up to 50 MHz; MMC: up to 52 MHz. */
        HIGH_SPEED(3300, false),
        /** SD at 1.8 V, up to 25 MHz. */
        SDR12(1800, false),
        /** SD at 1.8 V, up to 50 MHz. */
        SDR25(1800, false),
        /** SD at 1.8 V, up to 100 MHz. */
        SDR50(1800, true),
        /** SD at 1.8 V, up to 208 MHz. */
        SDR104(1800, true),
        /** SD at 1.8 V, up to 50 MHz, data on both edges of the clock. */
        DDR50(1800, false),
        /** eMMC at 1.8 V, up to 200 MHz. */
        HS200(1800, true);

        private final int signalMillivolts;
        private final boolean tuned;

        Timing(int signalMillivolts, boolean tuned) {
            this.signalMillivolts = signalMillivolts;
            this.tuned = tuned;
        }

        /** What the lines are driven with. */
        public int signalMillivolts() {
            return signalMillivolts;
        }

        /** Whether the sampling point has to be found. */
        public boolean isTuned() {
            return tuned;
        }

        /** Whether it is one of an SD card's at 1.8 V: ultra high speed, phase I. */
        public boolean isUhs() {
            return signalMillivolts == 1800 && this != HS200;
        }

        /** As "SDR104". */
        public String text() {
            return switch (this) {
                case LEGACY -> "legacy";
                case HIGH_SPEED -> "high speed";
                default -> name();
            };
        }
    }

    public static final MmcIos OFF = new MmcIos(Power.OFF, 0, 1, Timing.LEGACY, 3300);

    /** One line, legacy timing, at a clock for identification. */
    public static MmcIos identification(Power power, int clockHz) {
        return new MmcIos(power, clockHz, 1, Timing.LEGACY, 3300);
    }

    public MmcIos withClock(int hz) {
        return new MmcIos(power, hz, widthBits, timing, signalMillivolts);
    }

    public MmcIos withWidth(int bits) {
        return new MmcIos(power, clockHz, bits, timing, signalMillivolts);
    }

    public MmcIos withSignal(int millivolts) {
        return new MmcIos(power, clockHz, widthBits, timing, millivolts);
    }

    public MmcIos withTiming(Timing newTiming) {
        return new MmcIos(power, clockHz, widthBits, newTiming, signalMillivolts);
    }
}
