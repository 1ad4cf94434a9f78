package org.unplug.block.internal.osgi;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.unplug.block.Disk;
import org.unplug.block.DiskControl;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskListener;
import org.unplug.block.DiskStatistics;
import org.unplug.block.Disks;
import org.unplug.block.Leak;
import org.unplug.block.PartitionTable;
import org.unplug.block.RemovalReport;
import org.unplug.block.TraceEvent;
import org.unplug.block.internal.genhd.DiskEvents;
import org.unplug.block.internal.genhd.DiskTable;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.internal.genhd.OwnedDisks;
import org.unplug.block.internal.genhd.Owner;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.FilterRegistration;
import org.unplug.block.spi.IoScheduler;
import org.unplug.block.stack.Filter;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Leaks;
import org.unplug.ref.SystemClockwork;
import org.unplug.whiteboard.Whiteboard;

/** Starts the block layer with its bundle: registers {@link Disks}, publishes disks, watches their owners. */
@Component(
        service = {},
        immediate = true)
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>='org.unplug.block.Disks'")
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>='org.unplug.block.Disk'")
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>='org.unplug.block.DiskControl'")
public final class BlockLayer implements DiskEvents {

    private final BundleContext context;
    private final SystemClockwork clockwork = Clockwork.system("unplug-block");
    private final DiskTable table = new DiskTable(clockwork, this);
    private final Owners owners = new Owners(clockwork, table::putAllBy);
    private final Whiteboard<IoScheduler, IoScheduler> strangers;
    private final Whiteboard<Filter, Filter> filters;
    private final ServiceRegistration<Disks> registration;
    private final ServiceRegistration<DiskControl> control;

    @Reference(
            service = LoggerFactory.class,
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC)
    private volatile Logger log;

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    private volatile List<DiskListener> listeners = List.of();

    private final Announcements announcements = new Announcements(clockwork, () -> listeners, this::problem);

    @Activate
    public BlockLayer(BundleContext context) {
        this.context = context;
        context.addBundleListener(owners);
        strangers = new Whiteboard<>(context, IoScheduler.class, new SchedulerBus());
        strangers.open();
        filters = new Whiteboard<>(context, Filter.class, new FilterBus());
        filters.open();
        registration = context.registerService(Disks.class, new DisksFactory(), null);
        control = context.registerService(DiskControl.class, new ControlFactory(), null);
    }

    /** Users of Disks let go first, which removes most disks; what is left is removed here, orderly. */
    @Deactivate
    void stop() {
        control.unregister();
        registration.unregister();
        table.close();
        strangers.close();
        filters.close();
        context.removeBundleListener(owners);
        announcements.close();
        clockwork.close();
    }

    /** Schedulers of strangers: when one goes, its queues fall back to none before its bundle has stopped. */
    private final class SchedulerBus implements Whiteboard.Bus<IoScheduler, IoScheduler> {
        @Override
        public IoScheduler attach(IoScheduler scheduler, ServiceReference<IoScheduler> reference) {
            table.schedulers().add(scheduler);
            return scheduler;
        }

        @Override
        public void detach(IoScheduler scheduler) {
            table.schedulers().remove(scheduler);
        }
    }

    /** Filters: each belongs to the bundle of its service, and is taken out of all queues when that goes. */
    private final class FilterBus implements Whiteboard.Bus<Filter, Filter> {
        @Override
        public Filter attach(Filter filter, ServiceReference<Filter> reference) {
            Bundle bundle = reference.getBundle();
            BundleContext itsContext = bundle == null ? null : bundle.getBundleContext();
            if (itsContext != null) {
                table.filters().add(owners.of(bundle), filter, new FilterServices(itsContext));
            }
            return filter;
        }

        @Override
        public void detach(Filter filter) {
            table.filters().remove(filter);
        }
    }

    private final class DisksFactory implements ServiceFactory<Disks> {
        @Override
        public Disks getService(Bundle bundle, ServiceRegistration<Disks> ignored) {
            return new OwnedDisks(table, owners.of(bundle));
        }

        @Override
        public void ungetService(Bundle bundle, ServiceRegistration<Disks> ignored, Disks service) {
            // A bundle owns its disks until it stops, whether or not it keeps this service.
        }
    }

    private final class ControlFactory implements ServiceFactory<DiskControl> {
        @Override
        public DiskControl getService(Bundle bundle, ServiceRegistration<DiskControl> ignored) {
            return new BundleControl(table, owners.of(bundle));
        }

