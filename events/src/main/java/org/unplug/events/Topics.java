package org.unplug.events;

/**
 * Topics and properties of the events. Each event has {@code timestamp}, in milliseconds since 1970, when the event was made.
 * Those of one topic family come in the order in which things happened.
 *
 * <p>Subscribe to {@link #DISK} with {@code /*} behind it for everything about disks. Handlers come without a guarantee of
 * time: who must know of a removal before it is over is a {@link org.unplug.block.Holder}.
 */
public final class Topics {

    /** What the topics about disks begin with. */
    public static final String DISK = "unplug/disk";

    /** A disk can be opened. Properties as of its service: {@code disk.name}, {@code disk.bytes}, {@code disk.epoch}, .... */
    public static final String DISK_ADDED = DISK + "/ADDED";
    /** A disk has another capacity; the same properties. */
    public static final String DISK_RESIZED = DISK + "/RESIZED";
    /** A removal is over; the same properties, those that begin with {@code removal.}, and {@code message}. */
    public static final String DISK_REMOVED = DISK + "/REMOVED";
    /** Nobody holds the disk any more, its name is free; the same properties as when it was added. */
    public static final String DISK_RELEASED = DISK + "/RELEASED";
    /** A driver or holder broke its contract; {@code message}. */
    public static final String DISK_FAULT = DISK + "/FAULT";
    /** A handle was never closed; {@code message}, {@code bundle.symbolicName}, {@code handle.holder}, {@code handle.opened}. */
    public static final String DISK_LEAKED = DISK + "/LEAKED";

    /** A card was started, or is being taken away; properties as of the service {@code org.unplug.mmc.MmcCard}. */
    public static final String CARD = "unplug/card";
    /** A unit was found, or is being taken away; properties as of the service {@code org.unplug.scsi.ScsiDevice}. */
    public static final String UNIT = "unplug/unit";
    /** Behind {@link #CARD} and {@link #UNIT}: it is there. */
    public static final String ADDED = "/ADDED";
    /** Behind {@link #CARD} and {@link #UNIT}: it goes. */
    public static final String REMOVED = "/REMOVED";

    /** A file system is mounted; properties as of its service: {@code mount.point}, {@code fs.type}, {@code disk}. */
    public static final String MOUNTED = "unplug/mount/MOUNTED";
    /** A file system was unmounted, or its disk is gone; the same properties. */
    public static final String UNMOUNTED = "unplug/mount/UNMOUNTED";

    /** A String: ORDERLY or SURPRISE, as it ended up. */
    public static final String REMOVAL_KIND = "removal.kind";
    /** A Long: from the first remover's decision to the end. */
    public static final String REMOVAL_TOTAL_NANOS = "removal.totalNanos";
    /** A Long: from refusal until nobody was inside. */
    public static final String REMOVAL_DRAIN_NANOS = "removal.drainNanos";
    /** A Long: requests inside at refusal. */
    public static final String REMOVAL_IN_FLIGHT = "removal.inFlight";
    /** A Long: of those, how many the core ended GONE. */
    public static final String REMOVAL_FAILED_GONE = "removal.failedGone";
    /** A Boolean: whether everything that was dirty was written before. */
    public static final String REMOVAL_SYNCED = "removal.synced";
    /** A Boolean: whether no thread is inside the driver. */
    public static final String REMOVAL_QUIET = "removal.quiet";
    /** A List of String: who was late. */
    public static final String REMOVAL_LAGGARDS = "removal.laggards";
    /** A List of String: what else went wrong. */
    public static final String REMOVAL_PROBLEMS = "removal.problems";

    /** A String: the holder's own name. */
    public static final String HANDLE_HOLDER = "handle.holder";
    /** A List of String: the frames that opened it, innermost first. */
    public static final String HANDLE_OPENED = "handle.opened";

    private Topics() {}
}
