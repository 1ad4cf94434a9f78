package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unplug.block.BioOp;
import org.unplug.block.DiskHandle;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.stack.StackPlan;
import org.unplug.block.stack.StackedDisk;
import org.unplug.driver.log.LogEntry;
import org.unplug.driver.log.WriteLog;
import org.unplug.driver.log.internal.LogFilter;
import org.unplug.driver.testkit.Platter;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountTable;
import org.unplug.fs.internal.exfat.Exfat;
import org.unplug.fs.internal.fat.Vfat;
import org.unplug.fs.internal.mount.DiskSource;
import org.unplug.fs.internal.mount.Mounts;
import org.unplug.fs.internal.mount.Patience;

/**
 * What a power cut may leave of each workload of one operation, judged: the write log of the driver {@code log} says which writes a
 * device may have lost at each instant, and every subset of those is a state - all of them up to {@value #ALL_SUBSETS_OF} writes
 * in doubt, else the ones in order, the ones lacking one, and some at random. Each state is judged as it is by fsck and by a walk of
 * our own, then mounted, and its content compared with what it was before and after the operation.
 *
 * <p>Each build runs a share of the workloads; the property {@code unplug.crash.share=1} runs them all, {@code unplug.crash.type} one type.
 */
class CrashTest {
    private static final int SHARE = Integer.getInteger("unplug.crash.share", 16);
    private static final String ONLY = System.getProperty("unplug.crash.type", "");
    private static final int ALL_SUBSETS_OF = 6;
    private static final int RANDOM_SUBSETS = 24;
    private byte[] base;
    private Rig judge;
    private String type;
    /** Whether each operation is one step, before which and after which all is known. */
    private boolean comparing = true;

    private int states;
    private int twins;
    private int shortNames;

    /** What a workload did: the writes, and from which tick on it was durable. */
    private record Recorded(List<LogEntry> entries, long persistedAt, Map<String, byte[]> after) {}

    @Test
    void thereAreAtLeast328Workloads() {
        assertTrue(Workload.all().size() >= 328, "only " + Workload.all().size());
    }

    @ParameterizedTest
    @CsvSource({"fat12, 1", "fat16, 3", "exfat, 2", "fat32, 34"})
    void everyState_isSoundAndHasWhatWasForced(String givenType, int mib) throws Exception {
        assumeTrue(ONLY.isEmpty() || ONLY.equals(givenType), () -> "unplug.crash.type is " + ONLY);
        type = givenType;
        List<Workload> workloads = Workload.all();
        int every = type.equals("fat32") ? SHARE * (SHARE > 1 ? 8 : 1) : SHARE;
        try (Rig rig = Rig.formatted(type, (long) mib << 20)) {
            judge = rig;
            FileSystem fileSystem = rig.fileSystem();
            // What is free holds somebody else's data, which must not come to light.
            Path junk = Files.write(fileSystem.getPath("/junk"), Workload.noise(666, 400_000));
            Workload.make(fileSystem.getPath("/"), Workload.before());
            Files.delete(junk);
            rig.unmount();
            base = rig.disk.bytes.clone();
            int done = 0;
            for (int i = new Random(42).nextInt(every); i < workloads.size(); i += every) {
                run(workloads.get(i));
                done++;
            }
            System.out.println("crash: " + type + ": " + done + " workloads, " + states + " states, " + twins
                    + " renames caught half-way, " + shortNames + " files with their short names alone");
        }
        assertTrue(states > 50, "the load did nothing: " + states);
    }

    /** More than one operation in one commit: others have the slots of a name that was deleted and is made again. */
    @ParameterizedTest
    @CsvSource({"fat16, 3", "fat32, 34", "exfat, 2"})
    void everyState_ofANameThatIsDeletedAndMadeAgain_hasItOnce(String givenType, int mib) throws Exception {
        type = givenType;
        try (Rig rig = Rig.formatted(type, (long) mib << 20)) {
            judge = rig;
            comparing = false;
            Path root = rig.fileSystem().getPath("/");
            Workload.make(root, Workload.before());
            Files.write(root.resolve("B/FIRST"), Workload.noise(9, 900));
            for (int i = 0; i < 20; i++) {
                Files.write(root.resolve("B/OTHER" + i), Workload.noise(i, 100));
            }
            rig.unmount();
            base = rig.disk.bytes.clone();
            for (String again : List.of("FIRST", "first")) {
                run(new Workload(
                        "delete, fill and make " + again,
                        mounted -> {
                            Path directory = mounted.resolve("B");
                            Files.delete(directory.resolve("FIRST"));
                            Files.createFile(directory.resolve("FILLER"));
                            Files.write(directory.resolve(again), Workload.noise(10, 1900));
                        },
                        Workload.Persistence.SYNC,
                        null));
            }
        }
        assertTrue(states > 10, "the load did nothing: " + states);
    }

