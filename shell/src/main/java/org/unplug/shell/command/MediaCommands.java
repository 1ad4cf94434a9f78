package org.unplug.shell.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.unplug.block.DiskState;
import org.unplug.block.DiskStatus;
import org.unplug.block.Disks;
import org.unplug.shell.Interruption;
import org.unplug.shell.command.Bay.Inserted;
import org.unplug.shell.command.Bay.Medium;

/**
 * The hand at the hardware: insert, eject and yank of media; pull and plug of whole drivers, which is stopping and starting
 * their bundles; settle.
 */
// Immediate: gogo gets a command's service for each call only, and what was pulled must be remembered in between.
@Component(
        service = {MediaCommands.class, Names.class},
        immediate = true)
@GogoCommand(
        scope = "unplug",
        function = {"insert", "eject", "yank", "pull", "plug", "settle"})
public final class MediaCommands implements Names {

    private final BundleContext context;
    private final Disks disks;

    /** What was pulled: disk to bundle, so that plug knows a disk that is not there. Only names; guarded by itself. */
    private final Map<String, String> pulled = new LinkedHashMap<>();

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    private volatile List<Bay> bays = List.of();

    @Activate
    public MediaCommands(BundleContext context, @Reference Disks disks) {
        this.context = context;
        this.disks = disks;
    }

    /**
     * A driver that was stopped or started.
     *
     * @param driver its bundle
     * @param disks that went or came
     * @param tookMs how long stopping or starting took
     */
    public record Driver(String driver, List<String> disks, long tookMs) {}

    @Descriptor(
            "puts a medium into a slot or adapter and waits for its disk; what was taken out of a place last, if only that is named")
    public Inserted insert(
            CommandSession session,
            @Descriptor("its size, as 64M; makes the image if it is missing; alone: a medium in memory")
                    @Parameter(names = "-s", absentValue = "")
                    String size,
            @Descriptor("write protected") @Parameter(names = "-r", presentValue = "true", absentValue = "false")
                    boolean readOnly,
            @Descriptor("microseconds that each command takes") @Parameter(names = "-l", absentValue = "0")
                    long latencyMicros,
            @Descriptor("the kind of card: sdsc, sdhc, sdxc, sduc, mmc or emmc")
                    @Parameter(names = "-t", absentValue = "")
                    String kind,
            @Descriptor("where, as slot0 or scsi-debug") @Names.Of(Kind.PLACE) String place,
            @Descriptor("an image file of the host") @Names.Of(Kind.HOST_FILE) String[] image)
            throws IOException {
        if (image.length > 1) {
            throw new CommandException(image[1] + ": one image only");
        }
        boolean back = image.length == 0 && size.isEmpty();
        if (back && (readOnly || latencyMicros != 0 || !kind.isEmpty())) {
            throw new CommandException(place + ": what? name an image, or a size with -s");
        }
        Path file = image.length == 0 ? null : HostFiles.path(session, image[0]);
        long bytes = size.isEmpty() ? 0 : Sizes.parse(size);
        Bay bay = bays.stream().filter(b -> b.isPlace(place)).findFirst().orElseThrow(() -> noSuchPlace(place));
        if (!kind.isEmpty() && !bay.hasKinds()) {
            throw new CommandException(place + ": a medium has no kinds there, -t is for cards");
        }
        Inserted inserted =
                back ? bay.putBack(place) : bay.insert(place, new Medium(file, bytes, readOnly, latencyMicros, kind));
        disks.settle(Bay.APPEAR_MS);
        return inserted;
    }

    @Descriptor("removes a medium's disk in order - synced, flushed, drained - so that it can be taken out")
    public Removed eject(@Descriptor("a disk or place") @Names.Of({Kind.DISK, Kind.PLACE}) String name)
            throws IOException {
        return bay(name).eject(whole(name));
    }

    @Descriptor("takes a medium out, whatever it is doing")
    public void yank(@Descriptor("a disk or place") @Names.Of({Kind.DISK, Kind.PLACE}) String name) throws IOException {
        String whole = whole(name);
        Bay bay = bay(name);
        String noticed = bay.disk(whole);
        List<DiskStatus> before = live(disk -> disk.info().name().equals(noticed));
        bay.yank(whole);
        // It has been noticed when commands that follow cannot find it any more.
        before.forEach(disk -> Waiting.until(
                Bay.APPEAR_MS,
                () -> live(d -> d.info().epoch() == disk.info().epoch()).isEmpty()));
    }

    @Descriptor("stops the driver behind a disk, which removes all its disks in order")
    public Driver pull(@Descriptor("a disk, or a driver's bundle") @Names.Of({Kind.DISK, Kind.DRIVER}) String name)
            throws BundleException {
        Bundle driver = driverOf(name);
        Set<String> before = liveNames();
        long start = System.nanoTime();
        driver.stop(Bundle.STOP_TRANSIENT);
        long tookMs = (System.nanoTime() - start) / 1_000_000;
        Set<String> gone = new LinkedHashSet<>(before);
        gone.removeAll(liveNames());
        synchronized (pulled) {
            gone.forEach(disk -> pulled.put(disk, driver.getSymbolicName()));
            pulled.put(name, driver.getSymbolicName());
        }
        return new Driver(driver.getSymbolicName(), List.copyOf(gone), tookMs);
    }

