package org.unplug.block.internal.genhd;

import org.unplug.block.DiskInfo;
import org.unplug.block.RemovalReport;
import org.unplug.ref.Leaks;

/** What the disks tell the outside. Nothing here carries correctness; no call comes under a lock. */
public interface DiskEvents {

    /** Makes a disk findable, on the adding thread. */
    Published publish(Gendisk disk);

    /** A disk that can be found. */
    interface Published {
        /** Makes it unfindable, once; runs on a thread of the removal's own, and may be slow. */
        void withdraw();

        /** Its {@link Gendisk#info} is another now; may throw IllegalStateException if it was withdrawn meanwhile. */
        default void changed() {}
    }

    void added(DiskInfo disk);

    default void resized(DiskInfo disk) {}

    /**
     * A removal is over. Comes last, on the first remover's thread, when whoever joined was let go already: they have the report.
     * Must not block, since the first remover is behind it.
     */
    void removed(RemovalReport report);

    void released(DiskInfo disk);

    /** A driver broke its contract, or an end action threw; one line. */
    void fault(String line);

    /** A handle was collected unclosed, and was closed for its opener. */
    void leaked(Leaks.Held held);
}
