package org.unplug.mmc.internal.card;

import java.util.Arrays;
import java.util.List;
import org.unplug.mmc.SwitchStatus;
import org.unplug.mmc.spi.HostCaps;
import org.unplug.mmc.spi.MmcIos;
import org.unplug.mmc.spi.MmcIos.Timing;

/** The ways to drive an SD card, the fastest first; functions of CMD6's group 1 (SD Physical Layer, table 4-11). */
enum SpeedMode {
    SDR104(3, Timing.SDR104, 208_000_000),
    SDR50(2, Timing.SDR50, 100_000_000),
    DDR50(4, Timing.DDR50, 50_000_000),
    SDR25(1, Timing.SDR25, 50_000_000),
    SDR12(0, Timing.SDR12, 25_000_000),
    HIGH_SPEED(1, Timing.HIGH_SPEED, 50_000_000),
    DEFAULT(0, Timing.LEGACY, 25_000_000);

    private final int function;
    private final Timing timing;
    private final int mostHz;

    SpeedMode(int function, Timing timing, int mostHz) {
        this.function = function;
        this.timing = timing;
        this.mostHz = mostHz;
    }

    int function() {
        return function;
    }

    boolean isTuned() {
        return timing.isTuned();
    }

    /** What a card is in after power-up: function 0, at the voltage that its lines have. */
    static SpeedMode initial(MmcIos ios) {
        return ios.signalMillivolts() == SDR12.timing.signalMillivolts() ? SDR12 : DEFAULT;
    }

    /** Those that both sides have at the voltage that the lines have, the fastest first; the initial one is always among them. */
    static List<SpeedMode> common(MmcIos ios, HostCaps caps, SwitchStatus card) {
        SpeedMode initial = initial(ios);
        return Arrays.stream(values())
                .filter(mode -> mode.timing.signalMillivolts() == ios.signalMillivolts())
                .filter(mode -> mode == initial
                        || (caps.has(mode.timing) && card.supports(SwitchStatus.ACCESS_MODE, mode.function)))
                .toList();
    }

    /** The lines as this mode drives them. */
    MmcIos on(MmcIos ios, HostCaps caps) {
        return ios.withTiming(timing).withClock(Math.min(caps.maxHz(), mostHz));
    }
}