    @Descriptor("starts a driver again and waits for the disks it had")
    public Driver plug(
            CommandSession session,
            @Descriptor("a disk that was pulled, or a driver's bundle") @Names.Of({Kind.PULLED, Kind.DRIVER})
                    String name)
            throws BundleException, IOException {
        String remembered;
        synchronized (pulled) {
            remembered = pulled.get(name);
        }
        Bundle driver = bundle(remembered == null ? name : remembered);
        if (driver == null) {
            throw new CommandException(name + ": neither a disk that was pulled nor a driver; there is "
                    + String.join(", ", names(Kind.DRIVER, "")));
        }
        Set<String> before = liveNames();
        long start = System.nanoTime();
        driver.start(Bundle.START_TRANSIENT);
        long tookMs = (System.nanoTime() - start) / 1_000_000;
        Set<String> expected = new LinkedHashSet<>();
        synchronized (pulled) {
            pulled.forEach((disk, bundle) -> {
                if (bundle.equals(driver.getSymbolicName()) && !disk.equals(bundle)) {
                    expected.add(disk);
                }
            });
            pulled.values().removeIf(driver.getSymbolicName()::equals);
        }
        try (Interruption.Stay stay = Interruption.of(session).enter()) {
            Waiting.until(Bay.APPEAR_MS, stay, () -> liveNames().size() - before.size() >= wholeOf(expected));
        }
        disks.settle(Bay.APPEAR_MS);
        Set<String> come = new LinkedHashSet<>(liveNames());
        come.removeAll(before);
        return new Driver(driver.getSymbolicName(), List.copyOf(come), tookMs);
    }

    @Descriptor("waits until everything that was put in or taken out has been noticed")
    public void settle() {
        for (Bay bay : bays) {
            if (!bay.settle(Bay.APPEAR_MS)) {
                throw new CommandException("still busy after " + Bay.APPEAR_MS + " ms");
            }
        }
        if (!disks.settle(Bay.APPEAR_MS)) {
            throw new CommandException("still looking for partitions after " + Bay.APPEAR_MS + " ms");
        }
    }

    @Override
    public Collection<String> names(Kind kind, String typed) {
        switch (kind) {
            case PLACE:
                return bays.stream().flatMap(bay -> bay.places().stream()).toList();
            case PULLED:
                synchronized (pulled) {
                    return List.copyOf(pulled.keySet());
                }
            case DRIVER:
                List<String> drivers = new ArrayList<>();
                for (Bundle bundle : context.getBundles()) {
                    if (isDriver(bundle)) {
                        drivers.add(shortName(bundle));
                    }
                }
                return drivers;
            default:
                return List.of();
        }
    }

    /** A partition stands for its disk: nobody can take out half a card. */
    private String whole(String name) {
        String whole = name;
        for (DiskStatus disk : disks.list()) {
            if (disk.info().name().equals(name) && !disk.info().parent().isEmpty()) {
                whole = whole(disk.info().parent());
            }
        }
        return whole;
    }

    private Bay bay(String name) {
        String whole = whole(name);
        for (Bay bay : bays) {
            if (bay.hasDisk(whole) || bay.isPlace(whole)) {
                return bay;
            }
        }
        if (liveNames().contains(whole)) {
            throw new CommandException(name + ": its medium cannot be taken out; pull stops its driver");
        }
        throw noSuchPlace(name);
    }

    private CommandException noSuchPlace(String name) {
        List<String> there = new ArrayList<>(names(Kind.PLACE, ""));
        there.addAll(liveNames());
        return new CommandException(name + ": no such place or disk; there "
                + (there.isEmpty() ? "is none" : "is " + String.join(", ", there)));
    }

    private Bundle driverOf(String name) {
        String whole = whole(name);
        for (Bay bay : bays) {
            if (bay.hasDisk(whole) && bay.driver(whole).isPresent()) {
                return bay.driver(whole).get();
            }
        }
        for (DiskStatus disk : live(d -> d.info().name().equals(whole))) {
            Bundle driver = bundle(disk.info().driver());
            if (driver != null) {
                return driver;
            }
        }
        Bundle driver = bundle(name);
        if (driver == null) {
            throw new CommandException(name + ": neither a disk nor a driver; there is "
                    + String.join(", ", liveNames()) + (liveNames().isEmpty() ? "" : ", ")
                    + String.join(", ", names(Kind.DRIVER, "")));
        }
        return driver;
    }

    /** By symbolic name, or by what follows "org.unplug." or "org.unplug.driver-" in it. */
    private Bundle bundle(String name) {
        for (Bundle bundle : context.getBundles()) {
            String symbolic = bundle.getSymbolicName();
            if (symbolic != null
                    && (symbolic.equals(name)
                            || symbolic.equals("org.unplug." + name)
                            || symbolic.equals("org.unplug.driver-" + name))) {
                return bundle;
            }
        }
        return null;
    }

    private static boolean isDriver(Bundle bundle) {
        return bundle.getSymbolicName() != null && bundle.getSymbolicName().startsWith("org.unplug.driver-");
    }

    private static String shortName(Bundle bundle) {
        return bundle.getSymbolicName().substring("org.unplug.driver-".length());
    }

    /** Partitions come with their disks: only these are waited for, since a table may have been changed meanwhile. */
    private static long wholeOf(Set<String> names) {
        return names.stream()
                .filter(name -> names.stream().noneMatch(other -> !other.equals(name) && name.startsWith(other)))
                .count();
    }

    private List<DiskStatus> live(Predicate<DiskStatus> which) {
        return disks.list().stream()
                .filter(disk -> disk.state() == DiskState.LIVE || disk.state() == DiskState.SYNCING)
                .filter(which)
                .toList();
    }

    private Set<String> liveNames() {
        Set<String> names = new LinkedHashSet<>();
        live(disk -> true).forEach(disk -> names.add(disk.info().name()));
        return names;
    }
}
