package org.unplug.lab.internal.rig;

import java.io.IOException;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.unplug.block.Disk;
import org.unplug.block.DiskStatus;
import org.unplug.block.Disks;
import org.unplug.fs.MountTable;
import org.unplug.ref.Clockwork;

/**
 * The framework as the laboratory uses it: services found when they are needed, since any of them may have gone, bundles by
 * name, and waiting with a bound.
 */
public final class World {

    private static final long POLL_NANOS = 500_000;
    private static final long SERVICE_MS = 10_000;

    private final BundleContext context;
    private final Clockwork clockwork;

    public World(BundleContext context, Clockwork clockwork) {
        this.context = context;
        this.clockwork = clockwork;
    }

    public BundleContext context() {
        return context;
    }

    public Clockwork clockwork() {
        return clockwork;
    }

    public Disks disks() throws IOException {
        return service(Disks.class, null);
    }

    public MountTable mounts() throws IOException {
        return service(MountTable.class, null);
    }

    /**
     * A service, as soon as there is one.
     *
     * @param filter in LDAP syntax, or null
     * @throws IOException if none came in time
     */
    public <T> T service(Class<T> type, String filter) throws IOException {
        return type.cast(service(type.getName(), filter));
    }

    /** The same by the name of the type, which this bundle need not see. */
    public Object service(String type, String filter) throws IOException {
        return await(() -> find(type, filter), SERVICE_MS)
                .orElseThrow(() -> new IOException("no service " + type + (filter == null ? "" : " with " + filter)
                        + " within " + SERVICE_MS / 1000 + " s"));
    }

    /** A service that is there now. */
    public Optional<Object> find(String type, String filter) {
        try {
            ServiceReference<?>[] found = context.getAllServiceReferences(type, filter);
            if (found != null) {
                for (ServiceReference<?> reference : found) {
                    Object service = context.getService(reference);
                    if (service != null) {
                        return Optional.of(service);
                    }
                }
            }
            return Optional.empty();
        } catch (InvalidSyntaxException e) {
            throw new IllegalArgumentException(filter, e);
        }
    }

    /** The parts of a disk that are there now, by their place. */
    public List<Disk> parts(String parent) {
        try {
            Collection<ServiceReference<Disk>> found =
                    context.getServiceReferences(Disk.class, "(" + Disk.PARENT + "=" + parent + ")");
            return found.stream()
                    .map(context::getService)
                    .filter(d -> d != null)
                    .sorted(Comparator.comparingLong(d -> d.info().startSector()))
                    .toList();
        } catch (InvalidSyntaxException e) {
            throw new IllegalArgumentException(parent, e);
        }
    }

    /** How a disk's incarnation stands, if it is not released. */
    public Optional<DiskStatus> status(long epoch) throws IOException {
        return disks().list().stream().filter(s -> s.info().epoch() == epoch).findFirst();
    }

    public Bundle bundle(String symbolicName) throws IOException {
        for (Bundle bundle : context.getBundles()) {
            if (symbolicName.equals(bundle.getSymbolicName())) {
                return bundle;
            }
        }
        throw new IOException("bundle " + symbolicName + " is not installed");
    }

    /** Waits for something to be there. */
    public <T> Optional<T> await(Supplier<Optional<T>> look, long timeoutMs) {
        long deadline = clockwork.nanoTime() + timeoutMs * 1_000_000;
        Optional<T> found = look.get();
        while (found.isEmpty() && clockwork.nanoTime() < deadline) {
            pauseNanos(POLL_NANOS);
            found = look.get();
        }
        return found;
    }

    /** Waits for something to be so; false if it was not in time. */
    public boolean until(BooleanSupplier condition, long timeoutMs) {
        return await(() -> condition.getAsBoolean() ? Optional.of(true) : Optional.empty(), timeoutMs)
                .isPresent();
    }

    /** Lets the load run for a time. */
    public void pauseNanos(long nanos) {
        long until = clockwork.nanoTime() + nanos;
        Object pause = new Object();
        synchronized (pause) {
            clockwork.awaitUntil(pause, until, () -> false);
        }
    }
}
