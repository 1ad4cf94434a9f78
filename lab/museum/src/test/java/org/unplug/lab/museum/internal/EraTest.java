package org.unplug.lab.museum.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.unplug.block.Disk;
import org.unplug.block.DiskHandle;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.testing.ScriptedDriver;
import org.unplug.block.testing.VirtualClockwork.Started;
import org.unplug.fs.DiskGoneException;
import org.unplug.lab.museum.internal.memory.Oops;
import org.unplug.lab.museum.internal.protocol.Entry;
import org.unplug.lab.museum.internal.protocol.Era;
import org.unplug.lab.museum.internal.protocol.Step;
import org.unplug.mmc.sim.CardSpec;

/** Each era fails as it is known for, on every run; ours does not, on the same schedule. */
@Timeout(120)
class EraTest {

    private static final int PARTITION_START = 2048;
    private static final int PARTITION_SECTORS = 8192;

    @TempDir
    Path folder;

    /** A file system on an MMC card, pulled out; what happens next is the era's. */
    private static void yankMounted(MuseumRig rig) {
        try {
            rig.slot.yank();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        rig.until(() -> rig.cards.isEmpty());
        rig.clockwork.settle();
    }

    private static byte[] read(Path root) throws IOException {
        return Files.readAllBytes(root.resolve("file"));
    }

    @Test
    void mmc2628_readAfterTheYank_usesTheFreedQueue() throws IOException {
        try (MuseumRig rig = new MuseumRig(Era.MMC_2_6_28).card()) {
            Path root = rig.mount("mmcblk0");
            yankMounted(rig);
            assertEquals(List.of(), rig.oopses);
            assertThrows(FileSystemException.class, () -> read(root));
            assertEquals(
                    "BUG: use-after-release of request_queue of mmcblk0 in generic_make_request",
                    rig.headlines().get(0));
            Oops oops = rig.oopses.get(0);
            assertEquals(
                    List.of("blk_put_queue", "blk_cleanup_queue", "detect"),
                    oops.released().calls());
            assertEquals(List.of("blk_init_queue", "probe"), oops.allocated().calls());
            assertTrue(oops.released().frames().get(0).startsWith("org.unplug.mmc."), oops.text());
            assertTrue(oops.used().frames().get(0).startsWith("org.unplug.fs."), oops.text());
        }
    }

    @Test
    void mmc2628_unmountAfterTheYank_usesTheFreedQueue() throws IOException {
        try (MuseumRig rig = new MuseumRig(Era.MMC_2_6_28).card()) {
            rig.mount("mmcblk0");
            yankMounted(rig);
            rig.mounts.unmount("/mnt");
            assertTrue(
                    rig.headlines().contains("BUG: use-after-release of request_queue of mmcblk0 in sync_blockdev"),
                    rig.headlines().toString());
        }
    }

    @Test
    void mmc2628_requestInThePluggedElevator_isNeverEnded() throws IOException {
        try (MuseumRig rig = new MuseumRig(Era.MMC_2_6_28).card()) {
            DiskHandle handle = rig.open("mmcblk0", 0, Holder.named("raw"), OpenMode.WRITE);
            AtomicBoolean ended = new AtomicBoolean();
            rig.pace = step -> {
                if (step == Step.SET_QUEUE_DEAD) {
                    handle.submit(
                            handle.newBio().write(8, ByteBuffer.allocate(512)).onEnd(bio -> ended.set(true)));
                }
            };
            yankMounted(rig);
            rig.clockwork.sleepMs(3_600_000);
            assertFalse(ended.get());
            assertEquals(1, rig.museum.stranded());
        }
    }

    /** Stops a submitter between its test and its use of the elevator until the removal has been there. */
    private static void pauseBetweenTestAndUse(MuseumRig rig) {
        AtomicBoolean paused = new AtomicBoolean();
        AtomicBoolean elevatorGone = new AtomicBoolean();
        rig.pace = step -> {
            if (step == Step.BLK_PUT_QUEUE || step == Step.MMC_BLK_PUT && paused.get()) {
                elevatorGone.set(true);
            } else if (step == Entry.ELV_MERGE && paused.compareAndSet(false, true)) {
                rig.clockwork.execute("hand", () -> yankMounted(rig));
                rig.clockwork.until(elevatorGone::get);
            }
        };
    }

    @Test
    void mmc2628Patched_submitterThatHadTested_usesTheFreedElevator() throws IOException {
        try (MuseumRig rig = new MuseumRig(Era.MMC_2_6_28_PATCHED).card()) {
            Path root = rig.mount("mmcblk0");
            pauseBetweenTestAndUse(rig);
            assertThrows(FileSystemException.class, () -> read(root));
            assertEquals(
                    "BUG: use-after-release of elevator of mmcblk0 in elv_merge",
                    rig.headlines().get(0));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MMC_2_6_28_PATCHED", "MMC_2_6_32"})
    void mmc_usesAfterTheYank_failAndUnmount(Era era) throws IOException {
        try (MuseumRig rig = new MuseumRig(era).card()) {
            Path root = rig.mount("mmcblk0");
            yankMounted(rig);
            assertThrows(FileSystemException.class, () -> read(root));
            rig.mounts.unmount("/mnt");
            assertEquals(List.of(), rig.headlines());
        }
    }

    @Test
    void mmc2632_openThatFoundTheDiskBeforeItsLastPut_usesFreedData() throws IOException {
        try (MuseumRig rig = new MuseumRig(Era.MMC_2_6_32).card()) {
            Disk found = rig.disk("mmcblk0");
            yankMounted(rig);
            assertThrows(IOException.class, () -> found.open(Holder.named("late"), OpenMode.READ));
            assertEquals(
                    List.of("BUG: use-after-release of mmc_blk_data and gendisk of mmcblk0 in mmc_blk_get"),
                    rig.headlines());
        }
    }

    /** Writes a file, does not sync, removes the device in order. @return whether the holder could write back */
    private static boolean removeDirty(MuseumRig rig) throws IOException {
        Path root = rig.mount("sda");
        Files.write(root.resolve("dirty"), new byte[30_000]);
        Started<Boolean> removal = rig.clockwork.start(
                "remover",
                () -> rig.devices
                        .get(0)
                        .remove(Removal.ORDERLY)
                        .disk()
                        .orElseThrow()
                        .synced());
        rig.until(removal::isDone);
        return removal.result();
    }

    @ParameterizedTest
    @EnumSource(names = {"SCSI_2_6_28", "SCSI_3_1_RC", "SCSI_7_0"})
    void scsi_orderlyRemoval_rejectsDirtyPages(Era era) throws IOException {
        try (MuseumRig rig = new MuseumRig(era).unit()) {
            assertFalse(removeDirty(rig));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SCSI_2_6_28", "SCSI_7_0"})
    void scsi_unmountAfterRemoval_usesNothingFreed(Era era) throws IOException {
        try (MuseumRig rig = new MuseumRig(era).unit()) {
            removeDirty(rig);
            rig.mounts.unmount("/mnt");
            assertEquals(List.of(), rig.headlines());
        }
    }

    @Test
    void scsi31_mountDeleteUnmount_usesTheFreedQueue() throws IOException {
        try (MuseumRig rig = new MuseumRig(Era.SCSI_3_1_RC).unit()) {
            removeDirty(rig);
            assertEquals(List.of(), rig.headlines());
            rig.mounts.unmount("/mnt");
            assertEquals(
                    List.of("BUG: use-after-release of request_queue of sda in bdev_inode_switch_bdi"),
                    rig.headlines());
        }
    }

    /** A removal while the driver keeps a request for ever. */
    private static Started<RemovalReport> removeStuck(MuseumRig rig) throws IOException {
        ScriptedDriver driver = new ScriptedDriver(64);
        DiskRegistration disk = rig.layer().add(DiskSpec.of("stuck", 64), driver);
        rig.until(() -> rig.layer().settle(1));
        driver.reply(ScriptedDriver.Reply.HOLD);
        DiskHandle handle = rig.open("stuck0", 0, Holder.named("raw"), OpenMode.WRITE);
        handle.submit(handle.newBio().write(0, ByteBuffer.allocate(512)));
        rig.clockwork.sleepMs(10);
        assertEquals(1, driver.held.size());
        return rig.clockwork.start("remover", () -> disk.remove(Removal.SURPRISE));
    }

    @ParameterizedTest
    @EnumSource(names = {"MMC_2_6_28", "MMC_2_6_32", "MMC_7_0", "SCSI_7_0"})
    void driverThatNeverCompletes_keepsTheRemovalForAnHour(Era era) throws IOException {
        try (MuseumRig rig = new MuseumRig(era)) {
            Started<RemovalReport> removal = removeStuck(rig);
            rig.clockwork.sleepMs(3_600_000);
            assertFalse(removal.isDone());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SCSI_2_6_28", "SCSI_3_1_RC"})
    void removalThatWaitsForNobody_returnsWithTheDriverAtWork(Era era) throws IOException {
        try (MuseumRig rig = new MuseumRig(era)) {
            Started<RemovalReport> removal = removeStuck(rig);
            rig.clockwork.sleepMs(10);
            assertFalse(removal.result().quiet());
        }
    }

    /** An image with one partition, and a card of it. */
    private Path partitioned() throws IOException {
        ByteBuffer image = ByteBuffer.allocate(8 << 20).order(ByteOrder.LITTLE_ENDIAN);
        image.put(446 + 4, (byte) 0x0e)
                .putInt(446 + 8, PARTITION_START)
                .putInt(446 + 12, PARTITION_SECTORS)
                .putShort(510, (short) 0xAA55);
        return Files.write(folder.resolve("card.img"), image.array());
    }

    /** Writes to the partition's first sector while the card is ejected. @return the image's sector 0 afterwards */
    private byte[] writeWhilePartitionsGo(MuseumRig rig, Path image) throws IOException {
        DiskHandle handle = rig.open("mmcblk0p1", 0, Holder.named("unmounting"), OpenMode.WRITE);
        byte[] mark = new byte[512];
        Arrays.fill(mark, (byte) 0x55);
        rig.pace = step -> {
            if (step == Step.UNLINK_GENDISK) {
                handle.submit(handle.newBio().write(0, ByteBuffer.wrap(mark)));
                rig.clockwork.sleepMs(20);
            }
        };
        Started<RemovalReport> ejected =
                rig.clockwork.start("eject", () -> rig.cards.get(0).eject());
        rig.until(ejected::isDone);
        return Arrays.copyOf(Files.readAllBytes(image), 512);
    }

    @Test
    void partition2013_writeWhileThePartitionGoes_destroysThePartitionTable() throws IOException {
        Path image = partitioned();
        try (MuseumRig rig = new MuseumRig(Era.PARTITION_2013).card(CardSpec.image(image))) {
            byte[] sectorZero = writeWhilePartitionsGo(rig, image);
            assertEquals(0x55, sectorZero[510], "the table's signature is overwritten");
        }
    }

    @Test
    void mmc2632_writeWhileThePartitionGoes_staysInThePartition() throws IOException {
        Path image = partitioned();
        byte[] before = Arrays.copyOf(Files.readAllBytes(image), 512);
        try (MuseumRig rig = new MuseumRig(Era.MMC_2_6_32).card(CardSpec.image(image))) {
            assertArrayEquals(before, writeWhilePartitionsGo(rig, image));
            assertEquals(0x55, Files.readAllBytes(image)[PARTITION_START * 512], "the write did land where it belongs");
        }
    }

    @Test
    void blueprint_writeAfterTheYank_blocksAndLandsOnTheNextCard() throws IOException {
        try (MuseumRig rig = new MuseumRig(Era.BLUEPRINT).card()) {
            DiskHandle handle = rig.open("mmcblk0", 0, Holder.named("raw"), OpenMode.WRITE);
            yankMounted(rig);
            byte[] mark = new byte[512];
            Arrays.fill(mark, (byte) 0x77);
            Started<Boolean> writer = rig.clockwork.start("writer", () -> {
                handle.write(40, ByteBuffer.wrap(mark));
                return true;
            });
            rig.clockwork.sleepMs(60_000);
            assertFalse(writer.isDone(), "a caller blocks while there is no service");
            rig.card();
            rig.until(writer::isDone);
            ByteBuffer there = ByteBuffer.allocate(512);
            rig.open(rig.disks.get(0).info().name(), 0, Holder.named("look"), OpenMode.READ)
                    .read(40, there);
            assertArrayEquals(mark, there.array(), "another card bears what was written to the first");
        }
    }

    @Test
    void plainOsgi_readAfterTheYank_usesTheDestroyedDriver() throws IOException {
        try (MuseumRig rig = new MuseumRig(Era.PLAIN_OSGI).card()) {
            Path root = rig.mount("mmcblk0");
            yankMounted(rig);
            assertThrows(FileSystemException.class, () -> read(root));
            assertEquals(
                    "BUG: use-after-release of driver object of mmcblk0 in object",
                    rig.headlines().get(0));
        }
    }

    @Test
    void ours_onTheSameSchedules_isToldAndTyped() throws IOException {
        try (MuseumRig rig = new MuseumRig(null).card()) {
            Path root = rig.mount("mmcblk0");
            yankMounted(rig);
            assertThrows(DiskGoneException.class, () -> read(root));
            rig.mounts.unmount("/mnt");
            assertEquals(List.of(), rig.ours.faults);
        }
    }

    @Test
    void ours_orderlyRemoval_writesDirtyPagesBack() throws IOException {
        try (MuseumRig rig = new MuseumRig(null).unit()) {
            assertTrue(removeDirty(rig));
            rig.mounts.unmount("/mnt");
        }
    }

    @Test
    void ours_driverThatNeverCompletes_keepsTheRemovalForItsDeadlineOnly() throws IOException {
        try (MuseumRig rig = new MuseumRig(null)) {
            Started<RemovalReport> removal = removeStuck(rig);
            rig.clockwork.sleepMs(DiskSpec.Timeouts.DEFAULT.drainMs() + 1);
            assertTrue(removal.isDone());
            assertTrue(removal.result().quiet());
        }
    }

    @Test
    void ours_writeWhilePartitionsGo_neverLandsOnSectorZero() throws IOException {
        Path image = partitioned();
        byte[] before = Arrays.copyOf(Files.readAllBytes(image), 512);
        try (MuseumRig rig = new MuseumRig(null).card(CardSpec.image(image))) {
            DiskHandle handle = rig.open("mmcblk0p1", 0, Holder.named("unmounting"), OpenMode.WRITE);
            Started<RemovalReport> ejected =
                    rig.clockwork.start("eject", () -> rig.cards.get(0).eject());
            for (int i = 0; !ejected.isDone(); i++) {
                handle.submit(handle.newBio().write(i % 8, ByteBuffer.allocate(512)));
                rig.clockwork.pause();
            }
            assertArrayEquals(before, Arrays.copyOf(Files.readAllBytes(image), 512));
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyEra_saysWhatItModels(Era era) {
        assertEquals(era, Era.named(era.id()));
        assertFalse(era.failure().isBlank());
        assertFalse(era.remove().isEmpty());
        assertTrue(era.origin() == Era.Origin.READ || era.title().contains("inferred"));
    }

    @Test
    void eraThatIsNone_isRefusedWithTheNamesOfThoseThatAre() {
        String message = assertThrows(IllegalArgumentException.class, () -> Era.named("mmc-1.0"))
                .getMessage();
        assertTrue(
                message.contains(Arrays.stream(Era.values()).map(Era::id).collect(Collectors.joining(", "))), message);
    }
}
