package org.unplug.scsi.internal.midlayer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.unplug.block.Removal;
import org.unplug.ref.Clockwork;
import org.unplug.scsi.DeviceRemovalReport;
import org.unplug.scsi.HostRemovalReport;
import org.unplug.scsi.ScsiBus;
import org.unplug.scsi.ScsiHostInfo;
import org.unplug.scsi.spi.ScsiHost;

/** The mid layer: the adapters, and what each of their parts needs from outside. */
public final class Core implements ScsiBus {

    private static final int REMEMBERED = 256;

    private final Clockwork clockwork;
    private final Timing timing;
    private final Journal journal;
    private final UpperDriver upper;
    private final Publisher publisher;
    private final AtomicInteger numbers = new AtomicInteger();
    private final List<Host> hosts = new CopyOnWriteArrayList<>();
    private final Deque<HostRemovalReport> removed = new ArrayDeque<>();

    public Core(Clockwork clockwork, Timing timing, Journal journal, UpperDriver upper, Publisher publisher) {
        this.clockwork = clockwork;
        this.timing = timing;
        this.journal = journal;
        this.upper = upper;
        this.publisher = publisher;
    }

    /** Attaches an adapter and has it scanned on a thread of its own; never blocks, nor calls the driver. */
    public Host attach(ScsiHost lld, String driver) {
        Host host = new Host(numbers.getAndIncrement(), lld, driver, this);
        hosts.add(host);
        host.start();
        return host;
    }

    /** Removes an adapter in order; when this returns nobody is inside its driver, and nobody will enter. Bounded. */
    public HostRemovalReport detach(Host host) {
        return remove(host, Removal.ORDERLY);
    }

    private HostRemovalReport remove(Host host, Removal kind) {
        HostRemovalReport report = host.remove(kind);
        if (hosts.remove(host)) {
            synchronized (removed) {
                removed.add(report);
                if (removed.size() > REMEMBERED) {
                    removed.remove();
                }
            }
            if (report.quiet() && report.problems().isEmpty()) {
                journal.info(report.summary());
            } else {
                journal.warn(report.summary());
            }
        }
        return report;
    }

    @Override
    public List<ScsiHostInfo> hosts() {
        return hosts.stream().map(Host::info).toList();
    }

    @Override
    public List<HostRemovalReport> removedHosts() {
        synchronized (removed) {
            return new ArrayList<>(removed);
        }
    }

    private Optional<Host> host(int number) {
        return hosts.stream().filter(host -> host.number() == number).findFirst();
    }

    @Override
    public void rescan(int number) {
        host(number).ifPresent(Host::rescan);
    }

    @Override
    public Optional<HostRemovalReport> removeHost(int number, Removal kind) {
        return host(number).map(host -> remove(host, kind));
    }

    @Override
    public List<DeviceRemovalReport> removeTarget(int number, int channel, int target, Removal kind) {
        return host(number)
                .map(host -> Removals.all(host, host.devicesOf(channel, target), kind, journal::warn))
                .orElse(List.of());
    }

    @Override
    public boolean settle(long timeoutMs) {
        long deadline = clockwork.nanoTime() + Timing.nanos(timeoutMs);
        for (Host host : hosts) {
            if (!host.scan().awaitIdle(deadline)) {
                return false;
            }
        }
        return true;
    }

    Clockwork clockwork() {
        return clockwork;
    }

    Timing timing() {
        return timing;
    }

    Journal journal() {
        return journal;
    }

    UpperDriver upper() {
        return upper;
    }

    Publisher publisher() {
        return publisher;
    }
}
