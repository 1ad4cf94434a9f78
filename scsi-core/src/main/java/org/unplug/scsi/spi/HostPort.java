package org.unplug.scsi.spi;

/**
 * What an adapter's driver tells the core. Any thread may call, under any lock of the driver but one that its own
 * {@link ScsiHost#queueCommand} takes; no call blocks. After the adapter's removal each does nothing.
 */
public interface HostPort {

    /** The adapter's number. */
    int host();

    /** Units may have come or gone: look again, soon. Calls that come together are served by one scan. */
    void rescan();

    /**
     * A unit is not there any more: its disk refuses at once, the rest of the removal follows on another thread. Complete its
     * commands with {@link HostByte#NO_CONNECT} first, and tell this before {@link #rescan} for one that takes its place. A command
     * that was on its way into {@link ScsiHost#queueCommand} may still come; {@link ScsiCommand#unit} tells whom it was for.
     */
    void lunGone(int channel, int target, long lun);

    /** A target is not there any more, and none of its units; as {@link #lunGone}. */
    void targetGone(int channel, int target);

    /**
     * The path to a target is lost, perhaps for a while: its units get no command until {@link #unblockTarget}, and requests wait.
     * Commands that the driver has are still its own to complete.
     */
    void blockTarget(int channel, int target);

    /**
     * The path is {@code working} again: what waited goes on. Or the driver waits for it no longer: what waits, and what comes,
     * fails with an I/O error, until the path works again or the {@linkplain #targetGone target is gone}.
     */
    void unblockTarget(int channel, int target, boolean working);

    /** There is room again, after {@link ScsiHost#queueCommand} answered busy. */
    void ready();
}
