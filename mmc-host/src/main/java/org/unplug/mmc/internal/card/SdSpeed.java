package org.unplug.mmc.internal.card;

import java.nio.ByteBuffer;
import org.unplug.mmc.SwitchStatus;
import org.unplug.mmc.internal.port.MmcException;
import org.unplug.mmc.spi.TuningBlock;

/**
 * Finds the fastest way to drive an SD card that both sides have at the voltage of its lines: asks by CMD6 for its functions, takes
 * one, sets the bus, and where that needs a sampling point has it looked for by CMD19. If none is found, or the card does not take
 * the function, the next slower one is tried; the one that a card has after power-up needs neither.
 */
final class SdSpeed {

    private static final int TUNING_COMMAND = 19;

    private final StartupLine line;
    private SpeedMode taken;

    SdSpeed(StartupLine line) {
        this.line = line;
        this.taken = SpeedMode.initial(line.ios());
    }

    /** Drives the lines as fast as can be. */
    void negotiate(boolean hasSwitch) throws MmcException {
        if (!hasSwitch) {
            drive(taken);
            return;
        }
        SwitchStatus functions = switchFunction(false, SwitchStatus.NONE);
        for (SpeedMode mode : SpeedMode.common(line.ios(), line.caps(), functions)) {
            if (takes(mode)) {
                drive(mode);
                if (!mode.isTuned()
                        || line.tune(TUNING_COMMAND, TuningBlock.of(line.ios().widthBits()))) {
                    return;
                }
                // At the clock of the initial mode nothing is tuned, whatever function is in force.
                drive(SpeedMode.initial(line.ios()));
            }
        }
    }

    private boolean takes(SpeedMode mode) throws MmcException {
        if (mode.function() == taken.function()) {
            return true;
        }
        boolean took = switchFunction(true, mode.function()).selected(SwitchStatus.ACCESS_MODE) == mode.function();
        if (took) {
            taken = mode;
        }
        return took;
    }

    private void drive(SpeedMode mode) {
        line.setIos(mode.on(line.ios(), line.caps()));
    }

    private SwitchStatus switchFunction(boolean set, int function) throws MmcException {
        ByteBuffer status = ByteBuffer.allocate(SwitchStatus.BYTES);
        line.read(6, SwitchStatus.argument(set, SwitchStatus.ACCESS_MODE, function), status);
        return SwitchStatus.decode(status.array());
    }
}
