package org.unplug.mmc.spi;

/**
 * How the bus is to be driven. Models the kernel's mmc_ios.
 *
 * @param power of the slot
 * @param clockHz 0 for stopped; the adapter takes the nearest that is not higher
 * @param widthBits data lines: 1, 4 or 8
 * @param timing of the lines
 * @param signalMillivolts 3300 or 1800
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

    /** Sampling and clock range. */
    public enum Timing {
        /** Up to 25 MHz. */
        LEGACY,
        /** SD high speed: up to 50 MHz. */
        HIGH_SPEED
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

    public MmcIos withTiming(Timing newTiming) {
        return new MmcIos(power, clockHz, widthBits, newTiming, signalMillivolts);
    }
}
