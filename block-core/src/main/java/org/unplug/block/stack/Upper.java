package org.unplug.block.stack;

import org.unplug.block.DiskInfo;

/** The disk above, as its {@link FilterDriver} sees it. Any thread may call; nothing blocks. */
public interface Upper {

    /** What it is. */
    DiskInfo info();

    /** Makes the disk above an orphan: it refuses at once and is removed by surprise on another thread. Idempotent. */
    void orphan();

    /** There is room again, after {@code queueRequest} answered false. */
    void restartQueue();
}
