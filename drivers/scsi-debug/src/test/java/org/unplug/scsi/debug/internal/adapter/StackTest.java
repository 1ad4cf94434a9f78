package org.unplug.scsi.debug.internal.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.internal.genhd.DiskEvents;
import org.unplug.block.internal.genhd.DiskTable;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.internal.genhd.OwnedDisks;
import org.unplug.block.internal.genhd.Owner;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Leaks;
import org.unplug.ref.SystemClockwork;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.HostRemovalReport;
import org.unplug.scsi.ScsiDevice;
import org.unplug.scsi.ScsiResult;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.debug.Fault;
import org.unplug.scsi.debug.LunSpec;
import org.unplug.scsi.debug.Rule;
import org.unplug.scsi.debug.ScsiDebugCounters;
import org.unplug.scsi.internal.midlayer.Core;
import org.unplug.scsi.internal.midlayer.Host;
import org.unplug.scsi.internal.midlayer.Journal;
import org.unplug.scsi.internal.midlayer.Timing;
import org.unplug.scsi.internal.sd.Sd;

/** The adapter under the real SCSI core and the real block layer, flat. */
@Timeout(120)
class StackTest {

    private static final int MANY = 4096;
    private static final Timing QUICK = new Timing(2_000, 2, 500, 2_000, 1_000, 2);

    @TempDir
    Path folder;

    private final SystemClockwork clockwork = Clockwork.system("stack");
    private final ConcurrentHashMap<String, Gendisk> disks = new ConcurrentHashMap<>();
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final List<List<String>> remembered = new CopyOnWriteArrayList<>();
    private final DiskTable table = new DiskTable(clockwork, new Events());
    private final Owner owner = new Owner(1, "test");
    private final Core core =
            new Core(clockwork, QUICK, new Lines(), new Sd(new OwnedDisks(table, owner)), device -> () -> {});
    private DebugAdapter adapter;
    private Bay bay;
    private Host host;

    @BeforeEach
    void plug() {
        plug(Settings.DEFAULT);
    }

    private void plug(Settings settings) {
        adapter = new DebugAdapter(settings, clockwork);
        bay = new Bay(adapter, clockwork, lines::add, remembered::add);
        host = core.attach(adapter, "test");
    }

    /** What stopping the driver's bundle does. */
    private HostRemovalReport pull() {
        HostRemovalReport report = core.detach(host);
        bay.close();
        return report;
    }

    @AfterEach
    void close() {
        pull();
        table.close();
        clockwork.close();
    }

    private Gendisk disk(String name) {
        until(name + " comes", () -> disks.containsKey(name));
        return disks.get(name);
    }

    private DiskHandle open(String name) throws IOException {
        return disk(name).open(owner, Holder.named("test"), OpenMode.WRITE);
    }

    private Path image(int bytes) throws IOException {
        Path image = folder.resolve("lun.img");
        Files.write(image, new byte[bytes]);
        return image;
    }

    private static ByteBuffer sector(int value) {
        byte[] bytes = new byte[512];
        Arrays.fill(bytes, (byte) value);
        return ByteBuffer.wrap(bytes);
    }

    private void until(String what, BooleanSupplier condition) {
        long deadline = clockwork.nanoTime() + 20_000_000_000L;
        Object moment = new Object();
        while (!condition.getAsBoolean()) {
            assertTrue(deadline - clockwork.nanoTime() > 0, what + "; " + lines);
            synchronized (moment) {
                clockwork.await(moment, 1_000_000);
            }
        }
    }

    private void assertWitness(ScsiDebugCounters counters) {
        assertEquals(0, counters.callsInside(), counters.toString());
        assertEquals(0, counters.callsInsideAtStop(), counters.toString());
        assertEquals(0, counters.callsAfterStop(), counters.toString());
        assertEquals(counters.commands(), counters.completed(), counters.toString());
    }

