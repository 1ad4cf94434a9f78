package org.unplug.scsi.internal.midlayer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Removal;

/** How units of all ages are asked what they are, and spoken to. */
@Timeout(60)
class SdTest {

    private final Bench bench = new Bench(Bench.QUICK);
    private final FakeHost driver = new FakeHost().unit(0, 1 << 20);
    private final FakeUnit unit = driver.units.get(0L);

    @AfterEach
    void close() {
        bench.core.removeHost(0, Removal.SURPRISE);
        bench.close();
    }

    private Host attach(Consumer<FakeUnit> as) {
        as.accept(unit);
        Host host = bench.attach(driver);
        driver.log.clear();
        return host;
    }

    private void writeAndReadBack() throws Exception {
        try (DiskHandle handle = bench.open("sda")) {
            handle.write(3, ByteBuffer.allocate(512).put(0, (byte) 7));
            ByteBuffer back = ByteBuffer.allocate(512);
            handle.read(3, back);
            assertEquals(7, back.get(0));
            assertEquals(7, unit.bytes[3 * 512]);
        }
    }

    private BlockStatus range(DiskHandle handle, boolean discard, long sector, long sectors) {
        Bio bio = handle.newBio();
        if (discard) {
            bio.discard(sector, sectors);
        } else {
            bio.writeZeroes(sector, sectors);
        }
        handle.submit(bio);
        return bench.end(bio);
    }

    @Test
    void unitOfToday_isSpokenToInTenBytes() throws Exception {
        attach(u -> {});
        writeAndReadBack();
        assertTrue(driver.log.contains("WRITE(10) of 1 at block 3"), driver.log.toString());
        assertTrue(driver.log.contains("READ(10) of 1 at block 3"));
    }

    @Test
    void oldUnit_isAskedInTenBytesForItsCapacity_andSpokenToInSix() throws Exception {
        attach(u -> {
            u.level = 2;
            u.sixOnly = true;
        });
        writeAndReadBack();
        assertTrue(driver.log.contains("WRITE(6) of 1 at block 3"), driver.log.toString());
        try (DiskHandle handle = bench.open("sda")) {
            handle.write(0, ByteBuffer.allocate(1 << 18));
        }
        assertEquals(
                List.of("WRITE(6) of 256 at block 0", "WRITE(6) of 256 at block 256"),
                driver.log.stream().filter(c -> c.startsWith("WRITE(6) of 256")).toList());
    }

    @Test
    void unitWithType2Protection_isSpokenToInThirtyTwoBytes() throws Exception {
        driver.limits = driver.limits.withCdbs(32);
        attach(u -> u.protection = 2);
        writeAndReadBack();
        assertTrue(driver.log.contains("WRITE(32) of 1 at block 3"), driver.log.toString());
        assertTrue(driver.log.contains("READ(32) of 1 at block 3"));
    }

    @Test
    void maxTransferOfTheUnit_cutsRequests() throws Exception {
        attach(u -> u.maxTransferBlocks = 8);
        try (DiskHandle handle = bench.open("sda")) {
            handle.write(0, ByteBuffer.allocate(16 * 512));
        }
        assertEquals(
                List.of("WRITE(10) of 8 at block 0", "WRITE(10) of 8 at block 8"),
                driver.log.stream().filter(c -> c.startsWith("WRITE(10)")).toList());
    }

    @Test
    void writeProtectedUnit_hasAReadOnlyDisk() {
        attach(u -> u.writeProtected = true);
        assertTrue(bench.disks.get("sda").info().readOnly());
    }

    @ParameterizedTest
    @CsvSource({"0x80, UNMAP", "0x40, WRITE SAME(16) of 8 at block 8", "0x20, WRITE SAME(10) of 8 at block 8"})
    void discard_isDoneTheWayThatTheUnitHas(String ways, String command) throws Exception {
        attach(u -> {
            u.thin = true;
            u.provisioningWays = Integer.decode(ways);
        });
        unit.bytes[8 * 512] = 1;
        unit.bytes[16 * 512] = 1;
        try (DiskHandle handle = bench.open("sda")) {
            assertEquals(BlockStatus.OK, range(handle, true, 8, 8));
        }
        assertTrue(driver.log.contains(command), driver.log.toString());
        assertEquals(0, unit.bytes[8 * 512]);
        assertEquals(1, unit.bytes[16 * 512], "and no further");
    }

