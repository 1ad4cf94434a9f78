package org.unplug.block.internal.queue;

/** Bios that wait for tags or for room in the driver, in order. Its monitor is innermost: nothing is called under it. */
final class Pending {

    private BlockBio first;
    private BlockBio last;
    private volatile int count;

    /** Read without the monitor: whoever adds counts first and looks for tags second. */
    boolean isEmpty() {
        return count == 0;
    }

    synchronized void addLast(BlockBio bio) {
        bio.next = null;
        if (first == null) {
            first = bio;
        } else {
            last.next = bio;
        }
        last = bio;
        count++;
    }

    /** One that was begun goes on before those that were not. */
    synchronized void addFirst(BlockBio bio) {
        bio.next = first;
        first = bio;
        if (last == null) {
            last = bio;
        }
        count++;
    }

    /** The next one, or null. */
    synchronized BlockBio poll() {
        BlockBio bio = first;
        if (bio != null) {
            first = bio.next;
            bio.next = null;
            if (first == null) {
                last = null;
            }
            count--;
        }
        return bio;
    }
}