    @Test
    void image_keepsItsContentOverPullAndPlug() throws Exception {
        Path image = image(1 << 16);
        bay.insert(LunSpec.image(image.toString()));
        try (DiskHandle handle = open("sda")) {
            handle.write(5, sector(0x55));
        }
        ScsiDebugCounters counters = adapter.counters();
        HostRemovalReport report = pull();
        assertTrue(report.quiet(), report.summary());
        assertWitness(counters);
        assertEquals(0x55, Files.readAllBytes(image)[5 * 512]);

        plug(Settings.DEFAULT);
        bay.configure(remembered.get(remembered.size() - 1));
        try (DiskHandle handle = open("sda")) {
            ByteBuffer back = ByteBuffer.allocate(512);
            handle.read(5, back);
            assertEquals(0x55, back.get(0));
        }
    }

    @Test
    void yank_losesWhatWasNotFlushedAndKeepsTheRest() throws Exception {
        Path image = image(1 << 16);
        bay.insert(LunSpec.image(image.toString()).withWriteCache(true, true));
        try (DiskHandle handle = open("sda")) {
            handle.write(1, sector(0x11));
            handle.flush();
            handle.write(2, sector(0x22));
            assertEquals(512, bay.list().get(0).unwrittenBytes());
            assertTrue(bay.yank(0, 0));
            until("it is gone", handle::isGone);
            assertThrows(IOException.class, () -> handle.write(3, sector(0x33)));
        }
        byte[] left = Files.readAllBytes(image);
        assertEquals(0x11, left[512]);
        assertEquals(0, left[2 * 512]);
        assertEquals(List.of(), remembered.get(remembered.size() - 1), "it does not come back by itself");
        assertFalse(bay.yank(0, 0));
    }

    @Test
    void pull_ofAVolatileCache_losesNothing() throws Exception {
        Path image = image(1 << 16);
        bay.insert(LunSpec.image(image.toString()).withWriteCache(true, true));
        try (DiskHandle handle = open("sda")) {
            handle.write(2, sector(0x22));
            HostRemovalReport report = pull();
            assertTrue(report.quiet(), report.summary());
        }
        assertEquals(0x22, Files.readAllBytes(image)[2 * 512]);
    }

    /** The writes have every tag, are in the adapter, and none has begun. */
    @ParameterizedTest
    @EnumSource(Removal.class)
    void removeHost_withThousandsOfCommandsInFlight_keepsEveryByteThatWasFlushed(Removal kind) throws Exception {
        pull();
        plug(new Settings("wide", MANY, MANY, 1, 0, 1));
        Path image = image(MANY * 512);
        bay.insert(LunSpec.image(image.toString()).withWriteCache(true, true));
        byte[] flushed = new byte[MANY * 256];
        Arrays.fill(flushed, (byte) 0x11);
        AtomicInteger ended = new AtomicInteger();
        try (DiskHandle handle = open("sda")) {
            handle.write(0, ByteBuffer.wrap(flushed));
            handle.flush();
            bay.addRule(Rule.of(Fault.SLOW, "600000000").forOpcode(Cdb.WRITE_10));
            for (int i = 0; i < MANY; i++) {
                handle.submit(
                        handle.newBio().write(i % (MANY - 1), sector(0x33)).onEnd(bio -> {
                            if (bio.status() == BlockStatus.GONE) {
                                ended.incrementAndGet();
                            }
                        }));
            }
            assertEquals(MANY, core.hosts().get(0).inFlight());
            HostRemovalReport report =
                    core.removeHost(core.hosts().get(0).number(), kind).orElseThrow();
            assertTrue(report.quiet(), report.summary());
            assertEquals(MANY, report.inFlight());
            until("each ends GONE, and once", () -> ended.get() == MANY);
            if (kind == Removal.SURPRISE) {
                assertTrue(bay.yank(0, 0), "and the power with it");
            }
        }
        pull();
        byte[] left = Files.readAllBytes(image);
        assertArrayEquals(flushed, Arrays.copyOf(left, flushed.length));
    }

