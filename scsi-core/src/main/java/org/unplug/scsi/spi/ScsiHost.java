package org.unplug.scsi.spi;

import org.unplug.scsi.ScsiAddress;

/**
 * A host adapter as its driver implements it; registered as a service, found by the core. Models the host template of the
 * Linux SCSI mid layer.
 *
 * <ul>
 *   <li>Calls come on any thread, several at once, never under a lock of the core.
 *   <li>When the unregistration of the service returns - and so when {@code @Deactivate} runs - no thread is inside any of
 *       these methods and none will enter. While the service is UNREGISTERING the driver must still answer: the core writes
 *       back and flushes in that time.
 *   <li>Every accepted command is completed exactly once: {@link ScsiCommand#complete}.
 *   <li>The error handlers come on a thread of the core's own, in the order abort, device, target, bus, host; none is called while
 *       another is, unless that one is stuck. They may block, but the core waits for all calls of one kind together only for a bounded
 *       time, and then goes on without them. After a reset that worked each unit that it was for gets TEST UNIT READY before anything
 *       else, even if the adapter has as many commands as it can take.
 *   <li>Where one unit can take the place of another, no command may reach the wrong one: see {@link #unitAt}.
 *   <li>A driver that learns that a unit, a target or the whole adapter is gone first completes the commands that it has for
 *       it with {@link HostByte#NO_CONNECT} and then tells {@link HostPort}.
 * </ul>
 */
public interface ScsiHost {

    /** What became of a command that was offered. */
    enum Queued {
        /** The driver has it and will complete it once; it may have done so already. */
        ACCEPTED,
        /** The adapter has no room. Not accepted: must not be touched, comes again after a completion, {@link HostPort#ready} or a few milliseconds. */
        HOST_BUSY,
        /** This unit has no room; otherwise as {@link #HOST_BUSY}. */
        DEVICE_BUSY
    }

    /** How an error handler ended. */
    enum EhResult {
        /**
         * It worked. The command that was aborted, or every command of what was reset, has been let go: the driver
         * completed it, or never will and holds on to nothing of it.
         */
        SUCCESS,
        /** It did not work, or the driver has no such handler; the core goes one step further. */
        FAILED
    }

    /** For people, as "scsi-debug". Constant. */
    String name();

    /** What it can take. Constant. */
    HostLimits limits();

    /** The core has attached this adapter and is about to scan it. The port is good until {@link #detached}. Must not block. */
    default void attached(HostPort port) {}

    /** The core's removal of this adapter is at its end: this is the last call that enters. Must not block. */
    default void detached() {}

    /**
     * Who is at an address now: an object of the driver's own, the same one as long as the unit stays there, another one each time
     * that one is put there, be it the same unit again; null if nobody is there. Asked before each look at the address. The commands
     * of that look, and all those of the device that it finds, carry the answer as {@link ScsiCommand#unit}. The core only compares
     * it, and lets it go with the device. Must not block.
     *
     * <p>A command may be on its way while its unit is pulled out and another one is put in: the submitter is past every check of the
     * core's and has not entered {@link #queueCommand} yet. So a driver whose units can change place under an address
     * <ul>
     *   <li>serves a command only if its {@code unit()} is who is at its address at that instant, and otherwise completes it with
     *       {@link HostByte#NO_CONNECT};
     *   <li>has what it began for one unit never go on at another.
     * </ul>
     * Without that the second unit could be written to with what was meant for the first. One UNIT ATTENTION is not enough, since it
     * stops one command only. A driver that keeps an address for one unit for ever, as where the transport gives each login a new
     * one, need not tell.
     */
    default Object unitAt(ScsiAddress address) {
        return null;
    }

    /**
     * Starts a command. May complete it from inside this call, or later from any thread. Should not block: the caller is
     * somebody's submit. A throwable counts as completion with {@link HostByte#ERROR}.
     */
    Queued queueCommand(ScsiCommand command);

    /** The batch that began with the last commit is complete: a driver that gathers commands starts them now. */
    default void commitCommands() {}

    /**
     * Asks to let a command go: complete it with {@link HostByte#ABORT} if it is not completed yet, then answer SUCCESS.
     * Comes for time-outs and removals. The command may be completed at any instant during the call.
     */
    default EhResult abort(ScsiCommand command) {
        return EhResult.FAILED;
    }

    /** Resets a logical unit and completes what it had with {@link HostByte#RESET}. */
    default EhResult deviceReset(ScsiAddress unit) {
        return EhResult.FAILED;
    }

    /** Resets a target with all its units. The unit's number in the address means nothing. */
    default EhResult targetReset(ScsiAddress target) {
        return EhResult.FAILED;
    }

    /** Resets a channel. */
    default EhResult busReset(int channel) {
        return EhResult.FAILED;
    }

    /** Resets the adapter. */
    default EhResult hostReset() {
        return EhResult.FAILED;
    }
}
