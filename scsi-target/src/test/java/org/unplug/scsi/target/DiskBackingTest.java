package org.unplug.scsi.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskInfo;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.internal.genhd.DiskEvents;
import org.unplug.block.internal.genhd.DiskTable;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.internal.genhd.Owner;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.Request;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Leaks;
import org.unplug.ref.SystemClockwork;

/** A unit over a disk of the real block layer, which is pulled from under it. */
@Timeout(60)
class DiskBackingTest extends Bench {

    private final SystemClockwork clockwork = Clockwork.system("disk");
    private final ConcurrentHashMap<String, Gendisk> disks = new ConcurrentHashMap<>();
    private final DiskTable table = new DiskTable(clockwork, new Events());
    private final Owner owner = new Owner(1, "test");
    private final Lazy driver = new Lazy();
    private DiskRegistration registration;

    /** Ends requests when the test says so. */
    private static final class Lazy implements DiskDriver {
        private final byte[] bytes = new byte[BLOCKS * 512];
        private final List<Request> pending = new CopyOnWriteArrayList<>();

        @Override
        public boolean queueRequest(Request request) {
            pending.add(request);
            return true;
        }

        @Override
        public void cancel(Request request) {
            if (pending.remove(request)) {
                request.complete(BlockStatus.GONE);
            }
        }

        void serve() {
            for (Request request : List.copyOf(pending)) {
                pending.remove(request);
                int at = (int) request.sector() * 512;
                for (int i = 0; i < request.segmentCount(); i++) {
                    var segment = request.segment(i);
                    int length = segment.remaining();
                    if (request.op() == BioOp.WRITE) {
                        segment.get(segment.position(), bytes, at, length);
                    } else {
                        segment.put(segment.position(), bytes, at, length);
                    }
                    at += length;
                }
                request.complete(BlockStatus.OK);
            }
        }
    }

    @BeforeEach
    void plugDisk() throws Exception {
        registration = table.add(owner, DiskSpec.of("test", BLOCKS).withRemovable(true), driver);
        until(() -> {
            driver.serve();
            return !disks.isEmpty();
        });
        replace(
                SPEC,
                new DiskBacking(disks.values().iterator().next().open(owner, Holder.named("target"), OpenMode.WRITE)));
    }

    @AfterEach
    void close() {
        unit.cutPower(clockwork, 10_000);
        registration.remove(Removal.SURPRISE);
        table.close();
        clockwork.close();
    }

    private void until(BooleanSupplier condition) {
        Object moment = new Object();
        long deadline = clockwork.nanoTime() + 20_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(deadline - clockwork.nanoTime() > 0);
            synchronized (moment) {
                clockwork.await(moment, 1_000_000);
            }
        }
    }

    private Order start(Order order) {
        assertTrue(target.execute(first, 0, order, Task.Attribute.SIMPLE));
        return order;
    }

    @Test
    void commands_goThroughToTheDisk_withoutWaitingForIt() {
        assertEquals(BLOCKS, unit.blocks());
        Order write = start(new Order("2a 00 00000005 00 0002 00", filled(2, 0x42)));
        assertEquals(0, write.ends());
        until(() -> {
            driver.serve();
            return write.ends() == 1;
        });
        assertEquals("GOOD", write.told());
        Order read = start(new Order("28 00 00000006 00 0001 00", 512));
        until(() -> {
            driver.serve();
            return read.ends() == 1;
        });
        assertEquals(0x42, read.data()[511]);
    }

    @Test
    void disk_thatIsPulled_endsWhatIsUnderWay_andLeavesNoMedium() {
        Order read = start(new Order("28 00 00000006 00 0001 00", 512));
        registration.remove(Removal.SURPRISE);
        until(() -> read.ends() == 1);
        assertEquals("2/3a/00", read.told());
        assertFalse(unit.isLoaded());
        assertEquals("2/3a/00", tell("00 0000000000", 0));
        good("12 00 00 0024 00", 36);
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
        public void fault(String line) {}

        @Override
        public void leaked(Leaks.Held held) {}
    }
}
