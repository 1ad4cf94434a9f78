package org.unplug.driver.cow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.stack.StackPlan;
import org.unplug.block.stack.StackedDisk;
import org.unplug.driver.testkit.Load;
import org.unplug.driver.testkit.StackContract;

class CowTest extends StackContract {

    private byte[] before;

    @Override
    protected StackPlan plan(List<String> names) {
        return CowMaker.plan(Map.of("disk", names), rig.clockwork());
    }

    @Override
    protected boolean leavesWritesBehind() {
        return false;
    }

    @BeforeEach
    void fillOrigin() {
        rig.settle(10_000);
        for (int sector = 0; sector < SECTORS; sector++) {
            platters.get(0).scribble(sector, filled(512, sector % 100 + 1).array());
        }
        before = platters.get(0).content();
    }

    @Test
    void origin_isNeverWritten() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            Load load = new Load(handle, 21, 4, rig.clockwork());
            load.awaitVerified(300);
            load.stop();
            assertEquals(List.of(), load.wrong());
        }
        assertArrayEquals(before, platters.get(0).content());
    }

    @Test
    void read_acrossWrittenAndUnwritten_bringsBoth() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            handle.write(12, filled(512, 120));
            handle.write(10, filled(512, 121));
            ByteBuffer back = ByteBuffer.allocate(5 * 512);
            handle.read(9, back);
            int[] expected = {10, 121, 12, 120, 14};
            for (int i = 0; i < 5; i++) {
                assertEquals(expected[i], back.get(i * 512), "sector " + (9 + i));
                assertEquals(expected[i], back.get(i * 512 + 511), "sector " + (9 + i));
            }
        }
    }

    @Test
    void fullStore_failsTheWriteNoSpace_andKeepsTheRest() throws Exception {
        stack.close();
        StackedDisk small = rig.stack(
                CowMaker.plan(Map.of("disk", lowers.get(0).info().name(), "maxBytes", 8 * 512), rig.clockwork()),
                lowers.get(0));
        try (DiskHandle handle = rig.open(small)) {
            handle.write(0, filled(7 * 512, 120));
            assertEquals(BlockStatus.NOSPACE, submit(handle, handle.newBio().write(6, filled(3 * 512, 121))));
            assertEquals(BlockStatus.OK, submit(handle, handle.newBio().write(6, filled(2 * 512, 122))));
            assertEquals(BlockStatus.OK, submit(handle, handle.newBio().write(0, filled(512, 123))));
            ByteBuffer back = ByteBuffer.allocate(9 * 512);
            handle.read(0, back);
            assertEquals(123, back.get(0));
            assertEquals(122, back.get(7 * 512));
            assertEquals(9, back.get(8 * 512));
        }
        small.close();
    }
}
