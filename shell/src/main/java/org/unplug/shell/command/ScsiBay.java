package org.unplug.shell.command;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.log.LogReaderService;
import org.unplug.scsi.DeviceRemovalReport;
import org.unplug.scsi.ScsiBus;
import org.unplug.scsi.ScsiDevice;
import org.unplug.scsi.ScsiHostInfo;
import org.unplug.scsi.debug.LunInfo;
import org.unplug.scsi.debug.LunSpec;
import org.unplug.scsi.debug.ScsiDebug;

/**
 * The simulated SCSI adapters. A place is an adapter, as "scsi-debug", which takes the next unit that is free, or one of its
 * units, as "scsi-debug:0:1", target and lun.
 */
@Component
public final class ScsiBay implements Bay {

    private static final Pattern PLACE = Pattern.compile("(.+?)(?::(\\d{1,4}):(\\d{1,5}))?");

    private final ScsiBus bus;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private volatile LogReaderService log;

    private final Map<ScsiDebug, Bundle> adapters = new ConcurrentHashMap<>();

    @Activate
    public ScsiBay(@Reference ScsiBus bus) {
        this.bus = bus;
    }

    @Reference(cardinality = ReferenceCardinality.AT_LEAST_ONE, policy = ReferencePolicy.DYNAMIC)
    void addAdapter(ScsiDebug adapter, ServiceReference<ScsiDebug> reference) {
        adapters.put(adapter, reference.getBundle());
    }

    void removeAdapter(ScsiDebug adapter) {
        adapters.remove(adapter);
    }

    @Override
    public List<String> places() {
        return adapters.keySet().stream().map(ScsiDebug::name).sorted().toList();
    }

    @Override
    public boolean isPlace(String name) {
        return adapter(name).isPresent();
    }

    @Override
    public boolean hasDisk(String disk) {
        return device(disk).isPresent();
    }

    @Override
    public String disk(String name) throws IOException {
        return find(name).disk();
    }

    @Override
    public Inserted insert(String place, Medium medium) throws IOException {
        ScsiDebug adapter = adapter(place).orElseThrow(() -> new IOException(place + ": no such adapter"));
        LunSpec spec = medium.image() == null
                ? LunSpec.ram(medium.bytes())
                : LunSpec.image(medium.image().toAbsolutePath().toString());
        Matcher parts = parts(place);
        if (parts.group(2) != null) {
            spec = spec.at(Integer.parseInt(parts.group(2)), Long.parseLong(parts.group(3)));
        }
        if (medium.image() != null && medium.bytes() > 0 && !Files.exists(medium.image())) {
            HostFiles.makeSparse(medium.image(), medium.bytes());
        }
        LunSpec wanted =
                spec.withReadOnly(medium.readOnly()).withRemovable(true).withLatencyMicros(medium.latencyMicros());
        return start(adapter, () -> adapter.insert(wanted));
    }

    @Override
    public Inserted putBack(String place) throws IOException {
        ScsiDebug adapter = adapter(place).orElseThrow(() -> new IOException(place + ": no such adapter"));
        Matcher parts = parts(place);
        boolean named = parts.group(2) != null;
        int target = named ? Integer.parseInt(parts.group(2)) : LunSpec.NEXT;
        long lun = named ? Long.parseLong(parts.group(3)) : LunSpec.NEXT;
        return start(adapter, () -> adapter.putBack(target, lun));
    }

    private interface Hand {
        LunInfo put() throws IOException;
    }

    /** Puts a unit in and waits for its disk. */
    private Inserted start(ScsiDebug adapter, Hand hand) throws IOException {
        try (Echo echo =
                new Echo(log, "org.unplug.scsi-core", "org.unplug.driver-scsi-debug", "org.unplug.block-core")) {
            LunInfo unit = hand.put();
            String where = name(adapter, unit);
            if (!Waiting.until(APPEAR_MS, () -> device(adapter, unit).isPresent() && bus.settle(APPEAR_MS))) {
                throw new IOException(where + ": the unit is in, but no device came of it" + echo.reason());
            }
            String disk = device(adapter, unit).map(ScsiDevice::disk).orElse("");
            if (disk.isEmpty()) {
                throw new IOException(where + ": the unit is in, but no disk came of it" + echo.reason());
            }
            return new Inserted(where, disk, unit.bytes());
        }
    }

