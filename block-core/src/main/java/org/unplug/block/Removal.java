package org.unplug.block;

/** The two ways in which a disk goes. */
public enum Removal {
    /** remove: the device still answers. Holders sync and the device's cache is flushed before anything is refused. */
    ORDERLY,
    /** markDead: the device is gone already. Refuse at once; nothing more can be written. */
    SURPRISE
}
