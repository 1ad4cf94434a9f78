package org.unplug.shell.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.log.LogReaderService;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskState;
import org.unplug.block.Disks;

/**
 * Disks that are there because a configuration says so: "ram", "loop" and "null". To insert is to write a factory configuration, to
 * eject is to delete it. They have no medium that could be yanked.
 */
@Component(
        service = {Bay.class, ConfiguredBay.class},
        immediate = true)
public final class ConfiguredBay implements Bay {

    /** Places, and the bundles that answer to a factory configuration of their name. */
    private static final Map<String, String> DRIVERS =
            Map.of("ram", "org.unplug.driver-ram", "loop", "org.unplug.driver-loop", "null", "org.unplug.driver-null");

    private static final long SECOND_LOOK_MS = 300;

    private static final String PID_PREFIX = "org.unplug.driver.";

    private final BundleContext context;
    private final Disks disks;
    private final ConfigurationAdmin configurations;
    private final ServiceComponentRuntime components;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private volatile LogReaderService log;

    /** Which configuration a disk came of. */
    private final Map<String, Configuration> inserted = new ConcurrentHashMap<>();

    @Activate
    public ConfiguredBay(
            BundleContext context,
            @Reference Disks disks,
            @Reference ConfigurationAdmin configurations,
            @Reference ServiceComponentRuntime components) {
        this.context = context;
        this.disks = disks;
        this.configurations = configurations;
        this.components = components;
    }

    @Override
    public List<String> places() {
        return DRIVERS.keySet().stream()
                .filter(place -> bundle(place).isPresent())
                .sorted()
                .toList();
    }

    @Override
    public boolean isPlace(String name) {
        return DRIVERS.containsKey(name);
    }

    @Override
    public boolean hasDisk(String disk) {
        return inserted.containsKey(disk);
    }

    @Override
    public Inserted insert(String place, Medium medium) throws IOException {
        Bundle driver = bundle(place).orElseThrow(() -> new IOException(place + ": its driver is not started"));
        return add(place, driver, PID_PREFIX + place, properties(place, medium));
    }

    /**
     * Makes a disk by a factory configuration and waits for it. One at a time, since the new disk is told from the others by being
     * new.
     *
     * @param what for the messages
     * @throws IOException with the reason, from the component's failure or from the log
     */
    synchronized Inserted add(String what, Bundle driver, String pid, Dictionary<String, Object> properties)
            throws IOException {
        Set<Long> before = liveOf(driver).stream().map(DiskInfo::epoch).collect(Collectors.toSet());
        Configuration configuration = configurations.createFactoryConfiguration(pid, "?");
        List<DiskInfo> come = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        try (Echo echo = new Echo(log, driver.getSymbolicName())) {
            configuration.update(properties);
            BooleanSupplier decided = () -> {
                liveOf(driver).stream()
                        .filter(disk -> !before.contains(disk.epoch()))
                        .forEach(come::add);
                failures.addAll(failures(components, driver, configuration.getPid()));
                return !come.isEmpty() || !failures.isEmpty();
            };
            Waiting.until(
                    APPEAR_MS, () -> decided.getAsBoolean() || echo.first().isPresent());
            // The warning may be about another of the driver's disks.
            Waiting.until(SECOND_LOOK_MS, decided);
            if (come.isEmpty()) {
                configuration.delete();
                String reason =
                        failures.isEmpty() ? echo.first().orElse("no disk came of it; see dmesg") : failures.get(0);
                // Mostly it begins with the driver's name, which is what was asked for.
                throw new IOException(reason.startsWith(what) ? reason : what + ": " + reason);
            }
        }
        DiskInfo disk = come.get(0);
        inserted.put(disk.name(), configuration);
        return new Inserted(what, disk.name(), disk.capacityBytes());
    }

    /** Whether something is a place here, and so no disk over disks. */
    static boolean isLeaf(String kind) {
        return DRIVERS.containsKey(kind);
    }

    /** The configurations that disks were inserted by, those included whose disk went meanwhile. */
    Map<String, Configuration> inserted() {
        return Map.copyOf(inserted);
    }

