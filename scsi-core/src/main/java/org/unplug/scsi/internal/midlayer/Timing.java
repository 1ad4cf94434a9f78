package org.unplug.scsi.internal.midlayer;

/**
 * How long things may take, in milliseconds.
 *
 * @param commandMs after which the driver is asked to abort a command
 * @param retries how often a command is tried again
 * @param handlerMs how long the core waits for one error handler call
 * @param syncMs how long an orderly removal waits for holders and the cache
 * @param drainMs how long any removal waits from refusal on
 * @param againMs after which a command that met BUSY is given to the driver again
 * @param rampUpMs after which a unit whose task set was full is given one command more at once
 * @param mediaPollMs how often a unit with a removable medium is asked whether it is still that one; 0 to never ask
 */
public record Timing(
        long commandMs,
        int retries,
        long handlerMs,
        long syncMs,
        long drainMs,
        long againMs,
        long rampUpMs,
        long mediaPollMs) {

    public static final Timing DEFAULT = new Timing(30_000, 5, 10_000, 30_000, 5_000, 3);

    private static final long GRACE_MS = 1_000;
    private static final int SWEEPS_PER_TIMEOUT = 8;

    public Timing {
        if (commandMs < 1 || retries < 0 || handlerMs < 1 || syncMs < 0 || drainMs < 1 || againMs < 1) {
            throw new IllegalArgumentException(
                    "time-outs must be positive: command " + commandMs + " ms, handler " + handlerMs + " ms, sync "
                            + syncMs + " ms, drain " + drainMs + " ms; retries " + retries + " not negative");
        }
        if (rampUpMs < 1 || mediaPollMs < 0) {
            throw new IllegalArgumentException("ramp up after " + rampUpMs + " ms: must be positive; media poll of "
                    + mediaPollMs + " ms: must not be negative");
        }
    }

    /** With a second to ramp up, and two between media polls. */
    public Timing(long commandMs, int retries, long handlerMs, long syncMs, long drainMs, long againMs) {
        this(commandMs, retries, handlerMs, syncMs, drainMs, againMs, 1_000, 2_000);
    }

    /** The cap on all tries of a command together. */
    long totalMs() {
        return commandMs * (retries + 1);
    }

    /** How often somebody looks for commands whose time is up. */
    long sweepMs() {
        return sweepMs(commandMs);
    }

    static long sweepMs(long timeoutMs) {
        return Math.max(1, timeoutMs / SWEEPS_PER_TIMEOUT);
    }

    /** How long removal waits for what should be over already. */
    long graceMs() {
        return Math.min(GRACE_MS, drainMs);
    }

    /** No removal of a device takes longer. */
    long removalMs() {
        return syncMs + drainMs + 4 * graceMs();
    }

    static long nanos(long ms) {
        return ms * 1_000_000;
    }
}
