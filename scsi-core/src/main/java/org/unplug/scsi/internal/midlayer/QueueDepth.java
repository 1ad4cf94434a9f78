package org.unplug.scsi.internal.midlayer;

/**
 * How many commands a unit is given at once: as many as the adapter allows, until the unit says TASK SET FULL; then as many as it had
 * at that moment, and one more each time that a while went by without another such answer. Any thread may call.
 */
final class QueueDepth {

    private final long rampUpNanos;
    private volatile int most;
    private volatile int now;
    private long changedNanos;

    QueueDepth(long rampUpNanos) {
        this.rampUpNanos = rampUpNanos;
    }

    /** What the adapter allows. */
    synchronized void setMost(int commands) {
        most = commands;
        now = commands;
    }

    int now() {
        return now;
    }

    boolean isLowered() {
        return now < most;
    }

    /** The unit could take no more than it has. */
    synchronized void full(int withUnit, long nowNanos) {
        now = Math.max(1, Math.min(now, withUnit));
        changedNanos = nowNanos;
    }

    /** A command ended well. */
    synchronized void wentWell(long nowNanos) {
        if (now < most && nowNanos - changedNanos >= rampUpNanos) {
            now++;
            changedNanos = nowNanos;
        }
    }
}
