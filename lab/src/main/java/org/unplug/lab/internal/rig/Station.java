package org.unplug.lab.internal.rig;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.unplug.block.Disk;
import org.unplug.block.DiskHandle;
import org.unplug.block.Disks;
import org.unplug.block.OpenMode;
import org.unplug.fs.CheckReport;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.Mount;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountState;
import org.unplug.fs.MountTable;
import org.unplug.lab.internal.contract.Evidence;
import org.unplug.lab.internal.load.Field;
import org.unplug.lab.internal.load.FileErrors;
import org.unplug.lab.internal.load.FileLoad;
import org.unplug.lab.internal.load.FileNotes;
import org.unplug.lab.internal.load.Ledger;
import org.unplug.lab.internal.load.Pulse;
import org.unplug.lab.internal.load.RawLoad;
import org.unplug.lab.internal.load.Witness;
import org.unplug.ref.Clockwork;

/**
 * One side at work: its disk opened as a whole and in part, its file system mounted, load on both, and the notes that outlive
 * the disk. It goes through {@link #open}, {@link #load}, the removal, {@link #unload}, {@link #unmount}, {@link #close} for each
 * incarnation. Used by one thread.
 */
final class Station {

    private static final int SLOTS = 512;
    private static final int DEPTH = 8;
    private static final int WRITERS = 2;
    private static final int READERS = 1;
    private static final long STOP_MS = 8_000;
    private static final long PROBE_MS = 1_000;

    private final World world;
    private final Side side;
    private final Image image;
    private final Field field;
    private final FileNotes files;
    private final Pulse pulse;
    private final String point;
    private long seed;
    private long epoch;
    private boolean formatted;
    private boolean cleanMounted;

    private Disk whole;
    private Disk part;
    private DiskHandle wholeHandle;
    private DiskHandle partHandle;
    private Witness wholeWitness;
    private Witness partWitness;
    private RawLoad raw;
    private Ledger ledger;
    private Mount mount;
    private FileLoad fileLoad;
    private FileErrors errors;
    private long insideWhenTold;

    Station(World world, Side side, long identity, long seed) {
        this.world = world;
        this.side = side;
        this.seed = seed;
        image = new Image(side.image());
        field = new Field(identity, SLOTS);
        files = new FileNotes(identity);
        pulse = new Pulse(world.clockwork().nanoTime());
        point = "/lab/" + side.title().toLowerCase(java.util.Locale.ROOT);
    }

    /** Makes the image and puts the medium in. */
    void prepare() throws IOException {
        image.make(field);
        side.insert();
    }

    /**
     * Takes the disk into use once it is there, and compares what it holds.
     *
     * @param orderly how it had gone
     * @param withFiles whether to mount it
     */
    Comeback open(boolean orderly, boolean withFiles) throws IOException {
        boolean cleanWanted = cleanMounted;
        boolean clean = formatted && image.isClean();
        cleanMounted = clean;
        Clockwork clockwork = world.clockwork();
        whole = side.awaitDisk(epoch);
        epoch = whole.info().epoch();
        List<Disk> parts = world.await(
                        () -> java.util.Optional.of(world.parts(whole.info().name()))
                                .filter(found -> found.size() >= 2),
                        5_000)
                .orElseThrow(() -> new IOException(
                        side.title() + ": " + whole.info().name() + " shows no two partitions within 5 s"));
        part = parts.get(1);
        ledger = new Ledger(pulse);
        Ledger mine = ledger;
        wholeWitness = new Witness("lab on " + whole.info().name(), clockwork, () -> {}, answers());
        Runnable refused = () -> {
            insideWhenTold = mine.inside();
            mine.refused();
        };
        partWitness = new Witness("lab on " + part.info().name(), clockwork, refused, () -> true);
        wholeHandle = whole.open(wholeWitness, OpenMode.READ);
        partHandle = part.open(partWitness, OpenMode.WRITE);
        field.epoch(part.info().epoch());
        Field.Findings places = RawLoad.settle(partHandle, field, orderly);
        FileNotes.Findings found = new FileNotes.Findings(0, 0, List.of());
        if (withFiles) {
            MountTable mounts = world.mounts();
            String disk = parts.get(0).info().name();
            if (!formatted) {
                format(disk);
            }
            mount = mounts.mount(disk, point, MountTable.AUTO, MountOptions.DEFAULT);
            found = files.settle(mount.fileSystem(), orderly);
            if (!orderly) {
                found = found.withLosses(repair());
            }
            found = found.withLosses(clear());
        }
        return new Comeback(places, found, cleanWanted, clean);
    }

    /**
     * Checks and repairs what a surprise has left, and mounts it again. What a cut may leave by the contract of consistency is to
     * be expected; anything else is a loss.
     */
    private List<String> repair() throws IOException {
        if (!unmount()) {
            throw new IOException(side.title() + ": the file system could not be unmounted");
        }
        String disk = mount.disk();
        CheckReport report = world.mounts().check(disk, true);
        List<String> losses = new ArrayList<>();
        for (CheckReport.Finding finding : report.findings()) {
            if (finding.kind() == CheckReport.Kind.DAMAGE || !finding.repaired()) {
                losses.add("the volume is damaged: " + finding.where() + " " + finding.what());
            }
        }
        cleanMounted = report.isSound();
        mount = world.mounts().mount(disk, point, MountTable.AUTO, MountOptions.DEFAULT);
        return losses;
    }

    /** Makes room, durably: a file that is forgotten must not come back with the next cut. */
    private List<String> clear() throws IOException {
        List<String> kept = files.clear(mount.fileSystem());
        mount.sync();
        return kept;
    }

