package org.unplug.block.spi;

/**
 * What a driver implements for each of its disks.
 *
 * <ul>
 *   <li>Calls come on any thread, several at once, never under a lock of the core.
 *   <li>From the return of {@link DiskRegistration#remove} on - and so in the rest of {@code @Deactivate} - no thread is
 *       inside any of these methods for that disk and none will enter again (R3).
 *   <li>Every request given to {@link #queueRequest} and not answered with false must be completed once. One that the
 *       core ended in the meantime - by time-out or removal - must still be completed, which tells the core that its
 *       buffers were let go.
 * </ul>
 */
public interface DiskDriver {

    /**
     * Starts a request. May complete it at once, from inside this call, or later from any thread. Should not block: the
     * caller is somebody's submit. A throwable counts as completion with IOERR.
     *
     * @return false if the driver has no room: the request was not accepted, must not be touched any more, and comes again
     *     after another one completed, after {@link DiskRegistration#restartQueue}, or after some milliseconds
     */
    boolean queueRequest(Request request);

    /** The batch that began with the last commit is complete: a driver that gathers requests starts them now. */
    default void commit() {}

    /**
     * Asks to complete an accepted request soon, since it timed out or the disk is being removed. It may have been completed
     * already, and may, rarely, be still on its way into {@link #queueRequest}. Must not block; a driver that has nothing to
     * cancel does nothing.
     */
    default void cancel(Request request) {}
}