    private void run(Workload workload) throws Exception {
        Recorded recorded = record(workload);
        Set<BitSet> seen = new HashSet<>();
        Random random = new Random(workload.name().hashCode());
        for (LogEntry flush : recorded.entries()) {
            if (flush.op() != BioOp.FLUSH) {
                continue;
            }
            long tick = flush.completedAt() - 1;
            List<LogEntry> durable = durable(recorded.entries(), tick);
            List<LogEntry> doubt = inDoubt(recorded.entries(), durable, tick);
            for (Set<LogEntry> survivors : subsets(doubt, random)) {
                BitSet state = new BitSet();
                durable.forEach(e -> state.set((int) e.number()));
                survivors.forEach(e -> state.set((int) e.number()));
                // A state that has everything may come before or after the moment of persistence: then both judge it.
                state.set(1 << 20, tick >= recorded.persistedAt());
                if (seen.add(state)) {
                    judge(workload, recorded, tick, durable, survivors);
                }
            }
        }
    }

    /** As {@link WriteLog#durable}, whose entries these are. */
    private static List<LogEntry> durable(List<LogEntry> entries, long tick) {
        long flushed = entries.stream()
                .filter(e -> e.op() == BioOp.FLUSH && e.ok() && e.completedAt() <= tick)
                .mapToLong(LogEntry::submittedAt)
                .max()
                .orElse(-1);
        return entries.stream()
                .filter(e -> e.op() != BioOp.FLUSH && e.ok() && e.completedAt() < flushed)
                .toList();
    }

    private static List<LogEntry> inDoubt(List<LogEntry> entries, List<LogEntry> durable, long tick) {
        return entries.stream()
                .filter(e -> e.op() != BioOp.FLUSH && e.submittedAt() <= tick && !durable.contains(e))
                .toList();
    }

    private static List<Set<LogEntry>> subsets(List<LogEntry> doubt, Random random) {
        List<Set<LogEntry>> subsets = new ArrayList<>();
        int n = doubt.size();
        if (n <= ALL_SUBSETS_OF) {
            for (int mask = 0; mask < 1 << n; mask++) {
                subsets.add(chosen(doubt, BitSet.valueOf(new long[] {mask})));
            }
            return subsets;
        }
        for (int i = 0; i <= n; i++) {
            subsets.add(new HashSet<>(doubt.subList(0, i)));
            subsets.add(new HashSet<>(doubt.subList(i, n)));
        }
        for (int i = 0; i < n; i++) {
            Set<LogEntry> lacking = new HashSet<>(doubt);
            lacking.remove(doubt.get(i));
            subsets.add(lacking);
        }
        for (int i = 0; i < RANDOM_SUBSETS; i++) {
            BitSet mask = new BitSet();
            random.ints(n / 2 + 1, 0, n).forEach(mask::set);
            subsets.add(chosen(doubt, mask));
        }
        return subsets;
    }

    private static Set<LogEntry> chosen(List<LogEntry> doubt, BitSet mask) {
        Set<LogEntry> chosen = new HashSet<>();
        mask.stream().forEach(i -> chosen.add(doubt.get(i)));
        return chosen;
    }

    private Recorded record(Workload workload) throws Exception {
        try (org.unplug.driver.testkit.Rig layer = new org.unplug.driver.testkit.Rig()) {
            Platter platter = new Platter(base.length / 512, false, "crash", layer.clockwork());
            platter.scribble(0, base);
            LogFilter filter = new LogFilter();
            StackPlan plan = new StackPlan("log", List.of("lower"), 1, below -> filter.create(below.get(0), Map.of()));
            StackedDisk stack = layer.stack(plan, layer.insert(platter));
            WriteLog log = (WriteLog) stack.driver().services().get(WriteLog.class);
            Gendisk disk = layer.find(stack.info().name());
            DiskSource source = new DiskSource() {
                @Override
                public DiskHandle open(String name, long epoch, Holder holder, OpenMode mode) throws IOException {
                    return layer.disk(disk).open(holder, mode);
                }
            };
            InstantSource clock = () -> judge.now;
            try (Mounts table = new Mounts(
                    source,
                    Patience.none(),
                    () -> List.of(new Vfat(clock, ZoneOffset.UTC), new Exfat(clock, ZoneOffset.UTC)),
                    layer.clockwork(),
                    new Mounts.Settings(4 << 20, 10_000),
                    Mounts.Listener.none(),
                    line -> {})) {
                Path root = table.mount(stack.info().name(), "/m", MountTable.AUTO, MountOptions.DEFAULT)
                        .fileSystem()
                        .getPath("/");
                log.clear();
                workload.operation().on(root);
                long persisted = switch (workload.persistence()) {
                    case NONE -> Long.MAX_VALUE;
                    case SYNC -> {
                        table.sync();
                        yield log.mark("synced");
                    }
                    case FSYNC -> {
                        try (var channel = java.nio.channels.FileChannel.open(
                                root.resolve(workload.forced()), StandardOpenOption.WRITE)) {
                            channel.force(true);
                        }
                        yield log.mark("forced");
                    }
                };
                Map<String, byte[]> after = read(root);
                assertTrue(table.unmount("/m").clean(), workload.name());
                assertTrue(log.isComplete());
                return new Recorded(log.entries(), persisted, after);
            } finally {
                stack.close();
            }
        }
    }

