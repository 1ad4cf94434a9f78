package org.unplug.block.internal.genhd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.unplug.block.BlockException;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskState;
import org.unplug.block.GoneException;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.testing.BootRecord;
import org.unplug.block.testing.RecordingHolder;

/** Who owns what, exclusive claims, and partitions as disks over disks. */
class OwnersAndClaimsTest extends VirtualDiskTest {

    private Gendisk addWithPartitions() {
        BootRecord.write(driver.content(), new BootRecord.Entry(1, 0x0C, 8, 8), new BootRecord.Entry(2, 0x0C, 16, 48));
        return add(cached());
    }

    @Test
    void stopOfTheUser_closesItsHandles_andItOpensNothingAnyMore() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle handle = open();
        layer.userBundle().stopped(clockwork);
        assertEquals(1, disk.status().references());
        assertEquals(BlockStatus.GONE, write(handle, 1).bio.status());
        assertThrows(IllegalStateException.class, this::open);
        assertEquals(1, disk.status().references());
        assertEquals(List.of(), disk.status().handles());
    }

    @Test
    void stopOfTheDriver_removesItsDisks_andItAddsNothingAnyMore() {
        Gendisk first = add(spec());
        Gendisk second = add(spec());
        layer.driverBundle().stopping(clockwork);
        assertEquals(DiskState.RELEASED, first.state());
        assertEquals(DiskState.RELEASED, second.state());
        assertThrows(IllegalStateException.class, () -> layer.add(spec(), driver));
        assertEquals(List.of(), layer.list());
    }

    @Test
    void exclusive_excludesTheNext_andNamesTheFirst() throws IOException {
        add(spec());
        DiskHandle first = layer.open("ram0", Holder.named("vfat at /mnt"), OpenMode.EXCLUSIVE);
        BlockException refused =
                assertThrows(BlockException.class, () -> layer.open("ram0", Holder.named("mkfs"), OpenMode.EXCLUSIVE));
        assertEquals(BlockStatus.AGAIN, refused.status());
        assertTrue(refused.getMessage().contains("vfat at /mnt"), refused.getMessage());
        open().close();
        first.close();
        layer.open("ram0", Holder.named("mkfs"), OpenMode.EXCLUSIVE).close();
    }

    @Test
    void heldPartition_keepsItsDisksName_soThatTheNextDiskHasPartitionsOfItsOwn() throws IOException {
        Gendisk disk = addWithPartitions();
        DiskHandle part = layer.open("ram0p2", Holder.named("reader"), OpenMode.READ);
        disk.remove(Removal.ORDERLY);
        assertEquals(DiskState.DEAD, disk.state());
        Gendisk next = add(cached());
        assertEquals("ram1", next.info().name());
        assertEquals(
                List.of("ram0", "ram0p2", "ram1", "ram1p1", "ram1p2"),
                layer.list().stream().map(status -> status.info().name()).toList());
        part.close();
        assertEquals(DiskState.RELEASED, disk.state());
    }

    @Test
    void exclusive_holdsBetweenADiskAndItsPartitions() throws IOException {
        addWithPartitions();
        DiskHandle part = layer.open("ram0p1", Holder.named("vfat"), OpenMode.EXCLUSIVE);
        assertThrows(BlockException.class, () -> layer.open("ram0", Holder.named("mkfs"), OpenMode.EXCLUSIVE));
        layer.open("ram0p2", Holder.named("other"), OpenMode.EXCLUSIVE).close();
        part.close();
        DiskHandle whole = layer.open("ram0", Holder.named("mkfs"), OpenMode.EXCLUSIVE);
        assertThrows(BlockException.class, () -> layer.open("ram0p1", Holder.named("vfat"), OpenMode.EXCLUSIVE));
        whole.close();
        layer.open("ram0p1", Holder.named("vfat"), OpenMode.EXCLUSIVE).close();
    }

    @Test
    void partition_isADiskOverItsRunOfSectors() throws IOException {
        addWithPartitions();
        assertEquals(List.of("ram0", "ram0p1", "ram0p2"), layer.added);
        DiskHandle part = layer.open("ram0p1");
        assertEquals(8, part.info().capacitySectors());
        assertEquals("ram0", part.info().parent());
        part.write(7, filled(1, 42));
        assertEquals(42, driver.content()[15 * 512]);
        assertThrows(IllegalArgumentException.class, () -> part.write(8, filled(1, 1)));
        part.flush();
        assertEquals(List.of("WRITE 15+1", "FLUSH"), driver.requests());
    }

    @Test
    void orderlyRemovalOfTheDisk_syncsThePartitionsHoldersWhileItStillAnswers() throws IOException {
        Gendisk disk = addWithPartitions();
        RecordingHolder holder = new RecordingHolder("vfat");
        DiskHandle part = layer.open("ram0p1", holder, OpenMode.EXCLUSIVE);
        holder.whenSynced = () -> part.write(0, filled(1, 77));
        RemovalReport report = disk.remove(Removal.ORDERLY);
        assertTrue(report.synced(), report.summary());
        assertEquals(77, driver.content()[8 * 512]);
        assertEquals(List.of("sync", "dead ORDERLY"), holder.told);
        assertEquals("FLUSH", driver.requests().get(driver.requests().size() - 1));
        assertEquals(0, clockwork.milliTime());
        part.close();
        assertEquals(List.of(), layer.list());
    }

    @Test
    void surpriseOfTheDisk_makesOrphansOfItsPartitions_onceEach() throws IOException {
        Gendisk disk = addWithPartitions();
        RecordingHolder one = new RecordingHolder("one");
        RecordingHolder two = new RecordingHolder("two");
        DiskHandle first = layer.open("ram0p1", one, OpenMode.WRITE);
        layer.open("ram0p2", two, OpenMode.WRITE);
        disk.remove(Removal.SURPRISE);
        clockwork.settle();
        assertEquals(List.of("dead SURPRISE"), one.told);
        assertEquals(List.of("dead SURPRISE"), two.told);
        assertTrue(first.isGone());
        assertThrows(GoneException.class, () -> first.read(0, sectors(1)));
    }

    @Test
    void partitionsRequest_neverLandsElsewhere_whenTheDiskGoesUnderIt() throws IOException {
        Gendisk disk = addWithPartitions();
        byte[] before = driver.content().clone();
        DiskHandle part = layer.open("ram0p1");
        disk.remove(Removal.SURPRISE);
        assertThrows(GoneException.class, () -> part.write(0, filled(1, 99)));
        assertTrue(Arrays.equals(before, driver.content()));
        assertEquals(List.of(), driver.requests());
    }

    @Test
    void rescan_afterTheTableWasWritten_showsTheNewPartitions() throws IOException {
        add(spec());
        assertEquals(List.of("ram0"), layer.added);
        byte[] table = new byte[512];
        BootRecord.write(table, new BootRecord.Entry(3, 0x83, 4, 4));
        open().write(0, ByteBuffer.wrap(table));
        layer.rescan("ram0");
        layer.rescan("ram0");
        layer.rescan("nonsense");
        assertEquals(DiskState.LIVE, layer.state("ram0p3"));
        assertEquals(2, layer.list().size());
    }

    @Test
    void rescan_whileAPartitionIsOpen_isRefused_namesWho_andTakesNothingAway() throws IOException {
        addWithPartitions();
        DiskHandle part = layer.open("ram0p2", Holder.named("reader"), OpenMode.READ);
        IllegalStateException refused = assertThrows(IllegalStateException.class, () -> layer.rescan("ram0"));
        assertEquals("rescan of ram0: ram0p2 is in use by reader", refused.getMessage());
        assertEquals(DiskState.LIVE, layer.state("ram0p1"));
        layer.open("ram0p1").close();
        part.read(0, sectors(1));
        part.close();
        BootRecord.write(driver.content(), new BootRecord.Entry(3, 0x0C, 16, 48));
        layer.rescan("ram0");
        assertEquals(DiskState.RELEASED, layer.state("ram0p1"));
        assertEquals(DiskState.LIVE, layer.state("ram0p3"));
    }

    @Test
    void removalWhileTheLookForPartitionsReads_endsTheLook() {
        driver.reply(org.unplug.block.testing.ScriptedDriver.Reply.HOLD);
        Gendisk disk = layer.add(spec(), driver);
        clockwork.settle();
        disk.remove(Removal.SURPRISE);
        assertTrue(layer.settle(10));
        assertEquals(DiskState.RELEASED, disk.state());
        assertEquals(List.of(), layer.faults);
    }
}