    @Override
    public Removed eject(String name) throws IOException {
        DeviceRemovalReport report = find(name).eject();
        if (!report.problems().isEmpty() && report.disk().isEmpty()) {
            throw new IOException(name + ": " + String.join("; ", report.problems()));
        }
        return report.disk()
                .map(disk -> Removed.of(disk, report.problems()))
                .orElseGet(() -> Removed.unreported(name, report.totalNanos()));
    }

    @Override
    public void yank(String name) throws IOException {
        ScsiDevice device = find(name);
        for (Map.Entry<ScsiDebug, LunInfo> unit : units()) {
            if (device(unit.getKey(), unit.getValue()).filter(device::equals).isPresent()
                    && unit.getKey()
                            .yank(
                                    unit.getValue().spec().target(),
                                    unit.getValue().spec().lun())) {
                return;
            }
        }
        throw new IOException(name + ": the unit is out already");
    }

    @Override
    public Optional<Bundle> driver(String disk) {
        return device(disk)
                .flatMap(device -> adapters.values().stream()
                        .filter(bundle ->
                                bundle.getSymbolicName().equals(device.info().driver()))
                        .findFirst());
    }

    @Override
    public boolean settle(long timeoutMs) {
        return bus.settle(timeoutMs);
    }

    private static Matcher parts(String place) {
        Matcher parts = PLACE.matcher(place);
        return parts.matches() ? parts : PLACE.matcher("-");
    }

    private Optional<ScsiDebug> adapter(String place) {
        Matcher parts = PLACE.matcher(place);
        return adapters.keySet().stream()
                .filter(adapter -> adapter.name().equals(place)
                        || parts.matches() && adapter.name().equals(parts.group(1)))
                .findFirst();
    }

    private static String name(ScsiDebug adapter, LunInfo unit) {
        return adapter.name() + ":" + unit.spec().target() + ":" + unit.spec().lun();
    }

    private List<Map.Entry<ScsiDebug, LunInfo>> units() {
        return adapters.keySet().stream()
                .flatMap(adapter -> adapter.list().stream().map(unit -> Map.entry(adapter, unit)))
                .toList();
    }

    private Optional<ScsiDevice> device(ScsiDebug adapter, LunInfo unit) {
        return bus.hosts().stream()
                .filter(host -> host.name().equals(adapter.name()))
                .flatMap(host -> host.devices().stream())
                .filter(device ->
                        device.info().address().target() == unit.spec().target()
                                && device.info().address().lun() == unit.spec().lun())
                .findFirst();
    }

    private Optional<ScsiDevice> device(String disk) {
        return bus.hosts().stream()
                .map(ScsiHostInfo::devices)
                .flatMap(List::stream)
                .filter(device -> device.disk().equals(disk))
                .findFirst();
    }

    /** By disk, by place, or by an adapter that has one unit only. */
    private ScsiDevice find(String name) throws IOException {
        Optional<ScsiDevice> byDisk = device(name);
        if (byDisk.isPresent()) {
            return byDisk.get();
        }
        List<ScsiDevice> there = units().stream()
                .filter(unit -> name(unit.getKey(), unit.getValue()).equals(name)
                        || unit.getKey().name().equals(name))
                .map(unit -> device(unit.getKey(), unit.getValue()))
                .flatMap(Optional::stream)
                .toList();
        if (there.size() != 1) {
            throw new IOException(
                    name + (there.isEmpty() ? ": no unit there" : ": several units; name one, as its disk"));
        }
        return there.get(0);
    }
}