    /** Directories have null. Asserts that there are no two of one name. */
    private static Map<String, byte[]> read(Path root) throws IOException {
        Map<String, byte[]> tree = new TreeMap<>();
        Set<String> names = new HashSet<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path each : all.toList()) {
                if (each.getNameCount() > 0) {
                    assertTrue(names.add(each.toString().toLowerCase(Locale.ROOT)), "there are two of " + each);
                    tree.put(
                            root.relativize(each).toString(),
                            Files.isDirectory(each) ? null : Files.readAllBytes(each));
                }
            }
        }
        return tree;
    }

    private void judge(Workload workload, Recorded recorded, long tick, List<LogEntry> durable, Set<LogEntry> survivors)
            throws IOException {
        states++;
        String at = type + ", " + workload.name() + ", tick " + tick + " with "
                + new TreeSet<>(survivors.stream().map(LogEntry::number).toList()) + " of "
                + inDoubt(recorded.entries(), durable, tick).stream()
                        .map(e -> e.number() + "@" + e.sector() + "+" + e.sectors())
                        .toList();
        byte[] image = base.clone();
        for (LogEntry entry : recorded.entries()) {
            if (durable.contains(entry) || survivors.contains(entry)) {
                ByteBuffer data = entry.data().duplicate();
                data.get(image, (int) entry.sector() * 512, data.remaining());
            }
        }
        judge.disk = new FakeDisk("fake0", image, 512, false);
        boolean twin = Remains.judge(type, image, at);
        twins += twin ? 1 : 0;
        judge.log.clear();
        judge.mount();
        try {
            if (!Peers.isExfat(image) && !type.equals("fat12")) {
                FatCheck mounted = new FatCheck(judge.disk.bytes);
                assertEquals(List.of(), mounted.damage, at + ", mounted");
                assertEquals(List.of(), mounted.twins, at + ", mounted");
            }
            Map<String, byte[]> found = read(judge.path("/"));
            if (comparing) {
                boolean persisted = tick >= recorded.persistedAt();
                compare(
                        recorded,
                        persisted ? found : byLongNames(found, recorded.after()),
                        persisted,
                        at + (twin ? ", twins" : ""));
            }
        } finally {
            judge.unmount();
        }
    }

    /**
     * What was found, but for names that were being made or taken away and lie across two sectors: a file that has only the short one
     * of such a name left is listed by the long one.
     */
    private Map<String, byte[]> byLongNames(Map<String, byte[]> found, Map<String, byte[]> after) {
        Map<String, byte[]> before = Workload.before();
        Map<String, byte[]> listed = new TreeMap<>(found);
        for (String shortened : found.keySet()) {
            if (before.containsKey(shortened) || after.containsKey(shortened)) {
                continue;
            }
            Stream.concat(before.keySet().stream(), after.keySet().stream())
                    .filter(path -> before.containsKey(path) != after.containsKey(path))
                    .filter(path -> !found.containsKey(path) && Workload.isShortOf(shortened, path))
                    .findFirst()
                    .ifPresent(path -> {
                        listed.put(path, listed.remove(shortened));
                        shortNames++;
                    });
        }
        return listed;
    }

    private void compare(Recorded recorded, Map<String, byte[]> found, boolean persisted, String at) {
        Map<String, byte[]> before = new TreeMap<>(Workload.before());
        Map<String, byte[]> after = recorded.after();
        if (persisted) {
            assertEquals(after.keySet(), found.keySet(), at);
            after.forEach((path, content) ->
                    assertTrue(Workload.same(content, found.get(path)), at + ": forced content of " + path));
            return;
        }
        for (Map.Entry<String, byte[]> each : found.entrySet()) {
            String path = each.getKey();
            assertTrue(before.containsKey(path) || after.containsKey(path), at + ": there is " + path);
            boolean directory = each.getValue() == null;
            assertTrue(
                    directory || Workload.isMixture(each.getValue(), before.get(path), after.get(path)),
                    at + ": " + path + " has neither its old nor its new content");
        }
        for (String path : before.keySet()) {
            if (after.containsKey(path)) {
                assertTrue(found.containsKey(path), at + ": " + path + " is lost");
                if (Workload.same(before.get(path), after.get(path))) {
                    assertTrue(Workload.same(before.get(path), found.get(path)), at + ": " + path + " is changed");
                }
            }
        }
        // What was renamed has one of its names.
        for (Map.Entry<String, byte[]> each : after.entrySet()) {
            if (each.getValue() != null && each.getValue().length > 0 && !before.containsKey(each.getKey())) {
                before.forEach((path, content) -> {
                    if (Workload.same(content, each.getValue())) {
                        assertTrue(
                                Workload.same(content, found.get(path))
                                        || Workload.same(content, found.get(each.getKey())),
                                at + ": neither " + path + " nor " + each.getKey() + " is there");
                    }
                });
            }
        }
    }
}
