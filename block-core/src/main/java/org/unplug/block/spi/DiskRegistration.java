package org.unplug.block.spi;

import org.unplug.block.DiskInfo;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;

/** A driver's own reference to the disk that it added. Any thread may call. */
public interface DiskRegistration {

    DiskInfo info();

    /**
     * Removes the disk: sync holders and flush the cache (orderly only), refuse, drain, let the driver go. When this returns
     * no thread is inside the driver for this disk and none will enter again; the report says if a driver that never returns
     * broke that. Returns by the disk's deadlines whatever happens. Never waits for handles to be closed,
     * but for the block layer's own: when it has returned and nobody else has the disk open, its name is free.
     *
     * <p>A second remover waits for the first and gets the same report; SURPRISE overtakes an orderly removal that is still
     * syncing. May be called from inside a completion or a driver call of the same disk, which is then not waited for.
     */
    RemovalReport remove(Removal kind);

    /**
     * The device is gone: refuses at once and lets the rest of the removal run on another thread. Never blocks; for detection
     * paths. Follow it with {@link #remove}, which waits.
     */
    void markDead();

    /**
     * The disk has another capacity from now on, while it is open. Holders are told, on another thread. Requests that reach past
     * the new end fail IOERR where the old capacity would have let them pass; partitions stay as they are.
     *
     * @throws IllegalArgumentException if it is not a positive multiple of the logical block
     */
    void resize(long capacitySectors);

    /** There is room again, after {@link DiskDriver#queueRequest} answered false. */
    void restartQueue();
}
