package org.unplug.driver.stats.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.unplug.block.Bio;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.stack.StackPlan;
import org.unplug.driver.stats.DiskStats;
import org.unplug.driver.stats.OperationStats;
import org.unplug.driver.testkit.Rig;
import org.unplug.driver.testkit.StackContract;
import org.unplug.driver.testkit.StepClock;

class StatsTest extends StackContract {

    private StepClock clock;
    private DiskStats stats;

    @Override
    protected StackPlan plan(List<String> names) {
        clock = new StepClock(rig.clockwork());
        StatsFilter filter = new StatsFilter(clock);
        return new StackPlan("stats", names, 1, below -> filter.create(below.get(0), Map.of()));
    }

    /** Its clock stands still here: nothing in it ever gives up waiting for a driver that is stuck. */
    @Override
    protected boolean passesWritesDown() {
        return false;
    }

    @BeforeEach
    void quiet() {
        rig.settle(10_000);
        stats = (DiskStats) stack.driver().services().get(DiskStats.class);
        stats.reset();
    }

    @Test
    void counts_requestsSectorsAndErrors_byOperation() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            handle.write(0, filled(1024, 1));
            handle.write(8, filled(4096, 1));
            handle.read(0, filled(512, 0));
            handle.flush();
            platters.get(0).failWith(BlockStatus.MEDIUM);
            submit(handle, handle.newBio().read(0, filled(512, 0)));
            submit(handle, handle.newBio().writeZeroes(0, 8));
        }
        List<OperationStats> total = stats.total();
        assertEquals(
                List.of(BioOp.READ, BioOp.WRITE, BioOp.FLUSH, BioOp.WRITE_ZEROES),
                total.stream().map(OperationStats::op).toList());
        assertEquals(2, total.get(0).requests());
        assertEquals(1, total.get(0).sectors());
        assertEquals(Map.of(BlockStatus.MEDIUM, 1L), total.get(0).errors());
        assertEquals(10, total.get(1).sectors());
        assertEquals(Map.of(BlockStatus.MEDIUM, 1L), total.get(3).errors());
        assertEquals(0, stats.inFlight());
    }

    @Test
    void latency_isTheTimeBelow() throws Exception {
        platters.get(0).stall();
        try (DiskHandle handle = rig.open(stack)) {
            Bio bio = handle.newBio().write(0, filled(512, 1));
            handle.submit(bio);
            assertEquals(1, stats.inFlight());
            clock.step(250);
            platters.get(0).goOn();
            Rig.await("the end", () -> bio.status() != null);
        }
        OperationStats write = stats.total().get(0);
        assertEquals(250, write.p50Nanos() / 1e6, 2.5);
        assertEquals(250, write.maxNanos() / 1e6, 2.5);
    }

    @Test
    void interval_beginsAnew_andTotalGoesOn() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            handle.write(0, filled(512, 1));
            assertEquals(1, stats.interval().get(0).requests());
            handle.write(0, filled(512, 1));
            handle.write(0, filled(512, 1));
            assertEquals(3, stats.total().get(0).requests());
            assertEquals(2, stats.interval().get(0).requests());
            assertTrue(stats.interval().isEmpty());
            assertEquals(3, stats.total().get(0).requests());
        }
    }
}
