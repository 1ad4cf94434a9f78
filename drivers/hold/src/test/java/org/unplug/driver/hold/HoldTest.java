package org.unplug.driver.hold;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskState;
import org.unplug.block.Removal;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.stack.Condition;
import org.unplug.block.stack.Identity;
import org.unplug.block.stack.StackPlan;
import org.unplug.block.stack.StackedDisk;
import org.unplug.driver.testkit.Load;
import org.unplug.driver.testkit.Platter;
import org.unplug.driver.testkit.Rig;
import org.unplug.driver.testkit.StackContract;
import org.unplug.driver.testkit.StepClock;

class HoldTest extends StackContract {

    @Override
    protected StackPlan plan(List<String> names) {
        return plan(names, Map.of("waitMs", 300));
    }

    private StackPlan plan(List<String> names, Map<String, ?> options) {
        HoldFilter filter = new HoldFilter(rig.clockwork());
        return new StackPlan("hold", names, 1, below -> filter.create(below.get(0), options));
    }

    private StackedDisk patient(Map<String, ?> options) throws Exception {
        stack.close();
        return rig.stack(plan(List.of(lowers.get(0).info().name()), options), lowers.get(0));
    }

    /** The medium is pulled, loses its cache if asked, and is put in again. */
    private Gendisk replug(StackedDisk hold, boolean cacheLost) throws Exception {
        pull(hold);
        platters.get(0).powerOn(cacheLost);
        return rig.insert(platters.get(0));
    }

    private void pull(StackedDisk hold) {
        platters.get(0).powerOff();
        lowers.get(0).remove(Removal.SURPRISE);
        Rig.await("the hold", () -> hold.below().isEmpty());
    }

    @Test
    void sameMedium_pulledAndBack_underVerifiedLoad_noErrorAbove() throws Exception {
        StackedDisk hold = patient(Map.of("waitMs", 60_000));
        try (DiskHandle handle = rig.open(hold)) {
            Load load = new Load(handle, 41, 4, rig.clockwork());
            for (int round = 0; round < 5; round++) {
                load.awaitVerified(60);
                Gendisk back = replug(hold, round % 2 == 0);
                assertTrue(hold.misses(back.info().name(), Identity.of(back.info())));
                hold.join(rig.disk(back));
                lowers.set(0, back);
            }
            load.awaitVerified(60);
            load.stop();
            assertEquals(List.of(), load.wrong());
            assertTrue(load.errors().isEmpty(), load::toString);
            assertEquals(load.submitted(), load.ended());
        }
        hold.close();
        assertEquals(List.of(), rig.faults());
    }

    @Test
    void itsCondition_saysForWhatItWaits_andNothingWhenItIsBack() throws Exception {
        StackedDisk hold = patient(Map.of("waitMs", 60_000));
        Condition said = (Condition) hold.driver().services().get(Condition.class);
        assertEquals("", said.condition());
        Gendisk back = replug(hold, false);
        String waits = said.condition();
        assertTrue(waits.matches("waits for " + lowers.get(0).info().name() + ", (60|[1-5][0-9]) s left"), waits);
        hold.join(rig.disk(back));
        assertEquals("", said.condition());
        hold.close();
    }

    @Test
    void acknowledgedWrites_lostWithTheCache_areWrittenAgain() throws Exception {
        StackedDisk hold = patient(Map.of("waitMs", 60_000));
        try (DiskHandle handle = rig.open(hold)) {
            handle.write(100, filled(512, 1));
            handle.flush();
            handle.write(100, filled(512, 2));
            handle.write(2000, filled(512, 3));
            Gendisk back = replug(hold, true);
            assertEquals(1, platters.get(0).content()[100 * 512]);
            hold.join(rig.disk(back));
            ByteBuffer read = ByteBuffer.allocate(512);
            handle.read(100, read);
            assertEquals(2, read.get(0));
            assertEquals(3, platters.get(0).durable()[2000 * 512]);
        }
        hold.close();
    }

