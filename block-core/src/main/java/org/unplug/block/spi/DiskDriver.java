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

    /**
     * Tells whether anybody has the disk open, as for a medium that is to be locked in meanwhile: true when the first handle of the
     * disk or of a part of it was opened, false when the last was closed. Nothing of it is told before the first open; that nobody has
     * it open is then so. The core's own handles, as for its look for partitions, do not count.
     *
     * <p>On the thread that opens or closes, or on that of another opener who is just telling; after the handle is there, and never
     * two calls at once. What changes while a call lasts is told after it, unless it has changed back by then; the last call tells
     * the truth. Must not block: {@link org.unplug.block.Disk#open} does not. A throwable is logged, and has no effect.
     *
     * <p>The end of the disk is not told: whoever has it open closes in its own time, after this method is called no more. A driver
     * whose device stays undoes itself what it did for its users.
     */
    default void inUse(boolean open) {}
}
