package org.unplug.driver.mirror.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Removal;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.stack.Condition;
import org.unplug.block.stack.Identity;
import org.unplug.block.stack.StackPlan;
import org.unplug.block.stack.StackedDisk;
import org.unplug.driver.mirror.MirrorControl;
import org.unplug.driver.mirror.MirrorControl.LegState;
import org.unplug.driver.mirror.MirrorControl.LegStatus;
import org.unplug.driver.testkit.Load;
import org.unplug.driver.testkit.Platter;
import org.unplug.driver.testkit.Rig;
import org.unplug.driver.testkit.StackContract;

class MirrorTest extends StackContract {

    @Override
    protected StackPlan plan(List<String> names) {
        return MirrorDisk.plan(Map.of("disk", names, "sync", "clean"), rig.clockwork());
    }

    @Override
    protected int lowerCount() {
        return 2;
    }

    @Override
    protected int lowersToKill() {
        return 2;
    }

    private static MirrorControl control(StackedDisk mirror) {
        return (MirrorControl) mirror.driver().services().get(MirrorControl.class);
    }

    private void pull(int leg) {
        platters.get(leg).powerOff();
        lowers.get(leg).remove(Removal.SURPRISE);
        Rig.await("the leg's end", () -> stack.below().size() == 1);
    }

    private void putBack(int leg, boolean cacheLost) throws IOException {
        platters.get(leg).powerOn(cacheLost);
        Gendisk back = rig.insert(platters.get(leg));
        assertTrue(stack.misses(back.info().name(), Identity.of(back.info())));
        stack.join(rig.disk(back));
        lowers.set(leg, back);
    }

    private void awaitWhole(StackedDisk mirror) {
        Rig.await(
                () -> "whole: " + control(mirror).legs(), () -> control(mirror).isWhole());
    }

