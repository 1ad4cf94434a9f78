package org.unplug.scsi.internal.midlayer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Removal;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.SenseData;
import org.unplug.scsi.SenseKey;
import org.unplug.scsi.internal.eh.Rung;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.ScsiCommand;
import org.unplug.scsi.spi.ScsiHost.EhResult;
import org.unplug.scsi.spi.ScsiHost.Queued;

/**
 * A medium that is changed is told of once, to whichever command comes first. Whose command that is, no write that was meant for the
 * medium before may reach the other one. Nobody polls here.
 */
@Timeout(60)
class MediumChangeTest {

    private static final int SIZE = 4096;

    private final Bench bench = new Bench(new Timing(400, 2, 500, 2_000, 500, 2, 1_000, 0));
    private final FakeHost driver = new FakeHost().unit(0, SIZE);
    private final FakeUnit unit = driver.units.get(0L);
    private final byte[] fresh = new byte[2 * SIZE];
    private Host host;
    private Device before;

    MediumChangeTest() {
        unit.removable = true;
    }

    @AfterEach
    void close() {
        bench.core.removeHost(0, Removal.SURPRISE);
        bench.close();
    }

    private void attach() {
        host = bench.attach(driver);
        // None, for a moment, where the medium changes while it is looked at.
        before = host.devices().stream().findFirst().orElse(null);
    }

    private void change() {
        unit.bytes = fresh;
        unit.attentions.add(SenseData.of(SenseKey.UNIT_ATTENTION, 0x28, 0));
    }

    private BlockStatus write(DiskHandle handle) {
        var bio = handle.newBio().write(3, ByteBuffer.allocate(512).put(0, (byte) 1));
        handle.submit(bio);
        return bench.end(bio);
    }

    private void assertTheOtherMediumIsUntouched_andComesAsAnotherDisk() {
        assertTrue(Arrays.equals(new byte[fresh.length], fresh), "the write was for the other medium");
        bench.until(
                "the other medium's disk",
                () -> host.devices().stream()
                        .anyMatch(d -> d != before && bench.names().contains(d.disk())));
        assertNotSame(before, host.devices().get(0));
        assertEquals(
                fresh.length / 512,
                host.devices().get(0).diskRegistration().info().capacitySectors());
    }

    @Test
    void toldToAWrite() throws Exception {
        attach();
        try (DiskHandle handle = bench.open("sda")) {
            bench.until("the medium is locked in, which is a command too", () -> unit.prevented);
            change();
            assertEquals(BlockStatus.GONE, write(handle));
            assertEquals(BlockStatus.GONE, write(handle));
        }
        assertTheOtherMediumIsUntouched_andComesAsAnotherDisk();
    }

    @Test
    void toldToTheLockOfTheMedium() throws Exception {
        attach();
        change();
        try (DiskHandle handle = bench.open("sda")) {
            bench.until("the disk goes", handle::isGone);
            assertEquals(BlockStatus.GONE, write(handle));
        }
        assertTheOtherMediumIsUntouched_andComesAsAnotherDisk();
    }

    @Test
    void toldToSomebodysOwnCommand() throws Exception {
        attach();
        try (DiskHandle handle = bench.open("sda")) {
            bench.until("the medium is locked in", () -> unit.prevented);
            change();
            byte[] cdb = new byte[6];
            Cdb.testUnitReady(cdb);
            var result = before.execute(cdb, null, null, 5_000);
            assertEquals(0x28, result.sense().orElseThrow().asc());
            assertEquals(BlockStatus.GONE, write(handle));
        }
        assertTheOtherMediumIsUntouched_andComesAsAnotherDisk();
    }

    @Test
    void toldToTheErrorHandlerAfterAReset_theWriteIsNotTriedAgain() throws Exception {
        AtomicReference<ScsiCommand> held = new AtomicReference<>();
        attach();
        driver.instead = command -> {
            boolean first = Cdb.opcode(command.cdb()) == Cdb.WRITE_10 && held.compareAndSet(null, command);
            return first ? Queued.ACCEPTED : null;
        };
        driver.resets.put(Rung.DEVICE_RESET, where -> {
            change();
            held.get().completeFailed(HostByte.RESET);
            return EhResult.SUCCESS;
        });
        try (DiskHandle handle = bench.open("sda")) {
            assertEquals(BlockStatus.GONE, write(handle));
        }
        assertTheOtherMediumIsUntouched_andComesAsAnotherDisk();
    }

    @Test
    void toldWhileTheUnitIsLookedAt_theDiskThatComesIsTheOtherMediums() {
        driver.instead = command -> {
            if (Cdb.opcode(command.cdb()) == Cdb.MODE_SENSE_10 && unit.bytes != fresh) {
                change();
            }
            return null;
        };
        attach();
        bench.until("a disk", () -> !bench.names().isEmpty());
        assertEquals(
                fresh.length / 512,
                host.devices().get(0).diskRegistration().info().capacitySectors());
        assertTrue(bench.said("the medium was changed while it was looked at"));
        assertEquals(1, bench.disks.values().iterator().next().info().epoch(), "there was never a disk of half of it");
    }
}