    @Override
    public Removed eject(String name) throws IOException {
        Configuration configuration = inserted.get(name);
        if (configuration == null) {
            throw new IOException(name + ": name a disk that was inserted here");
        }
        long start = System.nanoTime();
        configuration.delete();
        inserted.remove(name);
        if (!Waiting.until(
                REMOVE_MS,
                () -> disks.list().stream()
                        .noneMatch(d -> d.info().name().equals(name) && d.state() != DiskState.DEAD))) {
            throw new IOException(name + ": its removal goes on; see dmesg");
        }
        return Removed.unreported(name, System.nanoTime() - start);
    }

    @Override
    public void yank(String name) throws IOException {
        throw new IOException(name + ": has no medium that could be yanked; eject removes it, pull stops its driver");
    }

    @Override
    public Optional<Bundle> driver(String disk) {
        return disks.list().stream()
                .filter(d -> d.info().name().equals(disk))
                .flatMap(d -> Arrays.stream(context.getBundles())
                        .filter(bundle -> d.info().driver().equals(bundle.getSymbolicName())))
                .findFirst();
    }

    @Override
    public boolean settle(long timeoutMs) {
        return true;
    }

    private static Hashtable<String, Object> properties(String place, Medium medium) throws IOException {
        return switch (place) {
            case "loop" -> image(place, medium);
            case "null" -> {
                Object sectors = memory(place, medium).get("bytes");
                yield new Hashtable<>(Map.of("sectors", (long) sectors / DiskInfo.SECTOR_BYTES));
            }
            default -> memory(place, medium);
        };
    }

    private static Hashtable<String, Object> memory(String place, Medium medium) throws IOException {
        if (medium.image() != null) {
            throw new IOException(place + ": has no image; loop has");
        }
        if (medium.bytes() == 0) {
            throw new IOException(place + ": of no bytes? give it a size with -s");
        }
        return new Hashtable<>(Map.of("bytes", medium.bytes()));
    }

    private static Hashtable<String, Object> image(String place, Medium medium) throws IOException {
        if (medium.image() == null) {
            throw new IOException(place + ": needs an image; ram is a disk in memory");
        }
        if (!Files.exists(medium.image())) {
            if (medium.bytes() == 0) {
                throw new NoSuchFileException(medium.image().toString());
            }
            HostFiles.makeSparse(medium.image(), medium.bytes());
        }
        return new Hashtable<>(
                Map.of("file", medium.image().toAbsolutePath().toString(), "readOnly", medium.readOnly()));
    }

    private Optional<Bundle> bundle(String place) {
        return Arrays.stream(context.getBundles())
                .filter(bundle -> DRIVERS.get(place).equals(bundle.getSymbolicName()))
                .filter(bundle -> bundle.getState() == Bundle.ACTIVE)
                .findFirst();
    }

    private List<DiskInfo> liveOf(Bundle driver) {
        return disks.list().stream()
                .filter(disk -> disk.state() == DiskState.LIVE)
                .map(disk -> disk.info())
                .filter(disk -> disk.driver().equals(driver.getSymbolicName()))
                .filter(disk -> disk.parent().isEmpty())
                .toList();
    }

    /** Why a component did not come up with a configuration: the first line of what its activation threw. */
    static List<String> failures(ServiceComponentRuntime components, Bundle driver, String pid) {
        List<String> lines = new ArrayList<>();
        for (ComponentDescriptionDTO component : components.getComponentDescriptionDTOs(driver)) {
            for (ComponentConfigurationDTO configured : components.getComponentConfigurationDTOs(component)) {
                if (configured.state == ComponentConfigurationDTO.FAILED_ACTIVATION
                        && pid.equals(configured.properties.get("service.pid"))
                        && configured.failure != null) {
                    lines.add(reason(configured.failure));
                }
            }
        }
        return lines;
    }

    /** A stack trace's innermost cause, without its class. */
    static String reason(String stackTrace) {
        String reason = stackTrace.lines().findFirst().orElse("");
        for (String line : stackTrace.lines().toList()) {
            if (line.startsWith("Caused by: ")) {
                reason = line.substring("Caused by: ".length());
            }
        }
        return reason.replaceFirst("^[\\w.$]+(?:Exception|Error): ", "").strip();
    }
}