    private void assertIdentical() {
        assertArrayEquals(platters.get(0).content(), platters.get(1).content());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void eitherLeg_pulledAndBack_underVerifiedLoad_noErrorAbove_andLegsEndIdentical(int leg) throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            Load load = new Load(handle, 51 + leg, 4, rig.clockwork());
            for (int round = 0; round < 4; round++) {
                load.awaitVerified(80);
                pull(leg);
                load.awaitVerified(80);
                putBack(leg, round % 2 == 0);
                awaitWhole(stack);
            }
            load.awaitVerified(80);
            load.stop();
            assertTrue(load.errors().isEmpty(), load::toString);
            assertEquals(List.of(), load.wrong());
            assertEquals(load.submitted(), load.ended());
        }
        assertIdentical();
        assertEquals(List.of(), rig.faults());
    }

    @Test
    void legsPulledInTurn_underVerifiedLoad_carryEachOther() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            Load load = new Load(handle, 54, 4, rig.clockwork());
            for (int round = 0; round < 6; round++) {
                load.awaitVerified(50);
                pull(round % 2);
                load.awaitVerified(50);
                putBack(round % 2, true);
                awaitWhole(stack);
            }
            load.stop();
            assertTrue(load.errors().isEmpty() && load.wrong().isEmpty(), load::toString);
        }
        assertIdentical();
    }

    @Test
    void legRemovedInOrder_underLoad_noErrorAbove() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            Load load = new Load(handle, 55, 4, rig.clockwork());
            load.awaitVerified(50);
            assertTrue(lowers.get(0).remove(Removal.ORDERLY).quiet());
            load.awaitVerified(50);
            load.stop();
            assertTrue(load.errors().isEmpty() && load.wrong().isEmpty(), load::toString);
        }
        assertEquals(LegState.ABSENT, control(stack).legs().get(0).state());
    }

    @Test
    void fullSync_underConcurrentWrites_endsIdentical() throws Exception {
        stack.close();
        byte[] noise = new byte[(int) SECTORS * 512];
        new Random(1).nextBytes(noise);
        platters.get(0).scribble(0, noise);
        new Random(2).nextBytes(noise);
        platters.get(1).scribble(0, noise);
        StackedDisk mirror = rig.stack(
                MirrorDisk.plan(
                        Map.of("disk", lowers.stream().map(l -> l.info().name()).toList(), "regionKiB", 16),
                        rig.clockwork()),
                lowers.toArray(new Gendisk[0]));
        try (DiskHandle handle = rig.open(mirror)) {
            Load load = new Load(handle, 56, 4, rig.clockwork());
            awaitWhole(mirror);
            load.awaitVerified(100);
            load.stop();
            assertTrue(load.errors().isEmpty() && load.wrong().isEmpty(), load::toString);
        }
        assertIdentical();
        mirror.close();
        assertEquals("", mirror.problem());
    }

    @Test
    void closedWhileSyncing_leavesNothingInside() throws Exception {
        stack.close();
        StackedDisk mirror = rig.stack(
                MirrorDisk.plan(
                        Map.of("disk", lowers.stream().map(l -> l.info().name()).toList(), "regionKiB", 4),
                        rig.clockwork()),
                lowers.toArray(new Gendisk[0]));
        mirror.close();
        assertEquals("", mirror.problem());
        rig.awaitNoHandle();
    }

    @Test
    void legBack_copiesOnlyWhatWasWritten() throws Exception {
        rig.settle(10_000);
        try (DiskHandle handle = rig.open(stack)) {
            handle.write(0, filled(512, 1));
            handle.flush();
            pull(1);
            handle.write(1000, filled(512, 2));
            long before = platters.get(1).requests();
            putBack(1, false);
            awaitWhole(stack);
            rig.settle(10_000);
            // 64 samples, the partition look-up, one region, the flush; all would be 32 regions.
            long took = platters.get(1).requests() - before;
            assertTrue(took <= 64 + 8, took + " requests");
        }
        assertEquals(2, platters.get(1).content()[1000 * 512]);
        assertIdentical();
    }

    @Test
    void legWrittenElsewhere_isCopiedAsAWhole() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            handle.write(640, filled(8 * 512, 1));
            handle.flush();
            pull(1);
            platters.get(1).scribble(640, filled(8 * 512, 7).array());
            platters.get(1).scribble(649, filled(512, 7).array());
            putBack(1, false);
            awaitWhole(stack);
        }
        assertIdentical();
    }

    @Test
    void anotherDisk_isRefused() throws Exception {
        pull(1);
        Gendisk other = rig.insert(new Platter(SECTORS, true, "other", rig.clockwork()));
        IOException e = assertThrows(IOException.class, () -> stack.join(rig.disk(other)));
        assertTrue(e.getMessage().startsWith("it is no leg of this mirror: plat platter serial other"), e::getMessage);
        assertFalse(control(stack).isWhole());
        Condition said = (Condition) stack.driver().services().get(Condition.class);
        assertEquals(lowers.get(1).info().name() + " is absent", said.condition());
    }

    @Test
    void readThatFailsOnOneLeg_isAnsweredByTheOther() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            handle.write(0, filled(512, 5));
            platters.get(0).failWith(BlockStatus.MEDIUM);
            for (int i = 0; i < 10; i++) {
                ByteBuffer back = ByteBuffer.allocate(512);
                handle.read(0, back);
                assertEquals(5, back.get(0));
            }
            platters.get(1).failWith(BlockStatus.MEDIUM);
            assertEquals(BlockStatus.MEDIUM, submit(handle, handle.newBio().read(0, filled(512, 0))));
        }
    }

    @Test
    void writeThatFailsOnOneLeg_dropsIt_andTheLastLegsErrorIsShown() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            platters.get(0).failWith(BlockStatus.IOERR);
            handle.write(0, filled(512, 5));
            assertEquals(LegState.ABSENT, control(stack).legs().get(0).state());
            platters.get(1).failWith(BlockStatus.IOERR);
            assertEquals(BlockStatus.IOERR, submit(handle, handle.newBio().write(0, filled(512, 6))));
            assertEquals(LegState.IN_SYNC, control(stack).legs().get(1).state());
            platters.get(1).failWith(null);
            handle.write(0, filled(512, 7));
        }
    }

    @Test
    void reads_areSpreadOverTheLegs() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            // Where the block layer's own look has a read under way at one leg, the other one gets more of them
            // meanwhile.
            Rig.await("a hundred reads are spread", () -> isSpread(handle));
        }
    }

    private boolean isSpread(DiskHandle handle) {
        List<Long> before = control(stack).legs().stream().map(LegStatus::reads).toList();
        try {
            for (int i = 0; i < 100; i++) {
                handle.read(i, ByteBuffer.allocate(512));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<LegStatus> after = control(stack).legs();
        return IntStream.range(0, 2).allMatch(leg -> after.get(leg).reads() - before.get(leg) >= 45);
    }

    @Test
    void plan_withOneDisk_isRefused() {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> MirrorDisk.plan(Map.of("disk", "sda"), rig.clockwork()));
        assertEquals("mirror: option disk names [sda]: must be two or more", e.getMessage());
    }
}
