package org.unplug.mmc.internal.bus;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.osgi.framework.ServiceReference;
import org.unplug.block.Disks;
import org.unplug.mmc.MmcHosts;
import org.unplug.mmc.TraceEntry;
import org.unplug.mmc.internal.port.CoreLog;
import org.unplug.mmc.spi.MmcHost;
import org.unplug.ref.Clockwork;
import org.unplug.whiteboard.Whiteboard;

/** All adapters, named mmc0, mmc1, ... by the lowest number that is free. */
public final class MmcBus implements Whiteboard.Bus<MmcHost, HostController>, MmcHosts {

    private volatile Settings settings;
    private final Clockwork clockwork;
    private final Disks disks;
    private final CardPublisher publisher;
    private final CoreLog log;
    private final TreeMap<Integer, HostController> hosts = new TreeMap<>();

    public MmcBus(Settings settings, Clockwork clockwork, Disks disks, CardPublisher publisher, CoreLog log) {
        this.settings = settings;
        this.clockwork = clockwork;
        this.disks = disks;
        this.publisher = publisher;
        this.log = log;
    }

    /** Other times from now on; a wait that is under way is not changed, and no card is touched. */
    public void change(Settings now) {
        settings = now;
    }

    private Settings settings() {
        return settings;
    }

    @Override
    public HostController attach(MmcHost adapter, ServiceReference<MmcHost> reference) {
        Object slot = reference.getProperty(MmcHost.SLOT);
        return attach(adapter, slot == null ? "" : slot.toString());
    }

    /** Takes an adapter into use; what follows happens on its own context. */
    public HostController attach(MmcHost adapter, String slot) {
        HostController controller;
        synchronized (hosts) {
            int number = 0;
            while (hosts.containsKey(number)) {
                number++;
            }
            controller =
                    new HostController("mmc" + number, slot, adapter, this::settings, clockwork, disks, publisher, log);
            hosts.put(number, controller);
        }
        controller.attach();
        return controller;
    }

    @Override
    public List<Host> list() {
        List<HostController> now;
        synchronized (hosts) {
            now = new ArrayList<>(hosts.values());
        }
        return now.stream()
                .map(host -> {
                    ActiveCard card = host.card();
                    return new Host(host.name(), host.slot(), host.state().name(), card == null ? "" : card.disk());
                })
                .toList();
    }

    @Override
    public List<TraceEntry> startup(String host) {
        return known(host).trace().startup();
    }

    @Override
    public List<TraceEntry> recent(String host) {
        return known(host).trace().recent();
    }

    private HostController known(String name) {
        synchronized (hosts) {
            return hosts.values().stream()
                    .filter(host -> host.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("there is no adapter " + name));
        }
    }

    @Override
    public void detach(HostController controller) {
        remove(controller);
    }

    /** Lets an adapter go; see {@link HostController#detach}. */
    public HostController.HostRemoval remove(HostController controller) {
        HostController.HostRemoval removal = controller.detach();
        synchronized (hosts) {
            hosts.values().remove(controller);
        }
        return removal;
    }
}
