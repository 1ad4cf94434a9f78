package org.unplug.mmc.internal.bus;

/**
 * Times of the bus.
 *
 * @param debounceMs how long a detect switch must be quiet before the core looks
 * @param pollMs interval of looks at adapters without detection
 * @param quietMs how long the removal of an adapter waits, after its card is gone, for the calls inside it
 */
public record Settings(long debounceMs, long pollMs, long quietMs) {

    public static final Settings DEFAULT = new Settings(200, 1000, 5000);

    public Settings {
        if (debounceMs < 0 || pollMs < 1 || quietMs < 1) {
            throw new IllegalArgumentException("debounce " + debounceMs + " ms, poll " + pollMs + " ms, quiet "
                    + quietMs + " ms: must be positive");
        }
    }
}
