package org.unplug.mmc.internal.card;

import org.unplug.mmc.internal.port.MmcException;
import org.unplug.mmc.spi.MmcIos;
import org.unplug.mmc.spi.ResponseType;

/**
 * Takes the lines to an SD card from 3.3 to 1.8 V (SD Physical Layer, section 4.2.4.2): CMD11; the card pulls its lines low; the clock
 * stops, the adapter changes, the clock runs again; the card lets go. A card at which anything of that failed stands where nobody
 * knows: only a loss of power takes it back to 3.3 V.
 */
final class VoltageSwitch {

    private static final int LOW_MILLIVOLTS = 1800;
    /** The specification asks for 5; supplies are slow. */
    private static final long CLOCK_OFF_MS = 10;

    private static final long LINES_MS = 1;

    private final StartupLine line;

    VoltageSwitch(StartupLine line) {
        this.line = line;
    }

    /**
     * Does it; false if it did not take.
     *
     * @throws MmcException if the card went
     */
    boolean perform() throws MmcException {
        try {
            line.command(11, 0, ResponseType.R1);
        } catch (MmcException e) {
            if (e.isFinal()) {
                throw e;
            }
            return false;
        }
        line.pause(LINES_MS);
        if (!line.isCardBusy()) {
            return false;
        }
        MmcIos before = line.ios();
        line.setIos(before.withClock(0));
        line.setIos(line.ios().withSignal(LOW_MILLIVOLTS));
        line.pause(CLOCK_OFF_MS);
        line.setIos(line.ios().withClock(before.clockHz()));
        line.pause(LINES_MS);
        return !line.isCardBusy();
    }
}
