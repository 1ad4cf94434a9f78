package org.unplug.driver.error.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.stack.StackPlan;
import org.unplug.driver.error.ErrorControl;
import org.unplug.driver.error.ErrorRule;
import org.unplug.driver.testkit.StackContract;

class ErrorTest extends StackContract {

    @Override
    protected StackPlan plan(List<String> names) {
        ErrorFilter filter = new ErrorFilter(rig.clockwork());
        return new StackPlan("error", names, 1, below -> filter.create(below.get(0), Map.of("armed", false)));
    }

    private ErrorControl control() {
        return (ErrorControl) stack.driver().services().get(ErrorControl.class);
    }

    private static BlockStatus write(DiskHandle handle, long sector) {
        return submit(handle, handle.newBio().write(sector, filled(512, 1)));
    }

    @Test
    void armed_failsWritesOfItsRange_only_andLeavesThemUnwritten() throws Exception {
        control()
                .arm(ErrorRule.all(BlockStatus.MEDIUM)
                        .withOperations(Set.of(BioOp.WRITE))
                        .withSectors(10, 20));
        try (DiskHandle handle = rig.open(stack)) {
            assertEquals(BlockStatus.OK, write(handle, 9));
            assertEquals(BlockStatus.MEDIUM, write(handle, 10));
            assertEquals(BlockStatus.MEDIUM, write(handle, 19));
            assertEquals(BlockStatus.OK, write(handle, 20));
            assertEquals(BlockStatus.MEDIUM, submit(handle, handle.newBio().write(8, filled(2048, 1))));
            assertEquals(BlockStatus.OK, submit(handle, handle.newBio().read(12, filled(512, 1))));
            assertEquals(BlockStatus.OK, submit(handle, handle.newBio().flush()));
        }
        assertEquals(0, platters.get(0).content()[10 * 512]);
        assertEquals(1, platters.get(0).content()[20 * 512]);
        assertEquals(3, control().failed());
    }

    @Test
    void after_andCount_boundTheFailures() throws Exception {
        control()
                .arm(ErrorRule.all(BlockStatus.IOERR)
                        .withOperations(Set.of(BioOp.WRITE))
                        .withAfter(2)
                        .withCount(3));
        try (DiskHandle handle = rig.open(stack)) {
            BitSet failed = new BitSet();
            for (int i = 0; i < 10; i++) {
                failed.set(i, write(handle, i) == BlockStatus.IOERR);
            }
            assertEquals("{2, 3, 4}", failed.toString());
            assertEquals(10, control().matched());
        }
    }

    @Test
    void rate_ofOneSeed_failsTheSameRequests() throws Exception {
        BitSet first = failures(5);
        assertEquals(first, failures(5));
        assertTrue(first.cardinality() > 30 && first.cardinality() < 70, first::toString);
        assertTrue(!first.equals(failures(6)));
    }

    private BitSet failures(long seed) throws Exception {
        control()
                .arm(ErrorRule.all(BlockStatus.IOERR)
                        .withOperations(Set.of(BioOp.WRITE))
                        .withRate(0.5, seed));
        BitSet failed = new BitSet();
        try (DiskHandle handle = rig.open(stack)) {
            for (int i = 0; i < 100; i++) {
                failed.set(i, write(handle, i) != BlockStatus.OK);
            }
        }
        return failed;
    }

    @Test
    void disarmed_atRunTime_everythingPassesAgain() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            control().arm(ErrorRule.all(BlockStatus.IOERR));
            assertEquals(BlockStatus.IOERR, write(handle, 0));
            control().disarm();
            assertEquals(BlockStatus.OK, write(handle, 0));
            assertEquals(Optional.empty(), control().rule());
        }
    }

    @Test
    void options_giveTheFirstRule() throws Exception {
        ErrorFilter filter = new ErrorFilter(rig.clockwork());
        try (DiskHandle below = rig.open(lowers.get(0))) {
            ErrorControl made = (ErrorControl) filter.create(
                    below, Map.of("operations", "read, write-zeroes", "status", "medium", "from", "7", "count", 2));
            assertEquals(
                    new ErrorRule(Set.of(BioOp.READ, BioOp.WRITE_ZEROES), 7, SECTORS, 0, 1, 2, BlockStatus.MEDIUM, 1),
                    made.rule().orElseThrow());
            assertThrows(IllegalArgumentException.class, () -> filter.create(below, Map.of("status", "ok")));
            assertThrows(IllegalArgumentException.class, () -> filter.create(below, Map.of("operations", "erase")));
        }
    }
}
