package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessMode;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.unplug.block.BioOp;
import org.unplug.block.DiskInfo;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.fs.DiskGoneException;
import org.unplug.fs.Mount;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountState;
import org.unplug.fs.MountTable;
import org.unplug.fs.UnmountMode;
import org.unplug.fs.UnmountReport;
import org.unplug.fs.VolumeIdentity;
import org.unplug.fs.internal.mount.AutoMount;

/** By what a disk is found, with which options, and the ways out. */
class MountingTest {
    private static final String POINT = Rig.POINT;

    private Rig rig;

    @BeforeEach
    void format() throws IOException {
        rig = Rig.formatted("fat16", 20 << 20);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, what + " does not come about");
            Thread.onSpinWait();
        }
    }

    private Mount mount(String options) throws IOException {
        return rig.table.mount("fake0", POINT, MountTable.AUTO, MountOptions.parse(options));
    }

    private byte[] image() {
        return rig.disk.bytes.clone();
    }

    @Test
    void options_areReadAndShownInTheNotationOfMount() {
        assertEquals("rw", MountOptions.DEFAULT.toString());
        assertEquals(
                "ro,sync,flush,atime",
                MountOptions.parse("sync,rw, flush,ro,atime").toString());
        assertEquals("rw", MountOptions.parse("ro,sync,defaults").toString());
        assertEquals("rw,resume=30s", MountOptions.parse("resume=30s").toString());
        assertEquals("rw", MountOptions.parse("resume=30,noresume").toString());
        assertThrows(IllegalArgumentException.class, () -> MountOptions.parse("resume=soon"));
        String said = assertThrows(IllegalArgumentException.class, () -> MountOptions.parse("ro,nosuch"))
                .getMessage();
        assertTrue(said.contains("'nosuch'") && said.contains("noatime"), said);
    }

    @Test
    void labelAndUuid_findTheDisk() throws IOException {
        VolumeIdentity identity = rig.table.identify("fake0").orElseThrow();
        assertEquals("fat16", identity.type());
        assertEquals("CARD", identity.label());
        assertTrue(identity.uuid().matches("[0-9A-F]{4}-[0-9A-F]{4}"), identity.uuid());
        Mount mount = rig.table.mount("LABEL=CARD", POINT, MountTable.AUTO, MountOptions.DEFAULT);
        assertEquals("fake0", mount.disk());
        assertEquals(identity.uuid(), mount.uuid());
        rig.unmount();
        rig.table.mount(
                "UUID=" + identity.uuid().toLowerCase(java.util.Locale.ROOT), POINT, "vfat", MountOptions.DEFAULT);
        rig.unmount();
        assertThrows(
                NoSuchFileException.class,
                () -> rig.table.mount("LABEL=OTHER", POINT, MountTable.AUTO, MountOptions.DEFAULT));
        FakeDisk blank = new FakeDisk("fake0", 1 << 20);
        rig.disk = blank;
        assertTrue(rig.table.identify("fake0").isEmpty());
    }

    @Test
    void resumeOption_needsTheDriverHold() {
        FileSystemException refused = assertThrows(FileSystemException.class, () -> mount("resume=30s"));
        assertTrue(refused.getMessage().contains("'hold' is not there"), refused.getMessage());
    }

    @Test
    void syncOption_leavesNothingToWriteAfterEachChange() throws IOException {
        Mount mount = mount("sync");
        Path file = rig.path("/f");
        Files.writeString(file, "durable");
        assertFalse(mount.isDirty());
        FakeDisk cut = rig.disk.again();
        rig.disk.yank();
        rig.unmount();
        rig.disk = cut;
        mount("ro");
        assertEquals("durable", Files.readString(rig.path("/f")));
    }

    @Test
    void flushOption_writesBackWhenAFileIsClosed() throws IOException {
        mount("flush");
        Files.writeString(rig.path("/f"), "soon");
        await("written back", () -> !rig.table.find(POINT).orElseThrow().isDirty());
    }

    @Test
    void readingWritesNothing_unlessAccessTimesAreKept() throws IOException {
        mount("");
        Files.writeString(rig.path("/f"), "read me");
        rig.unmount();
        byte[] before = image();
        rig.now = rig.now.plus(Duration.ofDays(3));
        mount("noatime");
        Files.readString(rig.path("/f"));
        rig.unmount();
        assertEquals(ByteBuffer.wrap(before), ByteBuffer.wrap(image()));
        mount("atime");
        Files.readString(rig.path("/f"));
        rig.unmount();
        mount("ro,atime");
        assertEquals(
                "2024-05-09T00:00:00Z",
                Files.readAttributes(rig.path("/f"), BasicFileAttributes.class)
                        .lastAccessTime()
                        .toString());
        Files.readString(rig.path("/f"));
    }

    @Test
    void remount_changesBetweenReadOnlyAndWritable() throws IOException {
        mount("");
        Files.writeString(rig.path("/f"), "1");
        try (FileChannel reader = FileChannel.open(rig.path("/f"))) {
            FileChannel writer = FileChannel.open(rig.path("/f"), StandardOpenOption.WRITE);
            FileSystemException busy =
                    assertThrows(FileSystemException.class, () -> rig.table.remount(POINT, MountOptions.parse("ro")));
            assertTrue(busy.getMessage().contains("open for writing"), busy.getMessage());
            writer.write(ByteBuffer.wrap(new byte[] {'2'}));
            writer.close();
            Mount mount = rig.table.remount(POINT, MountOptions.parse("ro"));
            assertEquals("ro", mount.options().toString());
            assertFalse(mount.isDirty());
            Peers.check(rig.disk, "read-only");
            assertThrows(FileSystemException.class, () -> Files.writeString(rig.path("/f"), "3"));
            assertEquals(1, reader.size());
            rig.table.remount(POINT, MountOptions.parse("rw,sync"));
            Files.writeString(rig.path("/f"), "4");
        }
        rig.path("/").getFileSystem().provider().checkAccess(rig.path("/f"), AccessMode.WRITE);
        assertEquals("4", Files.readString(rig.path("/f")));
        assertTrue(rig.unmount().clean());
        Peers.check(rig.disk, "at the end");
    }

    @Test
    void remount_cannotMakeAProtectedDiskWritable() throws IOException {
        rig.disk = new FakeDisk("fake0", rig.disk.bytes, 512, true);
        mount("");
        assertThrows(FileSystemException.class, () -> rig.table.remount(POINT, MountOptions.DEFAULT));
    }

    @Test
    void lazyUnmount_freesThePointAndEndsWithTheLastFile() throws IOException {
        FileSystem fileSystem = mount("").fileSystem();
        FileChannel channel = FileChannel.open(rig.path("/f"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        UnmountReport report = rig.table.unmount(POINT, UnmountMode.LAZY);
        assertFalse(report.clean());
        assertTrue(rig.table.find(POINT).isEmpty());
        assertEquals(java.util.List.of(POINT), rig.left);
        assertTrue(rig.disk.isOpen());
        assertThrows(ClosedFileSystemException.class, () -> Files.readAllBytes(fileSystem.getPath("/f")));
        channel.write(ByteBuffer.wrap(new byte[] {7}));
        channel.close();
        await("the disk is given back", () -> !rig.disk.isOpen());
        assertEquals(java.util.List.of(POINT), rig.left);
        Peers.check(rig.disk, "lazily");
        mount("ro");
        assertEquals(1, Files.size(rig.path("/f")));
    }

    @Test
    void lazyUnmountOfWhatNobodyUses_isOrderly() throws IOException {
        mount("");
        Files.writeString(rig.path("/f"), "x");
        assertTrue(rig.table.unmount(POINT, UnmountMode.LAZY).clean());
        assertFalse(rig.disk.isOpen());
    }

    @Test
    void forcedUnmount_waitsForNothing() throws Exception {
        mount("");
        Files.writeString(rig.path("/f"), "lost");
        rig.disk.hold(bio -> bio.op() != BioOp.READ);
        CountDownLatch ended = new CountDownLatch(1);
        AtomicReference<Throwable> how = new AtomicReference<>();
        Thread blocked = new Thread(() -> {
            try {
                rig.table.sync();
            } catch (Throwable failure) {
                how.set(failure);
            }
            ended.countDown();
        });
        blocked.start();
        rig.disk.awaitHeld();
        UnmountReport report = rig.table.unmount(POINT, UnmountMode.FORCED);
        assertFalse(report.clean());
        assertTrue(report.problems().get(0).contains("forced"), report.toString());
        assertTrue(ended.await(10, TimeUnit.SECONDS));
        assertFalse(rig.disk.isOpen());
        rig.disk.release();
    }

    @Test
    void freeze_leavesACleanVolumeAndHoldsChangesUp() throws Exception {
        Mount mount = mount("");
        Files.writeString(rig.path("/f"), "before");
        mount.freeze(60_000);
        assertEquals(MountState.FROZEN, mount.state());
        Peers.check(rig.disk, "frozen");
        assertEquals("before", Files.readString(rig.path("/f")));
        assertThrows(IOException.class, () -> mount.freeze(1));
        CountDownLatch written = new CountDownLatch(1);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Path file = rig.path("/f");
        Thread writer = new Thread(() -> {
            try {
                Files.writeString(file, "after");
            } catch (Throwable wrong) {
                failure.set(wrong);
            }
            written.countDown();
        });
        writer.start();
        await("the writer waits", () -> writer.getState() == Thread.State.TIMED_WAITING);
        byte[] frozen = image();
        mount.sync();
        assertEquals(ByteBuffer.wrap(frozen), ByteBuffer.wrap(image()));
        mount.thaw();
        assertTrue(written.await(10, TimeUnit.SECONDS));
        assertEquals(null, failure.get());
        assertEquals("after", Files.readString(rig.path("/f")));
        assertTrue(rig.unmount().clean());
        Peers.check(rig.disk, "thawed");
    }

    @Test
    void freeze_thawsByItself() throws Exception {
        Mount mount = mount("");
        mount.freeze(1);
        Files.writeString(rig.path("/f"), "waited");
        assertEquals(MountState.MOUNTED, mount.state());
    }

    @Test
    void yankOfAFrozenDisk_wakesWhoWaits() throws Exception {
        Mount mount = mount("");
        Files.createFile(rig.path("/f"));
        mount.freeze(60_000);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Path file = rig.path("/f");
        Thread writer = new Thread(() -> {
            try {
                Files.writeString(file, "never");
            } catch (Throwable expected) {
                failure.set(expected);
            }
        });
        writer.start();
        await("the writer waits", () -> writer.getState() == Thread.State.TIMED_WAITING);
        rig.disk.yankTellingFirst();
        writer.join(10_000);
        assertEquals(DiskGoneException.class, failure.get().getClass());
    }

    @Test
    void orderlyRemovalAndUnmount_endAFreeze() throws Exception {
        Mount mount = mount("");
        Files.writeString(rig.path("/f"), "x");
        mount.freeze(60_000);
        rig.disk.remove();
        assertEquals(MountState.DEAD, mount.state());
        assertTrue(rig.unmount().clean());
        rig.disk = rig.disk.again();
        Mount second = mount("");
        second.freeze(60_000);
        assertTrue(rig.unmount().clean());
    }

    @Test
    void rule_mountsWhatMatchesAndTakesDeadMountsAway() throws Exception {
        AutoMount.Rule rule = new AutoMount.Rule(
                "fake*", "fake", "true", "CARD", "", "/media/{label}", MountTable.AUTO, MountOptions.DEFAULT);
        AutoMount auto = new AutoMount(rig.table, rule, rig.clockwork, rig.log::add);
        DiskInfo info = info();
        auto.added(info);
        await("mounted", () -> rig.table.find("/media/CARD").isPresent());
        rig.disk.yankTellingFirst();
        auto.removed(info);
        await("unmounted", () -> rig.table.list().isEmpty());
        rig.disk = rig.disk.again();
        auto.added(info());
        await("mounted again", () -> rig.table.find("/media/CARD").isPresent());
    }

    @Test
    void rule_leavesOtherDisksAlone() throws Exception {
        for (AutoMount.Rule rule : java.util.List.of(
                new AutoMount.Rule("mmc*", "", "", "", "", "/m", "auto", MountOptions.DEFAULT),
                new AutoMount.Rule("", "scsi", "", "", "", "/m", "auto", MountOptions.DEFAULT),
                new AutoMount.Rule("", "", "false", "", "", "/m", "auto", MountOptions.DEFAULT),
                new AutoMount.Rule("", "", "", "OTHER", "", "/m", "auto", MountOptions.DEFAULT),
                new AutoMount.Rule("", "", "", "", "0000-0000", "/m", "auto", MountOptions.DEFAULT))) {
            new AutoMount(rig.table, rule, Runner.CLOCK, rig.log::add).added(info());
            assertTrue(rig.table.list().isEmpty(), rule.toString());
        }
        new AutoMount(
                        rig.table,
                        new AutoMount.Rule("", "", "", "", "", "/m/{disk}", "auto", MountOptions.DEFAULT),
                        Runner.CLOCK,
                        rig.log::add)
                .added(info());
        assertTrue(rig.table.find("/m/fake0").isPresent());
    }

    private DiskInfo info() throws IOException {
        try (var handle = rig.disk.open("fake0", 0, Holder.named("test"), OpenMode.READ)) {
            return handle.info();
        }
    }

    /** A clockwork that runs everything at once. */
    private static final class Runner implements org.unplug.ref.Clockwork {
        static final Runner CLOCK = new Runner();

        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public void execute(String name, Runnable task) {
            task.run();
        }

        @Override
        public Timer schedule(long delayMs, Runnable task) {
            throw new UnsupportedOperationException("nothing is timed here");
        }

        @Override
        public void await(Object monitor, long timeoutNanos) {
            throw new UnsupportedOperationException("nothing waits here");
        }
    }
}
