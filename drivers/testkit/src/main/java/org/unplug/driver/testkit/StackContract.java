package org.unplug.driver.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskState;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.spi.FilterRegistration;
import org.unplug.block.stack.Filter;
import org.unplug.block.stack.StackPlan;
import org.unplug.block.stack.StackedDisk;

/** What every disk over disks keeps, whatever it does to requests. A subclass says how it is built. */
@Timeout(60)
public abstract class StackContract {

    protected static final long SECTORS = 4096;
    private static final int LANES = 4;

    protected Rig rig;
    protected final List<Platter> platters = new ArrayList<>();
    protected final List<Gendisk> lowers = new ArrayList<>();
    protected StackedDisk stack;

    /** How it is built, such that all goes through it unharmed, over lower disks of those names. */
    protected abstract StackPlan plan(List<String> names);

    protected int lowerCount() {
        return 1;
    }

    /** How many lower disks must go until the disk above cannot go on. */
    protected int lowersToKill() {
        return 1;
    }

    /** Whether what is written through it is on the disk below when it is taken out. */
    protected boolean leavesWritesBehind() {
        return true;
    }

    /** Whether a write that ended is on the disk below; a cache says no, and loses it when it must go over a stuck driver. */
    protected boolean passesWritesDown() {
        return true;
    }

    @BeforeEach
    void build() throws Exception {
        rig = new Rig();
        for (int i = 0; i < lowerCount(); i++) {
            platters.add(new Platter(SECTORS, true, "S" + i, rig.clockwork()));
            lowers.add(rig.insert(platters.get(i)));
        }
        stack = rig.stack(plan(lowers.stream().map(l -> l.info().name()).toList()), lowers.toArray(new Gendisk[0]));
    }

    @AfterEach
    void tearDown() {
        rig.close();
    }

