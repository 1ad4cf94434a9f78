package org.unplug.block.internal.genhd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.spi.Request;
import org.unplug.block.testing.ScriptedDriver;

/** Disks that are large, have large blocks, or can discard: where requests go and how they are cut. */
class LargeDisksTest extends VirtualDiskTest {

    /** 4 TiB in sectors: 33 bits. */
    private static final long FOUR_TIB = 1L << 33;

    private final List<String> log = new ArrayList<>();

    private final DiskDriver recorder = new DiskDriver() {
        @Override
        public boolean queueRequest(Request request) {
            log.add(ScriptedDriver.describe(request));
            request.complete(BlockStatus.OK);
            return true;
        }
    };

    private DiskHandle open(QueueLimits limits, long sectors) throws IOException {
        Gendisk disk = layer.add(DiskSpec.of("big", sectors).withLimits(limits), recorder);
        clockwork.settle();
        log.clear();
        return disk.open(layer.userBundle(), Holder.named("test"), OpenMode.WRITE);
    }

    @Test
    void beyondTwoTebibytes_sectorsKeepAllTheirBits() throws IOException {
        DiskHandle handle = open(QueueLimits.DEFAULT.withMaxSectors(4), FOUR_TIB);
        assertEquals(FOUR_TIB * 512, handle.info().capacityBytes());
        handle.write((1L << 32) + 5, sectors(1));
        handle.read(FOUR_TIB - 6, sectors(6));
        assertEquals(
                List.of("WRITE 4294967301+1", "READ 8589934586+4", "READ 8589934590+2"),
                log,
                "none wrapped at 32 bits");
        assertThrows(IllegalArgumentException.class, () -> handle.read(FOUR_TIB - 1, sectors(2)));
        assertThrows(IllegalArgumentException.class, () -> handle.read(Long.MAX_VALUE - 1, sectors(2)));
    }

    @Test
    void partitionBeyondTwoTebibytes_isMappedThere() throws IOException {
        Gendisk disk = layer.add(DiskSpec.of("big", FOUR_TIB), recorder);
        clockwork.settle();
        DiskHandle below = disk.open(layer.userBundle(), Holder.named("below"), OpenMode.WRITE);
        long start = (1L << 32) + 2048;
        Gendisk part = layer.table()
                .addPart(
                        layer.driverBundle(),
                        DiskSpec.of("big", 1 << 20),
                        new org.unplug.block.stack.PassThrough(below, start, clockwork),
                        disk,
                        1,
                        start);
        log.clear();
        part.open(layer.userBundle(), Holder.named("part"), OpenMode.WRITE).write(7, sectors(1));
        assertEquals(List.of("WRITE " + (start + 7) + "+1"), log);
        assertEquals(start, part.info().startSector());
    }

    @Test
    void blocksOf4096_areTheUnitOfEverything() throws IOException {
        DiskHandle handle = open(QueueLimits.DEFAULT.withLogicalBlockBytes(4096).withMaxSectors(20), 800);
        assertEquals(4096, handle.info().limits().logicalBlockBytes());
        handle.write(8, sectors(48));
        assertEquals(List.of("WRITE 8+16", "WRITE 24+16", "WRITE 40+16"), log, "pieces of whole blocks");
        assertThrows(IllegalArgumentException.class, () -> handle.read(1, sectors(8)));
        assertThrows(IllegalArgumentException.class, () -> handle.read(0, sectors(7)));
        assertThrows(
                IllegalArgumentException.class,
                () -> layer.add(
                        DiskSpec.of("odd", 801).withLimits(QueueLimits.DEFAULT.withLogicalBlockBytes(4096)), recorder));
    }

    @Test
    void discardsAndZeroes_areCutByTheirOwnLimit_inWholeBlocks_andTheGranularityIsTold() throws IOException {
        QueueLimits limits = QueueLimits.DEFAULT
                .withLogicalBlockBytes(4096)
                .withMaxSectors(8)
                .withDiscard(true)
                .withWriteZeroes(true)
                .withRanges(100, 65536);
        DiskHandle handle = open(limits, FOUR_TIB);
        assertEquals(BlockStatus.OK, ended(handle, handle.newBio().discard(1L << 32, 200)));
        assertEquals(List.of("DISCARD 4294967296+96", "DISCARD 4294967392+96", "DISCARD 4294967488+8"), log);
        log.clear();
        assertEquals(BlockStatus.OK, ended(handle, handle.newBio().writeZeroes(8, 104)));
        assertEquals(List.of("WRITE_ZEROES 8+96", "WRITE_ZEROES 104+8"), log);
        assertEquals(65536, handle.info().limits().discardGranularityBytes());
    }

    private static BlockStatus ended(DiskHandle handle, Bio bio) {
        handle.submit(bio);
        return bio.status();
    }
}