    @Test
    void mediumChangedInBetween_isRefused_andTheHoldGoesOn() throws Exception {
        StackedDisk hold = patient(Map.of("waitMs", 60_000));
        try (DiskHandle handle = rig.open(hold)) {
            handle.write(1234, filled(512, 1));
            handle.flush();
            pull(hold);
            Bio waits = handle.newBio().read(1234, ByteBuffer.allocate(512));
            handle.submit(waits);
            platters.get(0).powerOn(false);
            platters.get(0).scribble(1234, filled(512, 9).array());
            Gendisk back = rig.insert(platters.get(0));
            IOException e = assertThrows(IOException.class, () -> hold.join(rig.disk(back)));
            assertEquals("its content was changed in between: sector 1234 differs", e.getMessage());
            assertNull(waits.status());
            platters.get(0).scribble(1234, filled(512, 1).array());
            hold.join(rig.disk(back));
            Rig.await("the end of what waited", () -> waits.status() != null);
            assertEquals(BlockStatus.OK, waits.status());
        }
        hold.close();
    }

    @Test
    void anotherMedium_isRefused() throws Exception {
        StackedDisk hold = patient(Map.of("waitMs", 60_000));
        pull(hold);
        Gendisk other = rig.insert(new Platter(SECTORS, true, "other", rig.clockwork()));
        IOException e = assertThrows(IOException.class, () -> hold.join(rig.disk(other)));
        assertTrue(e.getMessage().startsWith("it is another medium: plat platter serial other"), e::getMessage);
        hold.close();
        rig.awaitNoHandle();
    }

    @Test
    void timeIsUp_waitingRequestsEndGone_andTheDiskIsAnOrphan() throws Exception {
        stack.close();
        StepClock clock = new StepClock(rig.clockwork());
        HoldFilter filter = new HoldFilter(clock);
        StackedDisk hold = rig.stack(
                new StackPlan(
                        "hold",
                        List.of(lowers.get(0).info().name()),
                        1,
                        below -> filter.create(below.get(0), Map.of("waitMs", 5000))),
                lowers.get(0));
        Rig.Witness witness = new Rig.Witness();
        Gendisk upper = rig.find(hold.info().name());
        DiskHandle handle = rig.open(hold, witness);
        pull(hold);
        Bio waits = handle.newBio().write(0, filled(512, 1));
        handle.submit(waits);
        clock.step(4999);
        assertEquals(DiskState.LIVE, upper.state());
        assertNull(waits.status());
        clock.step(1);
        Rig.await("end of the stack", hold::isGone);
        assertEquals(BlockStatus.GONE, waits.status());
        assertEquals(List.of(Removal.SURPRISE), witness.told());
        assertEquals(DiskState.DEAD, upper.state());
        handle.close();
    }

    @Test
    void orderlyRemoval_isHeldToo_whereAskedFor() throws Exception {
        StackedDisk hold = patient(Map.of("waitMs", 60_000, "holdOrderly", true));
        Rig.Witness witness = new Rig.Witness();
        try (DiskHandle handle = rig.open(hold, witness)) {
            Load load = new Load(handle, 43, 4, rig.clockwork());
            load.awaitVerified(50);
            assertTrue(lowers.get(0).remove(Removal.ORDERLY).quiet());
            assertTrue(hold.below().isEmpty());
            assertFalse(hold.isGone());
            hold.join(rig.disk(rig.insert(platters.get(0))));
            load.awaitVerified(50);
            load.stop();
            assertTrue(load.errors().isEmpty() && load.wrong().isEmpty(), load::toString);
        }
        assertEquals(List.of(), witness.told());
        hold.close();
    }

    @Test
    void removedWhileHolding_endsWhatWaits_atOnce() throws Exception {
        StackedDisk hold = patient(Map.of("waitMs", 60_000));
        DiskHandle handle = rig.open(hold);
        Load load = new Load(handle, 44, 4, rig.clockwork());
        load.awaitVerified(20);
        pull(hold);
        rig.find(hold.info().name()).remove(Removal.SURPRISE);
        load.awaitEnd();
        assertEquals(load.submitted(), load.ended());
        hold.close();
        assertEquals("", hold.problem());
        handle.close();
    }
}
