package org.unplug.scsi.internal.midlayer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Removal;
import org.unplug.scsi.ScsiDeviceState;
import org.unplug.scsi.SenseData;
import org.unplug.scsi.SenseKey;

/** Several channels, targets and units, and how they come, change and go while the host runs. */
@Timeout(60)
class TopologyTest {

    private static final SenseData LUNS_CHANGED = SenseData.of(SenseKey.UNIT_ATTENTION, 0x3F, 0x0E);
    private static final SenseData CAPACITY_CHANGED = SenseData.of(SenseKey.UNIT_ATTENTION, 0x2A, 0x09);

    private Bench bench = polling(5);
    private final FakeHost driver = new FakeHost();

    @AfterEach
    void close() {
        bench.core.removeHost(0, Removal.SURPRISE);
        bench.close();
    }

    private static Bench polling(long mediaPollMs) {
        return new Bench(new Timing(400, 2, 500, 2_000, 500, 2, 1_000, mediaPollMs));
    }

    private Host attach(int channels, int targets) {
        driver.limits = driver.limits.withTopology(channels, targets, 400);
        return bench.attach(driver);
    }

    private static List<String> addresses(Host host) {
        return host.devices().stream()
                .map(device -> device.address().toString())
                .toList();
    }

    private long scansOf(String target) {
        return driver.log.stream().filter(target::equals).count();
    }

    @Test
    void scan_findsEveryUnitOfEveryTargetOfEveryChannel_andNothingWhereNobodyIs() {
        driver.unit(0, 0, 0, 4096)
                .unit(0, 0, 7, 4096)
                .unit(0, 3, 1, 4096)
                .unit(1, 2, 0, 4096)
                .unit(1, 2, 300, 4096);
        Host host = attach(2, 4);
        assertEquals(List.of("0:0:0:0", "0:0:0:7", "0:0:3:1", "0:1:2:0", "0:1:2:300"), addresses(host));
        assertEquals(List.of("sda", "sdb", "sdc", "sdd", "sde"), bench.names());
    }

    @Test
    void targetWithoutUnit0_hasTheOthersFound() {
        Host host = attach(1, 2);
        assertEquals(List.of(), addresses(host));
        driver.unit(0, 1, 5, 4096);
        bench.core.rescan(0);
        bench.settle();
        assertEquals(List.of("0:0:1:5"), addresses(host));
    }