    @Test
    void discard_isCutToWhatOneUnmapMayName() throws Exception {
        attach(u -> {
            u.thin = true;
            u.provisioningWays = 0x80;
        });
        try (DiskHandle handle = bench.open("sda")) {
            assertEquals(BlockStatus.OK, range(handle, true, 0, 40));
        }
        assertEquals(3, driver.log.stream().filter("UNMAP"::equals).count(), "of 16, 16 and 8 blocks");
    }

    @Test
    void zeroes_areWrittenSame_byAUnitThatSaysItCan() throws Exception {
        attach(u -> u.writeSame = true);
        unit.bytes[8 * 512] = 1;
        try (DiskHandle handle = bench.open("sda")) {
            assertEquals(BlockStatus.OK, range(handle, false, 8, 8));
            assertEquals(BlockStatus.NOTSUPP, range(handle, true, 8, 8), "it is not thin");
        }
        assertEquals(0, unit.bytes[8 * 512]);
        assertTrue(driver.log.contains("WRITE SAME(16) of 8 at block 8"), driver.log.toString());
    }

    @Test
    void ranges_ofAUnitWithType2Protection_areWrittenSameInThirtyTwoBytes() throws Exception {
        driver.limits = driver.limits.withCdbs(32);
        attach(u -> {
            u.protection = 2;
            u.writeSame = true;
            u.thin = true;
            u.provisioningWays = 0x60;
        });
        unit.bytes[8 * 512] = 1;
        unit.bytes[16 * 512] = 1;
        try (DiskHandle handle = bench.open("sda")) {
            assertEquals(BlockStatus.OK, range(handle, false, 8, 8));
            assertEquals(BlockStatus.OK, range(handle, true, 16, 8));
        }
        assertTrue(driver.log.contains("WRITE SAME(32) of 8 at block 8"), driver.log.toString());
        assertTrue(driver.log.contains("WRITE SAME(32) of 8 at block 16"), driver.log.toString());
        assertEquals(0, unit.bytes[8 * 512]);
        assertEquals(0, unit.bytes[16 * 512]);
    }

    @Test
    void ranges_ofAUnitWithType2ProtectionThatHasNoWriteSame32_areNotSupported() throws Exception {
        driver.limits = driver.limits.withCdbs(32);
        attach(u -> {
            u.protection = 2;
            u.thin = true;
            u.provisioningWays = 0x60;
        });
        try (DiskHandle handle = bench.open("sda")) {
            assertEquals(BlockStatus.NOTSUPP, range(handle, false, 8, 8));
            assertEquals(BlockStatus.NOTSUPP, range(handle, true, 8, 8), "it takes none of the shorter forms");
        }
    }

    @Test
    void ranges_ofAUnitThatHasNoSuchCommand_areNotSupported() throws Exception {
        attach(u -> {});
        driver.log.clear();
        try (DiskHandle handle = bench.open("sda")) {
            assertEquals(BlockStatus.NOTSUPP, range(handle, true, 8, 8));
            assertEquals(BlockStatus.NOTSUPP, range(handle, false, 8, 8));
        }
        assertEquals(List.of(), driver.log);
    }

    @Test
    void vitalProductData_isToldByTheDevice() {
        Host host = attach(u -> {
            u.thin = true;
            u.rotation = 1;
        });
        var info = host.devices().get(0).info();
        assertEquals(1, info.rotation(), "it does not rotate");
        assertEquals("thin", info.provisioning());
        assertEquals("SN42", info.serial());
        assertEquals("naa.5000000000000007", info.wwid());
    }

    @Test
    void eject_ofARemovableUnit_allowsTheRemovalFirst_afterItsDiskWasFlushed() throws Exception {
        Host host = attach(u -> u.removable = true);
        try (DiskHandle handle = bench.open("sda")) {
            handle.write(1, ByteBuffer.allocate(512));
            bench.until("it is locked in", () -> unit.prevented);
        }
        bench.until("and let out", () -> !unit.prevented);
        driver.log.clear();
        assertEquals(List.of(), host.devices().get(0).eject().problems());
        assertEquals(List.of("SYNCHRONIZE CACHE(10)", "PREVENT ALLOW MEDIUM REMOVAL", "START STOP UNIT"), driver.log);
    }
}