    @Test
    void eject_takesTheMediumOutAndFreesTheAddress() throws Exception {
        bay.insert(LunSpec.ram(1 << 16).at(0, 0));
        disk("sda");
        assertTrue(core.settle(20_000), "the scan ends");
        assertEquals(List.of(), core.hosts().get(0).devices().get(0).eject().problems());
        assertFalse(bay.list().get(0).mediumLoaded());
        bay.insert(LunSpec.ram(1 << 17).at(0, 0));
        assertEquals(256, disk("sda").info().capacitySectors());
    }

    private static ScsiResult ejectByHand(ScsiDevice device) {
        byte[] cdb = new byte[6];
        Cdb.startStop(cdb, false, true);
        return device.execute(cdb, null, null, 20_000);
    }

    private boolean locked() {
        return adapter.target(0).unit(0).isRemovalPrevented();
    }

    @Test
    void mediumInUse_isKeptByTheUnit_untilItIsEjectedInOrder() throws Exception {
        bay.insert(LunSpec.ram(1 << 16).withRemovable(true).at(0, 0));
        try (DiskHandle handle = open("sda")) {
            until("it is locked in", this::locked);
            ScsiDevice device = core.hosts().get(0).devices().get(0);
            ScsiResult refused = ejectByHand(device);
            assertTrue(refused.why().contains("medium removal prevented"), refused.why());
            assertTrue(bay.list().get(0).mediumLoaded());
            adapter.deviceReset(device.info().address());
            assertFalse(locked(), "a reset unlocks");
            handle.write(1, sector(1));
            until("and it is locked in again", this::locked);
            assertEquals(List.of(), device.eject().problems());
            assertFalse(bay.list().get(0).mediumLoaded());
        }
    }

    @Test
    void mediumNotInUse_isLetOutByTheUnit_andAYankAsksNobody() throws Exception {
        bay.insert(LunSpec.ram(1 << 16).withRemovable(true).at(0, 0));
        DiskHandle handle = open("sda");
        until("it is locked in", this::locked);
        assertTrue(bay.yank(0, 0));
        until("it is gone all the same", handle::isGone);
        bay.insert(LunSpec.ram(1 << 16).withRemovable(true).at(0, 0));
        disk("sdb");
        assertTrue(core.settle(20_000), "the scan ends");
        handle.close();
        assertFalse(locked(), "nobody uses this one");
        assertEquals("", ejectByHand(core.hosts().get(0).devices().get(0)).why());
        assertFalse(bay.list().get(0).mediumLoaded());
    }

    @Test
    void image_thatCannotBeUsed_isOneLineAndNothingElse() throws Exception {
        Path image = image(1000);
        assertTrue(said(LunSpec.image(folder.resolve("none.img").toString())).contains("there is no such file"));
        assertTrue(said(LunSpec.image(folder.toString())).contains("is a directory"));
        assertTrue(said(LunSpec.image(image.toString())).contains("are not a multiple of the block of 512 bytes"));
        LunSpec tooLong = LunSpec.parse("bytes=4k,image=" + image);
        assertTrue(said(tooLong).contains("is truncated, it has 1000 bytes of the 4096 wanted"));
        bay.insert(LunSpec.ram(1 << 16).at(0, 3));
        assertTrue(said(LunSpec.ram(512).at(0, 3)).contains("unit 0:3 of adapter 'scsi-debug' is taken"));
        assertTrue(said(LunSpec.ram(512).at(9, 0)).contains("beyond"));
        disk("sda");
    }

    @Test
    void image_inUse_isRefused() throws Exception {
        Path image = image(1 << 16);
        bay.insert(LunSpec.image(image.toString()));
        assertTrue(said(LunSpec.image(image.toString())).contains("is in use"));
    }

    private String said(LunSpec spec) {
        String said = assertThrows(IOException.class, () -> bay.insert(spec)).getMessage();
        assertFalse(said.contains("\n"));
        return said;
    }

