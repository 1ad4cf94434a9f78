package org.unplug.mmc.internal.bus;

import java.util.Objects;
import org.unplug.block.spi.DiskSpec;

/**
 * Times of the bus.
 *
 * @param debounceMs how long a detect switch must be quiet before the core looks
 * @param pollMs interval of looks at adapters without detection
 * @param quietMs how long the removal of an adapter waits, after its card is gone, for the calls inside it
 * @param busyMs how long a card may program before it counts as stuck
 * @param disk the bounds of each card's disk: of a request, of sync and of drain
 */
public record Settings(long debounceMs, long pollMs, long quietMs, long busyMs, DiskSpec.Timeouts disk) {

    public static final Settings DEFAULT =
            new Settings(200, 1000, 5000, 10_000, new DiskSpec.Timeouts(20_000, 30_000, 5_000));

    public Settings {
        Objects.requireNonNull(disk);
        if (debounceMs < 0 || pollMs < 1 || quietMs < 1 || busyMs < 1) {
            throw new IllegalArgumentException("debounce " + debounceMs + " ms, poll " + pollMs + " ms, quiet "
                    + quietMs + " ms, busy " + busyMs + " ms: must be positive");
        }
    }

    /** The same with other times of the bus itself. */
    public Settings withBus(long debounce, long poll, long quiet) {
        return new Settings(debounce, poll, quiet, busyMs, disk);
    }

    /** The same with another patience for a card that programs. */
    public Settings withBusy(long ms) {
        return new Settings(debounceMs, pollMs, quietMs, ms, disk);
    }
}
