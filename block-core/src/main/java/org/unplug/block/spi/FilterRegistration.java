package org.unplug.block.spi;

/** A filter in the queue of a disk. Any thread may call. */
public interface FilterRegistration {

    /**
     * Takes the filter out again, while the disk is in use: what comes waits meanwhile, what is inside the filter ends first.
     * When this returns true no thread is inside the filter, none will enter, and it has no request. Waits for half of the
     * disk's drain deadline at most. Idempotent.
     *
     * @return false if that took too long; the filter is in use still, unless the disk is gone
     */
    boolean remove();

    /** Whether it is in the queue. */
    boolean isInserted();
}