        @Override
        public void ungetService(Bundle bundle, ServiceRegistration<DiskControl> ignored, DiskControl service) {
            // What a bundle put into a queue it owns until it stops.
        }
    }

    private record BundleControl(DiskTable table, Owner owner) implements DiskControl {
        @Override
        public PartitionTable partitions(String disk) throws IOException {
            return table.partitions().read(table.existing(disk));
        }

        @Override
        public void partition(String disk, PartitionTable wanted) throws IOException {
            table.partitions().write(table.existing(disk), wanted);
        }

        @Override
        public void schedule(String disk, String scheduler) {
            table.schedule(disk, scheduler);
        }

        @Override
        public List<String> schedulers() {
            return table.schedulers().names();
        }

        @Override
        public FilterRegistration insert(String disk, String name, Function<DiskHandle, DiskDriver> filter) {
            return table.insert(owner, disk, name, filter);
        }

        @Override
        public FilterRegistration insert(String disk, String filter, Map<String, ?> options) {
            return table.filters().insert(disk, filter, options);
        }

        @Override
        public boolean remove(String disk, String filter) {
            return table.takeOut(disk, filter);
        }

        @Override
        public List<String> filters() {
            return table.filters().names();
        }

        @Override
        public List<Leaks.Held> holders(String disk) {
            return table.existing(disk).holders();
        }

        @Override
        public List<Leak> leaks() {
            return table.leaked();
        }

        @Override
        public Leaks.Level tracking() {
            return table.leaks().level();
        }

        @Override
        public void track(Leaks.Level level) {
            table.leaks().setLevel(level);
        }

        @Override
        public DiskStatistics statistics(String disk) {
            return table.existing(disk).statistics();
        }

        @Override
        public AutoCloseable trace(String disk, Consumer<TraceEvent> to) {
            return table.existing(disk).trace(to);
        }
    }

    @Override
    public Published publish(Gendisk disk) {
        ServiceRegistration<Disk> published =
                context.registerService(Disk.class, new DiskService(disk, owners), DiskService.properties(disk.info()));
        return new Published() {
            @Override
            public void withdraw() {
                published.unregister();
                // Felix forgets to unget a factory's service that was fetched three times or more.
                disk.putByAll();
            }

            @Override
            public void changed() {
                published.setProperties(DiskService.properties(disk.info()));
            }
        };
    }

    @Override
    public void added(DiskInfo disk) {
        announcements.tell(listener -> listener.added(disk));
        Logger logger = log;
        if (logger != null) {
            logger.info(
                    "{}: {} sectors of 512 bytes on {}{}{}, driver {}",
                    disk.name(),
                    disk.capacitySectors(),
                    disk.bus(),
                    disk.readOnly() ? ", read-only" : "",
                    disk.removable() ? ", removable" : "",
                    disk.driver());
        }
    }

    @Override
    public void resized(DiskInfo disk) {
        announcements.tell(listener -> listener.resized(disk));
        Logger logger = log;
        if (logger != null) {
            logger.info("{}: {} sectors of 512 bytes now", disk.name(), disk.capacitySectors());
        }
    }

    @Override
    public void removed(RemovalReport report) {
        announcements.tell(listener -> listener.removed(report));
        Logger logger = log;
        if (logger == null) {
            return;
        }
        if (report.laggards().isEmpty() && report.problems().isEmpty()) {
            logger.info("{}", report.summary());
        } else {
            logger.warn("{}", report.summary());
        }
    }

    @Override
    public void released(DiskInfo disk) {
        announcements.tell(listener -> listener.released(disk));
        Logger logger = log;
        if (logger != null) {
            logger.debug("{}: released", disk.name());
        }
    }

    @Override
    public void fault(String line) {
        announcements.tell(listener -> listener.fault(line));
        problem(line);
    }

    private void problem(String line) {
        Logger logger = log;
        if (logger != null) {
            logger.error("{}", line);
        }
    }

    @Override
    public void leaked(Leaks.Held held) {
        announcements.tell(listener -> listener.leaked(held));
        Logger logger = log;
        if (logger != null) {
            logger.warn(
                    "{} of {} ({}) was never closed, opened at {}; closed for it",
                    held.what(),
                    held.owner(),
                    held.holder(),
                    held.where());
        }
    }
}