    @Test
    void verifiedLoad_passes_withoutErrorOrWrongByte() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            Load load = new Load(handle, 1, LANES, rig.clockwork());
            load.awaitVerified(500);
            load.stop();
            assertEquals(List.of(), load.wrong());
            assertTrue(load.errors().isEmpty(), load::toString);
            assertEquals(load.submitted(), load.ended());
        }
        assertEquals(List.of(), rig.faults());
    }

    @Test
    void scatterLists_passDown_inOrder() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            ByteBuffer[] out = {filled(512, 1), filled(1024, 2), filled(512, 3)};
            submit(handle, handle.newBio().write(8, out));
            ByteBuffer back = ByteBuffer.allocate(2048);
            handle.read(8, back);
            assertEquals(1, back.get(0));
            assertEquals(2, back.get(512));
            assertEquals(2, back.get(1535));
            assertEquals(3, back.get(1536));
        }
    }

    @Test
    void lowerDies_underLoad_orphansOnce_andEndsEachRequestOnce() throws Exception {
        Rig.Witness witness = new Rig.Witness();
        Gendisk upper = rig.find(stack.info().name());
        DiskHandle handle = rig.open(stack, witness);
        Load load = new Load(handle, 2, LANES, rig.clockwork());
        load.awaitVerified(50);
        for (int i = 0; i < lowersToKill(); i++) {
            platters.get(i).powerOff();
            lowers.get(i).markDead();
        }
        load.awaitEnd();
        Rig.await("end of the stack", stack::isGone);
        assertEquals(DiskState.DEAD, upper.state());
        assertEquals(List.of(Removal.SURPRISE), witness.told(), "told once, R6");
        assertEquals(load.submitted(), load.ended(), "each ended once, R2");
        assertTrue(Set.of(BlockStatus.GONE).containsAll(load.errors().keySet()), load::toString);
        assertEquals(List.of(), load.wrong());
        assertQuiet(upper);
        handle.close();
        assertNothingLeft(upper.info().name());
    }

    @Test
    void lowerRemovedInOrder_underLoad_syncsAboveBeforeItGoes() throws Exception {
        Rig.Witness witness = new Rig.Witness();
        Gendisk upper = rig.find(stack.info().name());
        DiskHandle handle = rig.open(stack, witness);
        Load load = new Load(handle, 3, LANES, rig.clockwork());
        load.awaitVerified(50);
        for (int i = 0; i < lowersToKill(); i++) {
            RemovalReport report = lowers.get(i).remove(Removal.ORDERLY);
            assertTrue(report.synced(), report::summary);
            assertTrue(report.quiet(), report::summary);
        }
        load.awaitEnd();
        Rig.await("end of the stack", stack::isGone);
        assertEquals(1, witness.syncs());
        assertEquals(List.of(Removal.ORDERLY), witness.told());
        assertEquals(load.submitted(), load.ended());
        assertTrue(Set.of(BlockStatus.GONE).containsAll(load.errors().keySet()), load::toString);
        assertEquals(List.of(), load.wrong());
        assertQuiet(upper);
        handle.close();
        assertNothingLeft(upper.info().name());
    }

    @Test
    void closed_underLoad_leavesLowerLiveAndNothingInside() throws Exception {
        Gendisk upper = rig.find(stack.info().name());
        DiskHandle handle = rig.open(stack);
        Load load = new Load(handle, 4, LANES, rig.clockwork());
        load.awaitVerified(50);
        stack.close();
        load.awaitEnd();
        assertEquals("", stack.problem());
        assertEquals(load.submitted(), load.ended());
        assertQuiet(upper);
        handle.close();
        assertNothingLeft(upper.info().name());
        for (Gendisk lower : lowers) {
            assertEquals(DiskState.LIVE, lower.state());
            // A bio's end is told before it leaves its gate, and the lower driver's thread may be between the two.
            Rig.await(
                    () -> "nothing inside the lower: " + rig.list(),
                    () -> rig.list().stream()
                            .filter(d -> d.info().equals(lower.info()))
                            .allMatch(d -> d.handles().isEmpty() && d.inFlight() == 0));
        }
    }

    @Test
    void lowerStalled_upperRemovedBySurprise_returnsByItsDeadline() throws Exception {
        Gendisk upper = rig.find(stack.info().name());
        DiskHandle handle = rig.open(stack);
        platters.forEach(Platter::stall);
        Load load = new Load(handle, 5, LANES, rig.clockwork());
        RemovalReport report = upper.remove(Removal.SURPRISE);
        assertTrue(report.quiet(), report::summary);
        load.awaitEnd();
        assertEquals(load.submitted(), load.ended());
        platters.forEach(Platter::goOn);
        stack.close();
        handle.close();
        assertNothingLeft(upper.info().name());
    }

    @Test
    void putUnderAnOpenDisk_andTakenOut_underLoad_harmsNoRequestAndNoByte() throws Exception {
        assumeTrue(lowerCount() == 1, "only what is over one disk can be a filter");
        assumeTrue(leavesWritesBehind(), "it takes what was written with it, and says so");
        Platter platter = new Platter(SECTORS, true, "hot", rig.clockwork());
        Gendisk disk = rig.insert(platter);
        Filter filter = rig.offer(plan(List.of(disk.info().name())));
        try (DiskHandle handle = rig.open(disk)) {
            Load load = new Load(handle, 6, LANES, rig.clockwork());
            for (int round = 0; round < 3; round++) {
                load.awaitVerified(30);
                FilterRegistration inserted = rig.insert(disk, filter);
                load.awaitVerified(30);
                assertTrue(inserted.remove());
                assertFalse(inserted.isInserted());
            }
            if (passesWritesDown()) {
                rig.insert(disk, filter);
                load.awaitVerified(30);
                platter.stall();
                Rig.await("requests that are stuck", () -> platter.waiting() > 0);
                rig.withdraw(filter);
                assertEquals(List.of(), disk.status().filters(), "a stuck driver does not keep it in");
                platter.goOn();
                load.awaitVerified(30);
            }
            load.stop();
            assertEquals(List.of(), load.wrong());
            assertTrue(load.errors().isEmpty(), load::toString);
            assertEquals(load.submitted(), load.ended());
        }
    }

    private void assertQuiet(Gendisk upper) {
        // The event comes after whoever waits for the removal was let go.
        Rig.await("the report", () -> !rig.reports(upper.info().name()).isEmpty());
        RemovalReport report = rig.reports(upper.info().name()).get(0);
        assertTrue(report.quiet(), report::summary);
        assertEquals(List.of(), report.laggards());
        assertEquals(List.of(), rig.faults());
        assertEquals("", stack.problem());
    }

    /** R12, as far as the block layer's table tells. */
    private void assertNothingLeft(String name) {
        Rig.await(() -> "release of " + name + ": " + rig.list(), () -> rig.find(name) == null);
    }

    protected static ByteBuffer filled(int bytes, int value) {
        ByteBuffer buffer = ByteBuffer.allocate(bytes);
        for (int i = 0; i < bytes; i++) {
            buffer.put(i, (byte) value);
        }
        return buffer;
    }

    /** Submits and waits for the end. */
    protected static BlockStatus submit(DiskHandle handle, org.unplug.block.Bio bio) {
        Object ended = new Object();
        boolean[] done = new boolean[1];
        bio.onEnd(b -> {
            synchronized (ended) {
                done[0] = true;
            }
        });
        handle.submit(bio);
        Rig.await(() -> "end of " + bio, () -> {
            synchronized (ended) {
                return done[0];
            }
        });
        assertNotNull(bio.status());
        assertFalse(bio.bufferHeld());
        return bio.status();
    }
}
