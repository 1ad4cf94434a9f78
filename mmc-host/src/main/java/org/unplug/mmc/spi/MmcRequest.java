package org.unplug.mmc.spi;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What an adapter gets to do: an optional SET_BLOCK_COUNT, a command, optional data, an optional stop command. Models the
 * kernel's mmc_request.
 *
 * <p>The adapter sends {@link #sbc} first, and the rest only if that went well; {@link #stop} after the data, also when the
 * data failed, but not when the command itself failed. It owns the request from {@link MmcHost#request} until it calls
 * {@link #complete}. The core makes requests and uses them again.
 */
public final class MmcRequest {

    /** Told when a request ended; runs on the completing thread and must not block. */
    @FunctionalInterface
    public interface Done {
        void done(MmcRequest request);
    }

    private final MmcCommand sbcCommand = new MmcCommand();
    private final MmcCommand command = new MmcCommand();
    private final MmcCommand stopCommand = new MmcCommand();
    private final MmcData transfer = new MmcData();
    private final AtomicBoolean underWay = new AtomicBoolean();
    private boolean hasSbc;
    private boolean hasData;
    private boolean hasStop;
    private boolean tuning;
    private long timeoutMs;
    private volatile Done done;

    /** A request that consists of a command; the core's, as are all {@code with} methods. */
    public MmcCommand withCommand(long timeout) {
        hasSbc = false;
        hasData = false;
        hasStop = false;
        tuning = false;
        timeoutMs = timeout;
        return command;
    }

    public MmcCommand withSbc() {
        hasSbc = true;
        return sbcCommand;
    }

    public MmcCommand withStop() {
        hasStop = true;
        return stopCommand;
    }

    public MmcData withData() {
        hasData = true;
        return transfer;
    }

    /** Makes it a {@linkplain #isTuning tuning}. */
    public MmcRequest withTuning() {
        tuning = true;
        return this;
    }

    /** Hands the request over to an adapter; the core's. */
    public void begin(Done whenDone) {
        if (!underWay.compareAndSet(false, true)) {
            throw new IllegalStateException(this + " is under way already");
        }
        done = whenDone;
    }

    /** SET_BLOCK_COUNT, or null. */
    public MmcCommand sbc() {
        return hasSbc ? sbcCommand : null;
    }

    public MmcCommand cmd() {
        return command;
    }

    /** What is to be moved, or null. */
    public MmcData data() {
        return hasData ? transfer : null;
    }

    /** What ends the transfer, or null. */
    public MmcCommand stop() {
        return hasStop ? stopCommand : null;
    }

    /**
     * Whether the adapter is to find its sampling point with this command, CMD19 of SD or CMD21 of eMMC, which reads one
     * {@link TuningBlock}: it sends the command at as many points as it has, {@value #MOST_TUNINGS} times at most, settles on the best,
     * and completes the request once, with the block as it came there - or with {@link MmcError#CRC} for the data if it came damaged
     * everywhere. An adapter that has no choice of points sends it once. (SD Physical Layer, section 4.2.4.5; the kernel's
     * execute_tuning.)
     */
    public boolean isTuning() {
        return tuning;
    }

    /** Most commands that one tuning may take. */
    public static final int MOST_TUNINGS = 40;

    /** How long the card may take, in milliseconds; the adapter ends it with TIMEOUT after that. */
    public long timeoutMs() {
        return timeoutMs;
    }

    /** Whether it was handed over and has not been completed. */
    public boolean isUnderWay() {
        return underWay.get();
    }

    /**
     * Ends the request: commands are answered, data is accounted for, buffers are let go. Called by the adapter once for each
     * hand-over; the next request may be given inside this call, so hold no lock that {@link MmcHost#request} takes.
     *
     * @return false if it was not under way: a second completion has no effect
     */
    public boolean complete() {
        if (!underWay.compareAndSet(true, false)) {
            return false;
        }
        done.done(this);
        return true;
    }

    /** Ends the request with one error for everything that has no answer yet. */
    public boolean fail(MmcError error) {
        if (hasSbc && sbcCommand.response() == null) {
            sbcCommand.respond(MmcResponse.failed(error));
        } else if (command.response() == null) {
            command.respond(MmcResponse.failed(error));
        } else if (hasData && transfer.error() == MmcError.NONE) {
            transfer.transferred(transfer.doneBytes(), error);
        }
        return complete();
    }

    /** The first error among its parts, in the order in which they are sent. */
    public MmcError error() {
        if (hasSbc && sbcCommand.error() != MmcError.NONE) {
            return sbcCommand.error();
        }
        if (command.error() != MmcError.NONE) {
            return command.error();
        }
        if (hasData && transfer.error() != MmcError.NONE) {
            return transfer.error();
        }
        return hasStop ? stopCommand.error() : MmcError.NONE;
    }

    @Override
    public String toString() {
        return hasData ? command + " of " + transfer.blocks() + " blocks" : command.toString();
    }
}
