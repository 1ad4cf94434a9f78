package org.unplug.block;

import java.io.IOException;

/**
 * Who holds a disk open, and is told when it goes. Never null: a removal must have somebody to tell. Models the
 * kernel's blk_holder_ops.
 *
 * <p>Both calls come on threads of the block layer, never under a lock, each in parallel with those of other holders. The
 * removal waits for them until its deadline and then goes on without the laggard, which its report names. They may call
 * the handle, close it, and take locks. Each comes at most once for each holder object and disk, and none once its
 * handle's {@code close} has returned, except one that had begun.
 */
public interface Holder {

    /** What to show to a person who asks who holds the disk: "vfat at /mnt/card". */
    String holderName();

    /**
     * An orderly removal has begun: write back what is dirty, flush, and from then on accept no change that would have to
     * be written. Requests still pass until this returns or the time is up. Whatever is written and completed before
     * the refusal is flushed by the core once more.
     *
     * @param timeoutMs how long the removal waits, in milliseconds
     * @throws IOException if not everything could be written; the removal goes on and reports it
     */
    void sync(long timeoutMs) throws IOException;

    /**
     * The disk refuses from now on: fail fast, wake whoever waits, close the handle in your own time. In an orderly
     * removal this follows {@link #sync}, which may still be running if the time was up or the device went meanwhile; a sync
     * that had not begun by then never comes. One that is on its way at that very instant, on its own thread, may come
     * beside this.
     */
    void markDead(Removal kind);

    /** The disk has another capacity from now on. Comes on a thread of the block layer; may block. */
    default void resized(DiskInfo now) {}

    /**
     * The share of the disk that this holder asks for where bios are scheduled fairly, 1 to 1000; asked whenever one of its
     * bios waits, so it must be quick.
     */
    default int ioWeight() {
        return 100;
    }

    /** A holder without state of its own, for short uses such as a probe or a copy: nothing to write, nothing to wake. */
    static Holder named(String name) {
        return new Holder() {
            @Override
            public String holderName() {
                return name;
            }

            @Override
            public void sync(long timeoutMs) {}

            @Override
            public void markDead(Removal kind) {}
        };
    }
}
