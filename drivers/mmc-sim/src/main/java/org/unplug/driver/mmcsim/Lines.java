package org.unplug.driver.mmcsim;

import org.unplug.mmc.spi.MmcIos;
import org.unplug.mmc.spi.MmcIos.Timing;
import org.unplug.ref.Clockwork;

/**
 * A card's end of the lines: at which voltage, how fast, on which edges (SD Physical Layer, section 4.2.4; eMMC, section 6.6). A host
 * that drives them otherwise is not understood.
 *
 * <p>A change of voltage is the one thing that the card does by itself: after CMD11 it holds the lines low until the clock has stood
 * still for five milliseconds and runs again at 1.8 V.
 */
final class Lines {

    private static final int HIGH_MILLIVOLTS = 3300;
    private static final int LOW_MILLIVOLTS = 1800;

    /** By access mode of an SD card, functions of CMD6's first group. */
    private static final int[] SD_MOST_MHZ = {25, 50, 100, 208, 50};
    /** By HS_TIMING of an eMMC. */
    private static final int[] MMC_MOST_MHZ = {26, 52, 200};

    private static final int DDR50 = 4;
    private static final int HS200 = 2;
    private static final long CLOCK_OFF_NANOS = 5_000_000;

    private final boolean sd;
    private final Clockwork clockwork;
    private int millivolts = HIGH_MILLIVOLTS;
    private int mode;
    private boolean changing;
    private boolean stuck;
    private boolean clockStopped;
    private long stoppedNanos;

    Lines(boolean sd, Clockwork clockwork) {
        this.sd = sd;
        this.clockwork = clockwork;
    }

    /** Supply came or went: at 3.3 V again. */
    void power() {
        millivolts = HIGH_MILLIVOLTS;
        changing = false;
        stuck = false;
    }

    /** CMD0: as slow as after power-up, at the voltage that the lines have. */
    void reset() {
        mode = 0;
    }

    boolean isLow() {
        return changing;
    }

    boolean isAtLowVoltage() {
        return millivolts == LOW_MILLIVOLTS;
    }

    int mode() {
        return mode;
    }

    void mode(int function) {
        mode = function;
    }

    /** CMD11. */
    void change() {
        changing = true;
        clockStopped = false;
    }

    /** The next change does not come to its end, until power goes. */
    void getStuck() {
        stuck = true;
    }

    /** The host drives the lines in this way from now on. */
    void driven(MmcIos ios) {
        long now = clockwork.nanoTime();
        if (ios.clockHz() == 0) {
            stoppedNanos = clockStopped ? stoppedNanos : now;
            clockStopped = true;
            return;
        }
        boolean longEnough = clockStopped && now - stoppedNanos >= CLOCK_OFF_NANOS;
        clockStopped = false;
        if (changing && longEnough && !stuck && ios.signalMillivolts() == LOW_MILLIVOLTS) {
            changing = false;
            millivolts = LOW_MILLIVOLTS;
        }
    }

    /** Whether commands are understood. An eMMC has the supply of its lines soldered to the host's. */
    boolean hears(MmcIos ios) {
        return !changing && (!sd || ios.signalMillivolts() == millivolts);
    }

    /** Whether data gets through at all; sampling is the host's. */
    boolean fits(MmcIos ios, int widthBits) {
        int mostMhz = (sd ? SD_MOST_MHZ : MMC_MOST_MHZ)[mode];
        boolean low = ios.signalMillivolts() == LOW_MILLIVOLTS;
        boolean bothEdges = ios.timing() == Timing.DDR50;
        return ios.widthBits() == widthBits
                && ios.clockHz() <= mostMhz * 1_000_000
                && bothEdges == (sd && mode == DDR50)
                && (sd || low == (mode == HS200));
    }
}