    @Test
    void lunsChanged_hasThatTargetLookedAt_andNoOther() throws Exception {
        driver.unit(0, 0, 0, 1 << 16).unit(0, 1, 0, 1 << 16).unit(0, 1, 1, 1 << 16);
        Host host = attach(1, 2);
        driver.unit(0, 1, 9, 1 << 16);
        driver.targets.get("0:1").remove(1L);
        driver.unit(0, 0, 4, 1 << 16);
        driver.targets.get("0:1").get(0L).attentions.add(LUNS_CHANGED);
        driver.log.clear();
        try (DiskHandle handle = bench.open("sdb")) {
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(handle, true, 1, null)), "it is tried again");
        }
        bench.until("one comes and one goes", () -> addresses(host).equals(List.of("0:0:0:0", "0:0:1:0", "0:0:1:9")));
        bench.settle();
        assertEquals(1, scansOf("REPORT LUNS"), "the new unit of the other target is not found by that");
    }

    @Test
    void lunsChanged_isHeardWhateverCommandItMeets() {
        driver.unit(0, 0, 0, 1 << 16);
        Host host = attach(1, 1);
        driver.unit(0, 0, 3, 1 << 16);
        driver.units.get(0L).attentions.add(LUNS_CHANGED);
        assertEquals(
                SenseKey.UNIT_ATTENTION,
                host.devices()
                        .get(0)
                        .execute(new byte[6], null, null, 1_000)
                        .sense()
                        .orElseThrow()
                        .key());
        bench.until("the new unit comes", () -> addresses(host).equals(List.of("0:0:0:0", "0:0:0:3")));
    }

    @Test
    void unitThatVanishes_isGoneBySurprise_andTheOthersGoOn() throws Exception {
        driver.unit(0, 0, 0, 1 << 16).unit(0, 0, 1, 1 << 16);
        Host host = attach(1, 1);
        Device vanishing = host.devices().get(1);
        try (DiskHandle stays = bench.open("sda");
                DiskHandle goes = bench.open("sdb")) {
            driver.units.remove(1L);
            bench.core.rescan(0);
            bench.until("it goes", () -> vanishing.state() == ScsiDeviceState.DEL);
            assertEquals(Removal.SURPRISE, vanishing.remove(Removal.ORDERLY).kind());
            assertEquals(BlockStatus.GONE, bench.end(Bench.submit(goes, true, 1, null)));
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(stays, true, 1, null)));
        }
    }

    @Test
    void capacityThatChanges_resizesTheDiskInUse() throws Exception {
        driver.unit(0, 4096);
        Host host = attach(1, 1);
        Device device = host.devices().get(0);
        try (DiskHandle handle = bench.open("sda")) {
            driver.units.get(0L).bytes = new byte[8192];
            driver.units.get(0L).attentions.add(CAPACITY_CHANGED);
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(handle, true, 1, null)));
            bench.until("the disk grows", () -> bench.disks.get("sda").info().capacitySectors() == 16);
            assertEquals(BlockStatus.OK, bench.end(Bench.submit(handle, true, 15, null)));
        }
        assertSame(device, host.devices().get(0));
        assertTrue(bench.said("0:0:0:0: sda has 16 blocks now"));
    }

    @Test
    void mediumTakenOut_isNoticedByThePoll_andThatOneComesToo() throws Exception {
        driver.unit(0, 4096);
        FakeUnit unit = driver.units.get(0L);
        unit.removable = true;
        Host host = attach(1, 1);
        Device before = host.devices().get(0);
        long epoch = bench.disks.get("sda").info().epoch();
        DiskHandle handle = bench.open("sda");
        unit.medium = false;
        bench.until("the disk goes, though nobody uses it", handle::isGone);
        bench.until(
                "the unit is there, without a disk",
                () -> host.devices().size() == 1
                        && host.devices().get(0) != before
                        && bench.names().isEmpty());
        unit.bytes = new byte[8192];
        unit.medium = true;
        bench.until("another disk comes", () -> !bench.disks.isEmpty());
        assertNotEquals(epoch, bench.disks.values().iterator().next().info().epoch());
        handle.close();
    }

    @Test
    void removeTarget_takesItsDevicesAllAtOnce_andLeavesTheOtherTargets() {
        driver.unit(0, 0, 0, 4096).unit(0, 1, 0, 4096).unit(0, 1, 1, 4096).unit(0, 1, 2, 4096);
        Host host = attach(1, 2);
        var reports = bench.core.removeTarget(0, 0, 1, Removal.ORDERLY);
        assertEquals(3, reports.size());
        reports.forEach(report -> assertEquals(ScsiDeviceState.DEL, report.finalState()));
        assertEquals(List.of("0:0:0:0"), addresses(host));
        assertEquals(List.of(), bench.core.removeTarget(0, 0, 1, Removal.ORDERLY));
        assertEquals(List.of(), bench.core.removeTarget(7, 0, 1, Removal.ORDERLY));
    }

    @Test
    void removeHost_isForGood_whileItsServiceStays() {
        driver.unit(0, 4096);
        Host host = attach(1, 1);
        var report = bench.core.removeHost(0, Removal.ORDERLY).orElseThrow();
        assertTrue(report.quiet());
        assertEquals(List.of(), bench.core.hosts());
        assertEquals(List.of(report), bench.core.removedHosts());
        assertSame(report, bench.core.detach(host), "its driver's stop joins");
        assertEquals(List.of(report), bench.core.removedHosts(), "and is not told of twice");
        assertTrue(bench.core.removeHost(0, Removal.ORDERLY).isEmpty());
        assertFalse(bench.names().contains("sda"));
    }
}
