package org.unplug.driver.cow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.unplug.block.DiskHandle;
import org.unplug.block.stack.StackPlan;
import org.unplug.driver.testkit.StackContract;

/** The writes go to a second disk. */
class CowOnDiskTest extends StackContract {

    @Override
    protected StackPlan plan(List<String> names) {
        return CowMaker.plan(Map.of("disk", names), rig.clockwork());
    }

    @Override
    protected int lowerCount() {
        return 2;
    }

    @Test
    void writes_landInTheStore_packed() throws Exception {
        byte[] before = platters.get(0).content();
        try (DiskHandle handle = rig.open(stack)) {
            handle.write(4000, filled(1024, 5));
            handle.write(7, filled(512, 6));
            ByteBuffer back = ByteBuffer.allocate(1024);
            handle.read(7, back);
            assertEquals(6, back.get(0));
            assertEquals(0, back.get(512));
            handle.flush();
        }
        assertArrayEquals(before, platters.get(0).content());
        byte[] store = platters.get(1).durable();
        assertEquals(5, store[1023]);
        assertEquals(6, store[1024]);
        assertEquals(0, platters.get(0).flushes());
    }
}
