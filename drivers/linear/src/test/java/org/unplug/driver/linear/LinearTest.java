package org.unplug.driver.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.stack.StackPlan;
import org.unplug.driver.testkit.StackContract;

class LinearTest extends StackContract {

    @Override
    protected StackPlan plan(List<String> names) {
        return LinearDisk.plan(Map.of("disk", String.join(",", names)), rig.clockwork());
    }

    @Override
    protected int lowerCount() {
        return 3;
    }

    @Test
    void capacity_isTheSum() {
        assertEquals(3 * SECTORS, stack.info().capacitySectors());
    }

    @Test
    void request_acrossABorder_landsOnBothSides() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            ByteBuffer[] out = {filled(512, 1), filled(1536, 2), filled(1024, 3)};
            assertEquals(BlockStatus.OK, submit(handle, handle.newBio().write(SECTORS - 3, out)));
            ByteBuffer back = ByteBuffer.allocate(6 * 512);
            handle.read(SECTORS - 3, back);
            for (int sector = 0; sector < 6; sector++) {
                assertEquals(sector < 1 ? 1 : sector < 4 ? 2 : 3, back.get(sector * 512));
            }
        }
        byte[] first = platters.get(0).content();
        byte[] second = platters.get(1).content();
        assertEquals(2, first[first.length - 1]);
        assertEquals(2, second[0]);
        assertEquals(3, second[512]);
        assertEquals(0, second[3 * 512]);
    }

    @Test
    void request_overThreeDisks_passes() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            ByteBuffer large = filled((int) (SECTORS + 2) * 512, 9);
            handle.write(SECTORS - 1, large);
        }
        assertEquals(9, platters.get(0).content()[(int) SECTORS * 512 - 1]);
        assertEquals(9, platters.get(1).content()[1234]);
        assertEquals(9, platters.get(2).content()[0]);
        assertEquals(0, platters.get(2).content()[512]);
    }

    @Test
    void flush_flushesAll() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            handle.flush();
        }
        platters.forEach(p -> assertEquals(1, p.flushes()));
    }

    @Test
    void anyPartFails_requestFails() throws Exception {
        platters.get(1).failWith(BlockStatus.MEDIUM);
        try (DiskHandle handle = rig.open(stack)) {
            assertEquals(BlockStatus.MEDIUM, submit(handle, handle.newBio().write(SECTORS - 1, filled(1024, 1))));
            assertEquals(BlockStatus.OK, submit(handle, handle.newBio().write(SECTORS - 2, filled(1024, 1))));
        }
    }

    @Test
    void plan_withoutDisks_isRefused() {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> LinearDisk.plan(Map.of(), rig.clockwork()));
        assertEquals("linear: option disk is missing: the name of the disk below", e.getMessage());
    }
}
