package org.unplug.lab.internal.rig;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;
import org.unplug.block.Disk;
import org.unplug.lab.internal.contract.Moment;
import org.unplug.lab.internal.load.Witness;

/** The diary of one removal: what services and holders of ours saw, and when. */
final class Moments implements ServiceListener {

    private final World world;
    private final Station station;
    private final String disk;
    private final String adapter;
    private final List<Stamped> seen = new ArrayList<>();

    private record Stamped(Moment.Where where, long nanos, String text) {}

    Moments(World world, Station station) {
        this.world = world;
        this.station = station;
        disk = station.whole().info().name();
        adapter = station.side().adapterType();
    }

    void open() {
        world.context().addServiceListener(this);
    }

    void close() {
        world.context().removeServiceListener(this);
    }

    @Override
    public void serviceChanged(ServiceEvent event) {
        if (event.getType() != ServiceEvent.UNREGISTERING) {
            return;
        }
        long now = world.clockwork().nanoTime();
        ServiceReference<?> reference = event.getServiceReference();
        String type = ((String[]) reference.getProperty(Constants.OBJECTCLASS))[0];
        String name = String.valueOf(reference.getProperty(Disk.NAME));
        if (type.equals(Disk.class.getName()) && name.startsWith(disk)) {
            add(Moment.Where.CORE, now, "Disk service " + name + " unregistering");
        } else if (type.equals(adapter)) {
            add(Moment.Where.DRIVER, now, type.substring(type.lastIndexOf('.') + 1) + " service unregistering");
        }
    }

    void add(Moment.Where where, long nanos, String text) {
        synchronized (seen) {
            seen.add(new Stamped(where, nanos, text));
        }
    }

    /** Everything, in order, relative to the beginning. */
    List<Moment> since(long beganNanos) {
        for (Witness witness : station.witnesses()) {
            addIf(Moment.Where.HOLDERS, witness.syncedNanos(), witness.holderName() + ": sync()");
            addIf(
                    Moment.Where.HOLDERS,
                    witness.toldNanos(),
                    witness.holderName() + ": markDead "
                            + witness.saw().kinds().stream()
                                    .findFirst()
                                    .map(Enum::name)
                                    .orElse(""));
        }
        addIf(Moment.Where.CORE, station.ledger().firstGoneNanos(), "first request ends GONE");
        if (station.errors() != null) {
            addIf(Moment.Where.HOLDERS, station.errors().firstFailureNanos(), "files: " + shortest());
        }
        synchronized (seen) {
            return seen.stream()
                    .sorted(Comparator.comparingLong(Stamped::nanos))
                    .map(s -> new Moment(s.where, s.nanos - beganNanos, s.text))
                    .toList();
        }
    }

    private String shortest() {
        return station.errors().failures().keySet().stream()
                .findFirst()
                .map(n -> n.substring(n.lastIndexOf('.') + 1))
                .orElse("?");
    }

    private void addIf(Moment.Where where, long nanos, String text) {
        if (nanos != 0) {
            add(where, nanos, text);
        }
    }
}
