package org.unplug.fs.internal.mount;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Map;
import java.util.function.Supplier;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.service.log.Logger;
import org.unplug.block.Disk;
import org.unplug.block.Disks;
import org.unplug.block.stack.Filter;
import org.unplug.block.stack.StackPlan;
import org.unplug.block.stack.StackWatch;
import org.unplug.ref.Clockwork;

/** The filter {@code hold}, a service of its driver, as a disk for one mount. */
final class HoldPatience implements Patience {
    private static final long BUILD_NANOS = 20_000_000_000L;

    private final BundleContext context;
    private final Supplier<Disks> disks;
    private final Supplier<Filter> hold;
    private final Clockwork clockwork;
    private final Logger log;

    /**
     * @param disks gives the block layer of the moment, or null
     * @param hold gives the filter of the moment, or null
     */
    HoldPatience(BundleContext context, Supplier<Disks> disks, Supplier<Filter> hold, Clockwork clockwork, Logger log) {
        this.context = context;
        this.disks = disks;
        this.hold = hold;
        this.clockwork = clockwork;
        this.log = log;
    }

    @Override
    public Held over(String disk, long waitMs) throws IOException {
        Filter filter = hold.get();
        Disks layer = disks.get();
        if (filter == null || layer == null) {
            return Patience.none().over(disk, waitMs);
        }
        Map<String, ?> options = Map.of("disk", disk, "waitMs", Long.toString(waitMs));
        StackPlan plan = StackPlan.of(filter, options);
        // Kinds of disk are named like devices: letters, then a number that the block layer gives.
        String kind = "held-" + disk + "-";
        StackPlan named = new StackPlan(kind, plan.lowers(), plan.least(), plan.maker());
        Arrival arrival = new Arrival(kind);
        StackWatch watch = new StackWatch(context, layer, named, () -> log);
        String upper;
        try {
            upper = arrival.await();
        } finally {
            context.removeServiceListener(arrival);
        }
        if (upper == null) {
            watch.close();
            throw new FileSystemException(disk, null, "mount option resume: no disk came to be over it");
        }
        return new Held() {
            @Override
            public String disk() {
                return upper;
            }

            @Override
            public void close() {
                try {
                    watch.close();
                } catch (IllegalStateException stopped) {
                    // Our bundle has stopped, and the block layer has removed what was the bundle's.
                }
            }
        };
    }

    /** Waits for the disk of a kind that nobody else makes. */
    private final class Arrival implements ServiceListener {
        private String name;

        Arrival(String bus) {
            try {
                context.addServiceListener(
                        this,
                        "(&(" + Constants.OBJECTCLASS + "=" + Disk.class.getName() + ")(" + Disk.BUS + "=" + bus
                                + "))");
            } catch (InvalidSyntaxException e) {
                throw new IllegalArgumentException("the name of disk " + bus + " makes no filter", e);
            }
        }

        @Override
        public synchronized void serviceChanged(ServiceEvent event) {
            if (event.getType() == ServiceEvent.REGISTERED) {
                name = (String) event.getServiceReference().getProperty(Disk.NAME);
                notifyAll();
            }
        }

        synchronized String await() {
            clockwork.awaitUntil(this, clockwork.nanoTime() + BUILD_NANOS, () -> name != null);
            return name;
        }
    }
}
