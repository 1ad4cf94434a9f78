package org.unplug.block.internal.genhd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.unplug.block.Bio;
import org.unplug.block.DiskHandle;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.testing.FlatBlockLayer;
import org.unplug.block.testing.ScriptedDriver;
import org.unplug.block.testing.VirtualClockwork;

/** A disk over a scripted driver in virtual time: what most tests of this package begin with. */
abstract class VirtualDiskTest {

    static final long SECTORS = 64;

    final VirtualClockwork clockwork = new VirtualClockwork();
    final FlatBlockLayer layer = new FlatBlockLayer(clockwork);
    final ScriptedDriver driver = new ScriptedDriver(SECTORS);

    @AfterEach
    void close() {
        clockwork.close();
    }

    static DiskSpec spec() {
        return DiskSpec.of("ram", SECTORS);
    }

    static DiskSpec cached() {
        return spec().withLimits(QueueLimits.DEFAULT.withWriteCache(true, false));
    }

    static DiskSpec depth(int tags) {
        return spec().withLimits(QueueLimits.DEFAULT.withQueueDepth(tags));
    }

    /** Adds it and lets the look for partitions pass. */
    Gendisk add(DiskSpec spec) {
        Gendisk disk = layer.add(spec, driver);
        clockwork.settle();
        driver.log.clear();
        return disk;
    }

    static ByteBuffer sectors(int count) {
        return ByteBuffer.allocate(count * 512);
    }

    static ByteBuffer filled(int count, int value) {
        byte[] bytes = new byte[count * 512];
        Arrays.fill(bytes, (byte) value);
        return ByteBuffer.wrap(bytes);
    }

    /** A bio that counts its ends. */
    static final class Counted {
        final Bio bio;
        int ends;

        Counted(Bio bio) {
            this.bio = bio.onEnd(b -> ends++);
        }
    }

    static Counted write(DiskHandle handle, long sector) {
        Counted counted = new Counted(handle.newBio().write(sector, filled(1, (int) sector)));
        handle.submit(counted.bio);
        return counted;
    }

    static List<Counted> writes(DiskHandle handle, int count) {
        List<Counted> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(write(handle, i));
        }
        return all;
    }

    DiskHandle open() throws IOException {
        return layer.open("ram0");
    }

    VirtualClockwork.Started<RemovalReport> startRemoving(Gendisk disk, Removal kind) {
        VirtualClockwork.Started<RemovalReport> remover = clockwork.start("remover", () -> disk.remove(kind));
        clockwork.settle();
        return remover;
    }
}
