package org.unplug.driver.delay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Removal;
import org.unplug.block.stack.StackPlan;
import org.unplug.block.stack.StackedDisk;
import org.unplug.driver.testkit.Rig;
import org.unplug.driver.testkit.StackContract;
import org.unplug.driver.testkit.StepClock;

class DelayTest extends StackContract {

    @Override
    protected StackPlan plan(List<String> names) {
        DelayFilter filter = new DelayFilter(rig.clockwork());
        return new StackPlan(
                "delay",
                names,
                1,
                below -> filter.create(below.get(0), Map.of("readMs", 1, "writeMs", "2", "jitterMs", 1L)));
    }

    private StackedDisk slow(StepClock clock, Map<String, ?> options) throws Exception {
        stack.close();
        DelayFilter filter = new DelayFilter(clock);
        return rig.stack(
                new StackPlan(
                        "delay",
                        List.of(lowers.get(0).info().name()),
                        1,
                        below -> filter.create(below.get(0), options)),
                lowers.get(0));
    }

    private void settle(StepClock clock) {
        Rig.await("the look for partitions", () -> {
            clock.step(1000);
            return rig.settle(1);
        });
    }

    @Test
    void read_waitsItsTime_andNoLonger() throws Exception {
        StepClock clock = new StepClock(rig.clockwork());
        try (StackedDisk slow = slow(clock, Map.of("readMs", 50, "writeMs", 0));
                DiskHandle handle = rig.open(slow)) {
            settle(clock);
            long before = platters.get(0).requests();
            Bio bio = handle.newBio().read(0, ByteBuffer.allocate(512));
            handle.submit(bio);
            clock.step(49);
            assertEquals(before, platters.get(0).requests());
            clock.step(1);
            Rig.await("end of the read", () -> bio.status() != null);
            assertEquals(BlockStatus.OK, bio.status());
            handle.write(0, filled(512, 7));
        }
    }

    @Test
    void jitter_ofOneSeed_isTheSameEachTime() throws Exception {
        assertEquals(order(7), order(7));
        assertFalse(order(7).equals(order(8)) && order(8).equals(order(9)), "three seeds, one order");
    }

    /** In what order 16 equal reads end. */
    private List<Long> order(long seed) throws Exception {
        StepClock clock = new StepClock(rig.clockwork());
        List<Long> order = Collections.synchronizedList(new ArrayList<>());
        try (StackedDisk slow = slow(clock, Map.of("writeMs", 5, "jitterMs", 1000, "seed", seed));
                DiskHandle handle = rig.open(slow)) {
            settle(clock);
            for (int i = 0; i < 16; i++) {
                handle.submit(
                        handle.newBio().write(i, ByteBuffer.allocate(512)).onEnd(ended -> order.add(ended.sector())));
            }
            Rig.await("the ends", () -> {
                clock.step(10);
                return order.size() == 16;
            });
            // In order it would flush, and wait for a clock that nobody steps.
            rig.find(slow.info().name()).remove(Removal.SURPRISE);
        }
        return List.copyOf(order);
    }

    @Test
    void removal_endsWhatWaits_atOnce() throws Exception {
        StepClock clock = new StepClock(rig.clockwork());
        StackedDisk slow = slow(clock, Map.of("writeMs", 3_600_000));
        DiskHandle handle = rig.open(slow);
        Bio bio = handle.newBio().write(0, ByteBuffer.allocate(512));
        handle.submit(bio);
        rig.find(slow.info().name()).remove(Removal.SURPRISE);
        assertTrue(bio.status() == BlockStatus.OK || bio.status() == BlockStatus.GONE, bio::toString);
        slow.close();
        assertEquals("", slow.problem());
        handle.close();
    }

    @Test
    void wrongOption_isRefused_withOneLine() {
        DelayFilter filter = new DelayFilter(rig.clockwork());
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> filter.create(rig.open(lowers.get(0)), Map.of("readMs", "soon")));
        assertEquals("delay: option readMs = 'soon': must be a whole number from 0 to 3600000", e.getMessage());
        e = assertThrows(
                IllegalArgumentException.class,
                () -> filter.create(rig.open(lowers.get(0)), Map.of("readms", 1, "service.pid", "x")));
        assertTrue(
                e.getMessage().startsWith("delay: no option is called readms; there are [discardMs, "), e::getMessage);
    }
}
