package org.unplug.block.stack;

/**
 * How a disk over disks is, in words for people: a service with the property {@code disk.name}, one of the
 * {@linkplain FilterDriver#services services} of a driver that has something to say. Any thread may call; nothing blocks.
 */
public interface Condition {

    /** What is not as it should be, as "waits for mmcblk0, 27 s left"; empty if all is well. */
    String condition();
}