    @Test
    void configuration_withMistakes_usesTheRest() throws Exception {
        bay.configure(
                List.of("target=0,lun=0,image=" + folder.resolve("none.img"), "what", "target=1,lun=0,bytes=64k"));
        disk("sda");
        assertEquals(1, bay.list().size());
        assertEquals(
                2,
                lines.stream().filter(l -> l.startsWith("adapter 'scsi-debug'")).count(),
                lines.toString());
        bay.insert(LunSpec.ram(1 << 16));
        assertTrue(
                remembered.get(0).stream().anyMatch(l -> l.contains("none.img")),
                "an image that is missing may be back next time");
    }

    @Test
    void configuration_readAgain_changesNothingThatIsTheSame() throws Exception {
        List<String> texts = List.of("bytes=64k", "bytes=64k", "target=3,lun=1,bytes=64k");
        bay.configure(texts);
        assertEquals(3, bay.list().size());
        until("three disks come", () -> disks.size() == 3);
        List<Long> epochs = epochs();
        bay.configure(texts);
        assertEquals(epochs, epochs());
        bay.configure(texts.subList(0, 2));
        until("one goes", () -> disks.size() == 2);
        assertEquals(
                List.of(), lines.stream().filter(l -> l.startsWith("adapter")).toList());
    }

    private List<Long> epochs() {
        return disks.values().stream().map(d -> d.info().epoch()).sorted().toList();
    }

    @Test
    void zeroBlocks_areOneLineAndNoDisk() throws Exception {
        bay.insert(LunSpec.ram(0));
        until("the line comes", () -> lines.stream().anyMatch(l -> l.contains("no disk, it has zero blocks")));
        assertTrue(disks.isEmpty());
    }

    @Test
    void blocksOf4096_andReadOnly_areSeenAbove() throws Exception {
        bay.insert(LunSpec.ram(1 << 20).withBlockBytes(4096).withReadOnly(true));
        DiskInfo info = disk("sda").info();
        assertEquals(4096, info.logicalBlockBytes());
        assertEquals(2048, info.capacitySectors());
        assertTrue(info.readOnly());
    }

    /** GET LBA STATUS past the core: whether a block is deallocated, and how many after it are the same. */
    private String provisioning(long lba) {
        byte[] cdb = ByteBuffer.allocate(16)
                .put(new byte[] {(byte) 0x9E, 0x12})
                .putLong(lba)
                .putInt(24)
                .array();
        FakeCommand command = new FakeCommand(0, 0, 24, cdb).to(adapter);
        adapter.queueCommand(command);
        until("the unit tells", () -> command.ends() == 1);
        assertEquals(ScsiStatus.GOOD, command.status());
        ByteBuffer data = command.data();
        return (data.get(20) == 0 ? "mapped " : "deallocated ") + Integer.toUnsignedLong(data.getInt(16));
    }

    @Test
    void thinUnit_holdsWhatWasWrittenOnly_andGivesItBackWhenDiscarded() throws Exception {
        long far = 1L << 30;
        bay.insert(LunSpec.ram(1L << 40).withThin(true));
        try (DiskHandle handle = open("sda")) {
            assertEquals(1L << 40, handle.info().capacityBytes());
            assertEquals("deallocated " + (1L << 31), provisioning(0), "a tebibyte of nothing");
            handle.write(far, ByteBuffer.wrap(new byte[1 << 20]));
            assertEquals("mapped 2048", provisioning(far));
            Bio discard = handle.newBio().discard(far + 8, 1024);
            handle.submit(discard);
            until("the discard ends", () -> discard.status() != null);
            assertEquals(BlockStatus.OK, discard.status());
            assertEquals("mapped 8", provisioning(far));
            assertEquals("deallocated 1024", provisioning(far + 8));
            assertEquals("mapped 1016", provisioning(far + 1032));
        }
    }

    @Test
    void pull_underLoadWithLatency_isQuietAndEachRequestEndsOnce() throws Exception {
        pullUnderLoad(2_000);
    }

