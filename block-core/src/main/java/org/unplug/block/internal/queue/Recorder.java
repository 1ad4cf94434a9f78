package org.unplug.block.internal.queue;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.EventType;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.unplug.block.BlockStatus;
import org.unplug.block.RemovalReport;

/**
 * Events for the Java flight recorder. Off, they cost a flag; where the runtime has no flight recorder they are not there at
 * all.
 *
 * <p>The recorder has an event's class refer to classes of its own: on JDK 17 one that it makes at run time, in
 * {@code jdk.jfr.internal.handlers}, on later ones those of {@code jdk.jfr.internal.event}. A bundle sees them only where the framework
 * delegates {@code jdk.jfr.internal.*} to the boot class path; where it does not, there are no events, and requests go on.
 */
public final class Recorder {

    private static volatile boolean usable = isThere();

    private Recorder() {}

    private static boolean isThere() {
        try {
            Class.forName("jdk.jfr.Event", false, Recorder.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    /** The first use of an event's class is where it may turn out that it cannot be used. */
    static boolean wantsRequests() {
        try {
            return usable && RequestEvent.TYPE.isEnabled();
        } catch (LinkageError unreachable) {
            usable = false;
            return false;
        }
    }

    private static boolean wantsRemovals() {
        try {
            return usable && RemovalEvent.TYPE.isEnabled();
        } catch (LinkageError unreachable) {
            usable = false;
            return false;
        }
    }

    private static void commit(Runnable making) {
        try {
            making.run();
        } catch (LinkageError unreachable) {
            usable = false;
        }
    }

    static void request(Tag tag, BlockStatus status, String disk, long latencyNanos) {
        commit(() -> {
            RequestEvent event = new RequestEvent();
            event.disk = disk;
            event.operation = tag.op().name();
            event.sector = tag.sector();
            event.sectors = tag.sectors();
            event.status = status.name();
            event.latency = latencyNanos;
            event.commit();
        });
    }

    /** A removal is over. */
    public static void removal(RemovalReport report) {
        if (wantsRemovals()) {
            commit(() -> {
                RemovalEvent event = new RemovalEvent();
                event.disk = report.disk().name();
                event.kind = report.kind().name();
                event.sync = report.syncNanos();
                event.drain = report.drainNanos();
                event.total = report.totalNanos();
                event.inFlight = report.inFlight();
                event.failedGone = report.failedGone();
                event.quiet = report.quiet();
                event.commit();
            });
        }
    }

    /** A request that the driver completed. */
    @Name("org.unplug.block.Request")
    @Label("Block Request")
    @Category({"Unplug", "Block"})
    @StackTrace(false)
    static final class RequestEvent extends Event {
        static final EventType TYPE = EventType.getEventType(RequestEvent.class);

        @Label("Disk")
        String disk;

        @Label("Operation")
        String operation;

        @Label("Sector")
        long sector;

        @Label("Sectors")
        long sectors;

        @Label("Status")
        String status;

        @Label("Latency")
        @Description("From the issue of its batch to its completion")
        @Timespan(Timespan.NANOSECONDS)
        long latency;
    }

    /** A removal, from the first remover's decision to DEAD. */
    @Name("org.unplug.block.Removal")
    @Label("Disk Removal")
    @Category({"Unplug", "Block"})
    @StackTrace(false)
    static final class RemovalEvent extends Event {
        static final EventType TYPE = EventType.getEventType(RemovalEvent.class);

        @Label("Disk")
        String disk;

        @Label("Kind")
        String kind;

        @Label("Sync")
        @Timespan(Timespan.NANOSECONDS)
        long sync;

        @Label("Drain")
        @Timespan(Timespan.NANOSECONDS)
        long drain;

        @Label("Total")
        @Timespan(Timespan.NANOSECONDS)
        long total;

        @Label("In Flight")
        long inFlight;

        @Label("Failed GONE")
        long failedGone;

        @Label("Quiet")
        boolean quiet;
    }
}