    private void format(String disk) throws IOException {
        world.mounts().format(disk, FormatOptions.of("vfat").withLabel("LAB " + side.title()));
        formatted = true;
        cleanMounted = true;
    }

    /** Asks the block layer something from another thread, as a holder that is being told. */
    private BooleanSupplier answers() throws IOException {
        Disks disks = world.disks();
        return () -> Deed.begin(world.clockwork(), "lab prober", disks::list).await(PROBE_MS * 1_000_000);
    }

    /** Begins the load. */
    void load() {
        seed = seed * 6364136223846793005L + 1442695040888963407L;
        raw = new RawLoad(world.clockwork(), partHandle, field, ledger, DEPTH, seed);
        raw.start();
        if (mount != null) {
            startFiles();
        }
    }

    /** Ends the load on files and unmounts; the load below goes on. */
    void withoutFiles() throws IOException {
        if (!fileLoad.stop(STOP_MS) || !unmount()) {
            throw new IOException(side.title() + ": the file system could not be unmounted");
        }
        mount = null;
        fileLoad = null;
        errors = null;
    }

    /** Undoes {@link #withoutFiles}. */
    void withFiles() throws IOException {
        String disk = world.parts(whole.info().name()).get(0).info().name();
        mount = world.mounts().mount(disk, point, MountTable.AUTO, MountOptions.DEFAULT);
        FileNotes.Findings found = files.settle(mount.fileSystem(), true);
        if (!found.losses().isEmpty()) {
            throw new IOException(side.title() + ": lost by an orderly unmount: "
                    + found.losses().get(0));
        }
        List<String> kept = clear();
        if (!kept.isEmpty()) {
            throw new IOException(side.title() + ": " + kept.get(0));
        }
        startFiles();
    }

    private void startFiles() {
        errors = new FileErrors(world.clockwork());
        fileLoad = new FileLoad(world.clockwork(), mount.fileSystem(), files, errors, WRITERS, READERS, seed);
        fileLoad.start();
    }

    /** Waits until the load has done something. */
    boolean warm(long requests, long steps) {
        return world.until(() -> ledger.ended() >= requests && (errors == null || errors.steps() >= steps), STOP_MS);
    }

    /** Ends the load; false if part of it did not come back in time. */
    boolean unload() {
        boolean filesBack = fileLoad == null || fileLoad.stop(STOP_MS);
        boolean rawBack = raw == null || raw.stop(STOP_MS);
        return filesBack && rawBack;
    }

    /** Unmounts; false if that failed. */
    boolean unmount() {
        if (mount == null) {
            return true;
        }
        try {
            // A file system's bundle that was stopped has unmounted already.
            MountTable mounts = world.find(MountTable.class.getName(), null)
                    .map(MountTable.class::cast)
                    .orElse(null);
            if (mounts == null) {
                return mount.state() == MountState.UNMOUNTED;
            }
            if (mounts.find(point).isPresent()) {
                mounts.unmount(point);
            }
            return mounts.find(point).isEmpty();
        } catch (IOException e) {
            return false;
        }
    }

    /** Gives everything back but, if asked, the handle of the part, which the caller then owns. */
    DiskHandle close(boolean keep) {
        DiskHandle kept = partHandle;
        wholeHandle.close();
        if (!keep) {
            partHandle.close();
        }
        return keep ? kept : null;
    }

    /**
     * Lets go of the objects of this incarnation.
     *
     * @param kept whether the caller owns the part's handle still
     */
    Map<String, WeakReference<Object>> forget(boolean kept) {
        Map<String, WeakReference<Object>> weak = new LinkedHashMap<>();
        List<Object> objects = new ArrayList<>(List.of(whole, part, wholeHandle));
        if (!kept) {
            objects.add(partHandle);
        }
        if (mount != null) {
            objects.add(mount);
            objects.add(mount.fileSystem());
        }
        for (Object object : objects) {
            weak.put(object.getClass().getSimpleName() + " " + weak.size(), new WeakReference<>(object));
        }
        whole = null;
        part = null;
        wholeHandle = null;
        partHandle = null;
        raw = null;
        mount = null;
        fileLoad = null;
        return weak;
    }

    /** Ends everything, takes the medium out and deletes its image. */
    void end() throws IOException {
        if (raw != null) {
            unload();
            unmount();
            close(false);
            forget(false);
        }
        side.yank();
        Files.deleteIfExists(side.image());
    }

    /** How far the load has got, for a diagnosis. */
    String progress() {
        return ledger.begun() + " raw requests begun, " + ledger.statuses() + "; files: "
                + (errors == null ? "none" : errors.steps() + " steps, failures " + errors.samples());
    }

    Side side() {
        return side;
    }

    Image image() {
        return image;
    }

    Pulse pulse() {
        return pulse;
    }

    Ledger ledger() {
        return ledger;
    }

    FileErrors errors() {
        return errors;
    }

    RawLoad raw() {
        return raw;
    }

    Disk whole() {
        return whole;
    }

    Disk part() {
        return part;
    }

    Mount mount() {
        return mount;
    }

    long epoch() {
        return epoch;
    }

    long insideWhenTold() {
        return insideWhenTold;
    }

    /** When the first of our holders was told, or 0. */
    long toldNanos() {
        long first = wholeWitness.toldNanos();
        long second = partWitness.toldNanos();
        return first == 0 || second == 0 ? Math.max(first, second) : Math.min(first, second);
    }

    List<Witness> witnesses() {
        return List.of(wholeWitness, partWitness);
    }

    List<Evidence.HolderSaw> saw() {
        return witnesses().stream().map(Witness::saw).toList();
    }
}
