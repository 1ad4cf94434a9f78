package org.unplug.scsi.debug;

import java.util.concurrent.atomic.LongAdder;

/**
 * What an adapter counted of the calls into it: the driver's own witness of the removal promise. A plain object without
 * references: get it before the bundle stops and read it after.
 *
 * <p><em>Stopped</em> means: the adapter's service is unregistered, {@code @Deactivate} has begun. Each answer is a glimpse while
 * calls come, and exact when it is quiet.
 */
public final class ScsiDebugCounters {

    private final LongAdder entered = new LongAdder();
    private final LongAdder exited = new LongAdder();
    private final LongAdder afterStop = new LongAdder();
    private final LongAdder commands = new LongAdder();
    private final LongAdder completed = new LongAdder();
    private final LongAdder handlers = new LongAdder();
    private volatile boolean stopped;
    private volatile long insideAtStop;

    /** A call came in: queueCommand, an error handler, or any other of the adapter's methods. For the adapter. */
    public void enter() {
        entered.increment();
        if (stopped) {
            afterStop.increment();
        }
    }

    /** The call goes out. For the adapter. */
    public void exit() {
        exited.increment();
    }

    /** A command was accepted. For the adapter. */
    public void accepted() {
        commands.increment();
    }

    /** A command was completed. For the adapter. */
    public void ended() {
        completed.increment();
    }

    /** An error handler was called. For the adapter. */
    public void handler() {
        handlers.increment();
    }

    /** The service is unregistered: from now on nobody may come. For the adapter. */
    public void stop() {
        stopped = true;
        insideAtStop = callsInside();
    }

    /** How many calls are inside the driver now. */
    public long callsInside() {
        long out = exited.sum();
        return entered.sum() - out;
    }

    /** How many calls were inside when {@code @Deactivate} began: 0 if the core kept its promise. */
    public long callsInsideAtStop() {
        return insideAtStop;
    }

    /** How many calls came in after {@code @Deactivate} had begun: 0 if the core kept its promise. */
    public long callsAfterStop() {
        return afterStop.sum();
    }

    /** How many calls there were. */
    public long calls() {
        return entered.sum();
    }

    /** How many commands were accepted. */
    public long commands() {
        return commands.sum();
    }

    /** How many commands were completed; equal to {@link #commands} when it is quiet. */
    public long completed() {
        return completed.sum();
    }

    /** How many error handlers were called. */
    public long errorHandlers() {
        return handlers.sum();
    }

    public boolean isStopped() {
        return stopped;
    }

    @Override
    public String toString() {
        return calls() + " calls, " + callsInside() + " inside, " + commands() + " commands, " + completed()
                + " completed, "
                + (stopped
                        ? callsInsideAtStop() + " inside at stop, " + callsAfterStop() + " after stop"
                        : "not stopped");
    }
}
