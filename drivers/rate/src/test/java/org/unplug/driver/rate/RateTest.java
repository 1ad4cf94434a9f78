package org.unplug.driver.rate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.unplug.block.DiskHandle;
import org.unplug.block.Removal;
import org.unplug.block.stack.StackPlan;
import org.unplug.block.stack.StackedDisk;
import org.unplug.driver.testkit.Rig;
import org.unplug.driver.testkit.StackContract;
import org.unplug.driver.testkit.StepClock;

class RateTest extends StackContract {

    @Override
    protected StackPlan plan(List<String> names) {
        RateFilter filter = new RateFilter(rig.clockwork());
        return new StackPlan(
                "rate",
                names,
                1,
                below -> filter.create(below.get(0), Map.of("iops", 5000, "bytesPerSecond", "50000000")));
    }

    @Test
    void buckets_letABurstGo_andThenTheRate() {
        Buckets buckets = new Buckets(1_000_000, 0, 100, 0);
        assertEquals(0, buckets.take(0, 50_000));
        assertEquals(0, buckets.take(0, 50_000));
        assertEquals(10_000_000, buckets.take(0, 10_000));
        assertEquals(20_000_000, buckets.take(10_000_000, 10_000));
    }

    @Test
    void buckets_idleTime_savesNoMoreThanTheBurst() {
        Buckets buckets = new Buckets(0, 100, 50, 0);
        long now = 3_600_000_000_000L;
        int atOnce = 0;
        while (buckets.take(now, 0) == now) {
            atOnce++;
        }
        assertEquals(5, atOnce);
    }

    @Test
    void requests_beyondTheBurst_goAtTheRate() throws Exception {
        stack.close();
        StepClock clock = new StepClock(rig.clockwork());
        RateFilter filter = new RateFilter(clock);
        StackedDisk slow = rig.stack(
                new StackPlan(
                        "rate",
                        List.of(lowers.get(0).info().name()),
                        1,
                        below -> filter.create(below.get(0), Map.of("iops", 100, "burstMs", 10))),
                lowers.get(0));
        Rig.await("the look for partitions", () -> {
            clock.step(1000);
            return rig.settle(1);
        });
        AtomicInteger ended = new AtomicInteger();
        long before = platters.get(0).requests();
        try (DiskHandle handle = rig.open(slow)) {
            for (int i = 0; i < 50; i++) {
                handle.submit(handle.newBio().write(i, ByteBuffer.allocate(512)).onEnd(bio -> ended.incrementAndGet()));
            }
            long began = clock.nanoTime();
            Rig.await(() -> "the ends: " + ended, () -> {
                long gone = platters.get(0).requests() - before;
                long elapsedMs = (clock.nanoTime() - began) / 1_000_000;
                assertTrue(gone <= elapsedMs / 10 + 2, gone + " requests in " + elapsedMs + " ms");
                clock.step(5);
                return ended.get() == 50;
            });
            rig.find(slow.info().name()).remove(Removal.SURPRISE);
        }
        slow.close();
    }
}
