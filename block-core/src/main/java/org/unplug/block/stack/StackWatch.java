package org.unplug.block.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.log.Logger;
import org.unplug.block.Disk;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskState;
import org.unplug.block.Disks;
import org.unplug.block.GoneException;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/**
 * Builds a {@link StackedDisk} whenever its lower disks' services are there, and again after it went; gives it the lower disks
 * that come back while it stands. That it goes with them is not this one's business: the stack is their holder, and the
 * removal of a lower disk tells it, and waits for it, before its service is gone.
 *
 * <p>Services are looked at on one thread of its own, so that neither the thread that adds a disk waits for a stack's reading,
 * nor do two events build two stacks. A disk that did not do is not tried again before it comes as another incarnation.
 */
public final class StackWatch implements AutoCloseable {

    private static final long CLOSE_NANOS = 30_000_000_000L;

    private final BundleContext context;
    private final Disks disks;
    private final StackPlan plan;
    private final SystemClockwork clockwork;
    private final Supplier<Logger> log;
    private final ServiceListener listener = this::changed;

    /** Guarded by this, as all below. */
    private final Set<Object> refused = new HashSet<>();

    private final List<ServiceRegistration<?>> services = new ArrayList<>();
    private StackedDisk stack;
    private boolean working;
    private boolean again;
    private boolean closed;

    /**
     * Begins to watch. The caller closes it, in {@code @Deactivate}.
     *
     * @param context of the driver's bundle, which then owns handles and services
     * @param disks got by the same bundle, which then owns the upper disk
     * @param log gives the logger of the moment, or null
     */
    public StackWatch(BundleContext context, Disks disks, StackPlan plan, Supplier<Logger> log) {
        this.context = context;
        this.disks = disks;
        this.plan = plan;
        this.clockwork = Clockwork.system("unplug-" + plan.name());
        this.log = log;
        try {
            context.addServiceListener(listener, "(objectClass=" + Disk.class.getName() + ")");
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("the filter is constant", e);
        }
        poke();
    }

    private void changed(ServiceEvent event) {
        if (event.getType() == ServiceEvent.REGISTERED) {
            poke();
        } else if (event.getType() == ServiceEvent.UNREGISTERING) {
            synchronized (this) {
                refused.remove(event.getServiceReference().getProperty(Disk.EPOCH));
            }
        }
    }

    private void poke() {
        synchronized (this) {
            again = true;
            if (working || closed) {
                return;
            }
            working = true;
        }
        clockwork.execute(plan.name() + " over " + plan.lowers(), this::work);
    }

    private void work() {
        while (takeUp()) {
            try {
                look();
            } catch (RuntimeException e) {
                // Mostly our bundle's context or the block layer that has gone under us; close() follows.
                say(Logger::warn, plan.name() + " over " + plan.lowers() + ": " + e);
            }
        }
    }

    private synchronized boolean takeUp() {
        working = again && !closed;
        again = false;
        if (!working) {
            notifyAll();
        }
        return working;
    }

    private void look() {
        Map<String, ServiceReference<Disk>> named = new LinkedHashMap<>();
        List<ServiceReference<Disk>> all = candidates();
        for (String lower : plan.lowers()) {
            all.stream()
                    .filter(r -> lower.equals(r.getProperty(Disk.NAME)))
                    .findFirst()
                    .ifPresent(r -> named.put(lower, r));
        }
        StackedDisk standing;
        synchronized (this) {
            standing = stack;
        }
        if (standing == null) {
            if (named.size() >= plan.least()) {
                build(new ArrayList<>(named.values()));
            }
        } else {
            for (ServiceReference<Disk> reference : all) {
                if (standing.misses((String) reference.getProperty(Disk.NAME), identity(reference))) {
                    join(standing, reference);
                }
            }
        }
    }

    private List<ServiceReference<Disk>> candidates() {
        Collection<ServiceReference<Disk>> there;
        try {
            there = context.getServiceReferences(Disk.class, null);
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("there is no filter", e);
        }
        synchronized (this) {
            return there.stream()
                    .filter(r -> !refused.contains(r.getProperty(Disk.EPOCH)))
                    .sorted()
                    .toList();
        }
    }

    private static Identity identity(ServiceReference<Disk> reference) {
        return new Identity(
                String.valueOf(reference.getProperty(Disk.BUS)),
                reference.getProperty(Disk.MODEL) instanceof String model ? model : "",
                reference.getProperty(Disk.SERIAL) instanceof String serial ? serial : "",
                reference.getProperty(Disk.BYTES) instanceof Long bytes ? bytes / DiskInfo.SECTOR_BYTES : 0);
    }

