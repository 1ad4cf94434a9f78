package org.unplug.lab.museum.internal.osgi;

import java.util.Hashtable;
import java.util.List;
import java.util.function.Consumer;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.unplug.block.Disk;
import org.unplug.block.Disks;
import org.unplug.lab.museum.internal.disk.Museum;
import org.unplug.lab.museum.internal.disk.Pace;
import org.unplug.lab.museum.internal.memory.Oops;
import org.unplug.lab.museum.internal.memory.Slab;
import org.unplug.lab.museum.internal.protocol.Era;
import org.unplug.ref.Clockwork;

/**
 * One era shown in a framework. For the stacks that it covers it is the block layer: a {@link Disks} that ranks above ours, which they
 * find when they are started again - their cards and units come back as exhibits. Every other bundle gets ours from the same service.
 * Closing it lets everybody go, and the stacks find ours again by themselves.
 */
final class Exhibition implements AutoCloseable {

    /** Service property of a block layer that is not ours: the era. */
    static final String ERA = "museum.era";

    private static final int RANKING = 1000;
    private static final String MMC = "org.unplug.mmc-host";
    private static final String SCSI = "org.unplug.scsi-core";

    private final BundleContext context;
    private final ServiceReference<Disks> ours;
    private final Slab slab;
    private final Museum museum;
    private ServiceRegistration<Disks> registration;

    /**
     * Not open yet.
     *
     * @param ours the block layer that is replaced
     */
    Exhibition(
            BundleContext context, ServiceReference<Disks> ours, Era era, Clockwork clockwork, Consumer<Oops> console) {
        this.context = context;
        this.ours = ours;
        slab = new Slab(era.title(), console);
        museum = new Museum(era, clockwork, slab, this::publish, Pace.NONE);
    }

    Era era() {
        return museum.era();
    }

    /** What the era has allocated and not released. */
    List<String> memory() {
        return slab.live();
    }

    /**
     * Puts it in the place of ours. Stops and starts the bundles of the stacks that it covers, which removes their disks in order.
     *
     * @throws BundleException if one of them does not start again
     */
    void open() throws BundleException {
        Hashtable<String, Object> properties = new Hashtable<>();
        properties.put(Constants.SERVICE_RANKING, RANKING);
        properties.put(ERA, era().id());
        registration = context.registerService(Disks.class, new PerBundle(), properties);
        for (Bundle bundle : context.getBundles()) {
            if (covers(bundle) && bundle.getState() == Bundle.ACTIVE) {
                bundle.stop(Bundle.STOP_TRANSIENT);
                bundle.start(Bundle.START_TRANSIENT);
            }
        }
    }

    private boolean covers(Bundle bundle) {
        return MMC.equals(bundle.getSymbolicName()) && era().bus().covers("mmc")
                || SCSI.equals(bundle.getSymbolicName()) && era().bus().covers("scsi");
    }

    private Runnable publish(Disk disk) {
        Hashtable<String, Object> properties = new Hashtable<>();
        properties.put(Disk.NAME, disk.info().name());
        properties.put(Disk.BYTES, disk.info().capacityBytes());
        properties.put(Disk.BUS, disk.info().bus());
        properties.put(Disk.DRIVER, disk.info().driver());
        properties.put(Disk.REMOVABLE, disk.info().removable());
        properties.put(Disk.READ_ONLY, disk.info().readOnly());
        properties.put(Disk.EPOCH, disk.info().epoch());
        if (!disk.info().parent().isEmpty()) {
            properties.put(Disk.PARENT, disk.info().parent());
        }
        ServiceRegistration<Disk> published = context.registerService(Disk.class, disk, properties);
        return () -> {
            try {
                published.unregister();
            } catch (IllegalStateException unregisteredByFramework) {
                // This bundle is past its stop.
            }
        };
    }

    @Override
    public void close() {
        museum.close();
        try {
            registration.unregister();
        } catch (IllegalStateException unregisteredByFramework) {
            // This bundle is past its stop.
        }
    }

    private final class PerBundle implements ServiceFactory<Disks> {
        @Override
        public Disks getService(Bundle bundle, ServiceRegistration<Disks> mine) {
            return covers(bundle) ? museum : bundle.getBundleContext().getService(ours);
        }

        @Override
        public void ungetService(Bundle bundle, ServiceRegistration<Disks> mine, Disks service) {
            BundleContext theirs = bundle.getBundleContext();
            if (!covers(bundle) && theirs != null) {
                theirs.ungetService(ours);
            }
        }
    }
}