    @Test
    void pull_underLoadOnTheSubmittersThreads_isQuietAndEachRequestEndsOnce() throws Exception {
        pull();
        plug(new Settings("inline", 256, 128, 0, 0, 8));
        pullUnderLoad(500);
    }

    private void pullUnderLoad(long latencyMicros) throws Exception {
        bay.insert(LunSpec.ram(1 << 20).withLatencyMicros(latencyMicros));
        bay.insert(LunSpec.ram(1 << 20));
        AtomicInteger submitted = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        AtomicInteger wrong = new AtomicInteger();
        List<DiskHandle> handles = new ArrayList<>(List.of(open("sda"), open("sdb")));
        for (DiskHandle handle : handles) {
            for (int i = 0; i < 32; i++) {
                Bio bio = handle.newBio().write(i, sector(i)).onEnd(one -> {
                    ended.incrementAndGet();
                    if (one.status().ok()) {
                        submitted.incrementAndGet();
                        handle.submit(one);
                    } else if (one.status() != BlockStatus.GONE) {
                        wrong.incrementAndGet();
                    }
                });
                submitted.incrementAndGet();
                // Where commands end on the submitter's thread, it never comes back before the pull.
                clockwork.execute("writer", () -> handle.submit(bio));
            }
        }
        until("there is load", () -> ended.get() > 1_000);
        ScsiDebugCounters counters = adapter.counters();
        HostRemovalReport report = pull();
        assertTrue(report.quiet(), report.summary());
        until("each ends", () -> ended.get() == submitted.get());
        assertWitness(counters);
        assertEquals(0, wrong.get(), "GONE is all that a writer sees");
        handles.forEach(DiskHandle::close);
    }

    @Test
    void insertAndYank_aHundredTimesUnderLoad_eachDiskIsNewAndNothingStays() throws Exception {
        AtomicInteger wrong = new AtomicInteger();
        AtomicInteger open = new AtomicInteger();
        long before = -1;
        for (int round = 0; round < 100; round++) {
            bay.insert(LunSpec.ram(1 << 16).at(0, 0));
            long last = before;
            until(
                    "a new disk comes",
                    () -> disks.values().stream().anyMatch(d -> d.info().epoch() > last));
            Gendisk disk = disks.values().stream()
                    .filter(d -> d.info().epoch() > last)
                    .findFirst()
                    .orElseThrow();
            before = disk.info().epoch();
            DiskHandle handle = disk.open(owner, Holder.named("test"), OpenMode.WRITE);
            for (int i = 0; i < 8; i++) {
                open.incrementAndGet();
                handle.submit(handle.newBio().write(i, sector(i)).onEnd(bio -> {
                    if (bio.status().ok()) {
                        handle.submit(bio);
                    } else {
                        open.decrementAndGet();
                        if (bio.status() != BlockStatus.GONE) {
                            wrong.incrementAndGet();
                        }
                    }
                }));
            }
            assertTrue(bay.yank(0, 0));
            until("each writer ends", () -> open.get() == 0);
            handle.close();
        }
        assertEquals(0, wrong.get(), "GONE is all that a writer sees");
        until(
                "nothing stays",
                () -> table.list().isEmpty() && core.hosts().get(0).devices().isEmpty());
    }

    private final class Lines implements Journal {
        @Override
        public void info(String line) {
            lines.add(line);
        }

        @Override
        public void warn(String line) {
            lines.add(line);
        }
    }

    private final class Events implements DiskEvents {
        @Override
        public Published publish(Gendisk disk) {
            disks.put(disk.info().name(), disk);
            return () -> disks.remove(disk.info().name(), disk);
        }

        @Override
        public void added(DiskInfo disk) {}

        @Override
        public void removed(RemovalReport report) {}

        @Override
        public void released(DiskInfo disk) {}

        @Override
        public void fault(String line) {
            lines.add("fault: " + line);
        }

        @Override
        public void leaked(Leaks.Held held) {}
    }
}