    private void build(List<ServiceReference<Disk>> references) {
        List<Disk> lowers = new ArrayList<>();
        try {
            for (ServiceReference<Disk> reference : references) {
                Disk disk = context.getService(reference);
                if (disk == null || disk.state() != DiskState.LIVE) {
                    return;
                }
                lowers.add(disk);
            }
            StackedDisk built = StackedDisk.build(plan, lowers, disks, clockwork, this::gone);
            if (keep(built)) {
                say(Logger::info, built.info().name() + ": " + plan.name() + " over " + names(built.below()));
            }
        } catch (GoneException gone) {
            say(Logger::info, plan.name() + ": " + gone.getMessage());
        } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
            refuse(references, plan.name() + " over " + plan.lowers() + " was not built: " + e.getMessage());
        } finally {
            // The handle is a reference of its own.
            references.forEach(context::ungetService);
        }
    }

    /** The stack stands, unless it went, or was to go, while it was built. */
    private boolean keep(StackedDisk built) {
        boolean wanted;
        synchronized (this) {
            wanted = !closed && !built.isGone();
            if (wanted) {
                stack = built;
            }
        }
        if (!wanted) {
            built.close();
            return false;
        }
        Hashtable<String, Object> properties = new Hashtable<>();
        properties.put(Disk.NAME, built.info().name());
        properties.put(Filter.NAME, plan.name());
        List<ServiceRegistration<?>> registered = new ArrayList<>();
        built.driver()
                .services()
                .forEach((type, service) ->
                        registered.add(context.registerService(type.getName(), service, properties)));
        synchronized (this) {
            if (stack == built) {
                services.addAll(registered);
                return true;
            }
        }
        registered.forEach(this::unregister);
        return false;
    }

    private void unregister(ServiceRegistration<?> service) {
        try {
            service.unregister();
        } catch (IllegalStateException stopped) {
            // The framework was faster: our bundle has stopped.
            say(Logger::debug, plan.name() + ": " + stopped.getMessage());
        }
    }

    private void join(StackedDisk standing, ServiceReference<Disk> reference) {
        try {
            Disk disk = context.getService(reference);
            if (disk != null && disk.state() == DiskState.LIVE) {
                standing.join(disk);
                say(Logger::info, standing.info().name() + ": " + disk.info().name() + " is in");
            }
        } catch (GoneException gone) {
            say(Logger::info, standing.info().name() + ": " + gone.getMessage());
        } catch (IOException | IllegalArgumentException e) {
            refuse(
                    List.of(reference),
                    standing.info().name() + " refuses " + reference.getProperty(Disk.NAME) + ": " + e.getMessage());
        } finally {
            context.ungetService(reference);
        }
    }

    private void refuse(List<ServiceReference<Disk>> references, String line) {
        synchronized (this) {
            references.forEach(r -> refused.add(r.getProperty(Disk.EPOCH)));
        }
        say(Logger::error, line);
    }

    private static String names(List<DiskInfo> disks) {
        return String.join(", ", disks.stream().map(DiskInfo::name).toList());
    }

    private void say(BiConsumer<Logger, String> level, String line) {
        Logger logger = log.get();
        if (logger != null) {
            level.accept(logger, line);
        }
    }

    /** The stack went, whoever caused it. The disks that are left may do for another. */
    private void gone() {
        StackedDisk went;
        List<ServiceRegistration<?>> mine;
        synchronized (this) {
            went = stack;
            stack = null;
            mine = new ArrayList<>(services);
            services.clear();
        }
        mine.forEach(this::unregister);
        if (went != null && !went.problem().isEmpty()) {
            say(Logger::warn, went.problem());
        }
        poke();
    }

    /** The stack that stands now, or null. */
    public synchronized StackedDisk stack() {
        return stack;
    }

    /** Removes the stack in order; blocks as long as that does, and a building that is under way. Idempotent. */
    @Override
    public void close() {
        context.removeServiceListener(listener);
        StackedDisk standing;
        synchronized (this) {
            closed = true;
            clockwork.awaitUntil(this, clockwork.nanoTime() + CLOSE_NANOS, () -> !working);
            standing = stack;
        }
        if (standing != null) {
            standing.close();
        }
        clockwork.close();
    }
}
