package org.unplug.driver.nulldisk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.driver.testkit.Rig;

@Timeout(60)
class NullTest {

    @Test
    void everyRequest_completesAtOnce_withinSubmit() throws Exception {
        try (Rig rig = new Rig();
                DiskHandle handle = rig.open(rig.add(NullDisk.spec(Map.of("sectors", 4096)), new NullDriver()))) {
            for (Bio bio : List.of(
                    handle.newBio().read(0, ByteBuffer.allocate(4096)),
                    handle.newBio().write(4088, ByteBuffer.allocate(4096)),
                    handle.newBio().discard(0, 4096),
                    handle.newBio().writeZeroes(0, 8))) {
                handle.submit(bio);
                assertEquals(BlockStatus.OK, bio.status());
            }
        }
    }

    @Test
    void removed_underLoad_endsEachRequestOnce() throws Exception {
        try (Rig rig = new Rig()) {
            Gendisk disk = rig.add(NullDisk.spec(Map.of("sectors", 4096)), new NullDriver());
            DiskHandle handle = rig.open(disk);
            AtomicLong submitted = new AtomicLong();
            AtomicLong ended = new AtomicLong();
            AtomicBoolean done = new AtomicBoolean();
            rig.clockwork().execute("load", () -> {
                Bio bio = handle.newBio().onEnd(b -> ended.incrementAndGet());
                ByteBuffer buffer = ByteBuffer.allocate(4096);
                do {
                    submitted.incrementAndGet();
                    handle.submit(bio.write(0, buffer));
                } while (bio.status() == BlockStatus.OK);
                done.set(bio.status() == BlockStatus.GONE);
            });
            Rig.await("load", () -> ended.get() > 1000);
            RemovalReport report = disk.remove(Removal.SURPRISE);
            assertTrue(report.quiet(), report::summary);
            Rig.await("end of the load with GONE", done::get);
            assertEquals(submitted.get(), ended.get());
            handle.close();
            Rig.await("release", () -> rig.list().isEmpty());
            assertEquals(List.of(), rig.faults());
        }
    }

    @Test
    void spec_followsTheOptions() {
        assertEquals(
                4096,
                NullDisk.spec(Map.of("sectors", "4099", "blockBytes", 4096)).capacitySectors() + 0);
        assertEquals(32, NullDisk.spec(Map.of("queueDepth", 32)).limits().queueDepth());
        assertThrows(IllegalArgumentException.class, () -> NullDisk.spec(Map.of("blockBytes", 513)));
        assertThrows(IllegalArgumentException.class, () -> NullDisk.spec(Map.of("size", 1)));
    }
}
