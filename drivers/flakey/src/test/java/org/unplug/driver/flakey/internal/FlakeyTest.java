package org.unplug.driver.flakey.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Removal;
import org.unplug.block.stack.StackPlan;
import org.unplug.block.stack.StackedDisk;
import org.unplug.driver.flakey.PowerControl;
import org.unplug.driver.flakey.PowerControl.Fate;
import org.unplug.driver.flakey.PowerControl.Then;
import org.unplug.driver.testkit.Load;
import org.unplug.driver.testkit.Rig;
import org.unplug.driver.testkit.StackContract;

class FlakeyTest extends StackContract {

    private PowerControl power;

    @Override
    protected StackPlan plan(List<String> names) {
        return plan(names, Map.of());
    }

    private StackPlan plan(List<String> names, Map<String, ?> options) {
        FlakeyFilter filter = new FlakeyFilter(rig.clockwork());
        return new StackPlan("flakey", names, 1, below -> filter.create(below.get(0), options));
    }

    @Override
    protected boolean passesWritesDown() {
        return false;
    }

    @BeforeEach
    void control() {
        power = (PowerControl) stack.driver().services().get(PowerControl.class);
    }

    private byte below(int sector) {
        return platters.get(0).content()[sector * 512];
    }

    private static int read(DiskHandle handle, int sector) throws Exception {
        ByteBuffer back = ByteBuffer.allocate(512);
        handle.read(sector, back);
        return back.get(0);
    }

    @Test
    void drop_losesWhatWasNotFlushed_andKeepsWhatWas() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            handle.write(0, filled(512, 1));
            handle.flush();
            handle.write(0, filled(512, 2));
            handle.write(1, filled(512, 3));
            assertEquals(2, read(handle, 0));
            assertEquals(1, below(0));
            assertEquals(2, power.cut(Fate.DROP, Then.OFF));
            assertEquals(BlockStatus.IOERR, submit(handle, handle.newBio().read(0, filled(512, 0))));
            assertEquals(BlockStatus.IOERR, submit(handle, handle.newBio().flush()));
            power.powerOn();
            assertEquals(1, read(handle, 0));
            assertEquals(0, read(handle, 1));
        }
    }

    @Test
    void forcedUnitAccess_survives_andVoidsOlderCachedData() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            handle.write(4, filled(4 * 512, 1));
            submit(handle, handle.newBio().write(5, filled(512, 2)).fua(true));
            assertEquals(2, below(5));
            assertEquals(1, read(handle, 4));
            assertEquals(2, read(handle, 5));
            assertEquals(1, read(handle, 6));
            handle.flush();
            assertEquals(2, below(5));
            assertEquals(1, below(7));
        }
    }

    @Test
    void readAcrossCachedAndNot_bringsBoth_inScatterLists() throws Exception {
        platters.get(0).scribble(10, filled(4 * 512, 9).array());
        try (DiskHandle handle = rig.open(stack)) {
            handle.write(11, filled(512, 1));
            ByteBuffer[] into = {ByteBuffer.allocate(768), ByteBuffer.allocate(1280)};
            assertEquals(BlockStatus.OK, submit(handle, handle.newBio().read(10, into)));
            assertEquals(9, into[0].get(511));
            assertEquals(1, into[0].get(512));
            assertEquals(1, into[1].get(255));
            assertEquals(9, into[1].get(256));
        }
    }

    @Test
    void tear_letsAPrefixThrough_cutWithinAWriteAtASector() throws Exception {
        Set<Integer> seen = new HashSet<>();
        for (int seed = 0; seed < 12; seed++) {
            byte[] after = cutAfterTenWrites(Fate.TEAR, seed);
            int through = 0;
            while (through < 80 && after[through * 512] == through / 8 + 1) {
                through++;
            }
            for (int sector = through; sector < 80; sector++) {
                assertEquals(0, after[sector * 512], "seed " + seed + " sector " + sector + " behind the tear");
            }
            seen.add(through);
        }
        assertTrue(seen.size() > 4, "seeds differ: " + seen);
        assertTrue(seen.stream().anyMatch(t -> t % 8 != 0), "some write is torn: " + seen);
    }

    @Test
    void reorder_letsAnyWholeWritesThrough_sameForOneSeed() throws Exception {
        Set<String> seen = new HashSet<>();
        for (int seed = 0; seed < 8; seed++) {
            byte[] after = cutAfterTenWrites(Fate.REORDER, seed);
            assertArrayEquals(after, cutAfterTenWrites(Fate.REORDER, seed), "seed " + seed);
            StringBuilder through = new StringBuilder();
            for (int write = 0; write < 10; write++) {
                byte first = after[write * 8 * 512];
                assertTrue(first == 0 || first == write + 1);
                assertEquals(first, after[(write * 8 + 7) * 512], "writes are whole");
                through.append(first == 0 ? '-' : '+');
            }
            seen.add(through.toString());
        }
        assertTrue(seen.size() > 4, seen::toString);
        assertTrue(seen.stream().anyMatch(s -> s.contains("-+")), "not in order: " + seen);
    }

    private byte[] cutAfterTenWrites(Fate fate, long seed) throws Exception {
        stack.close();
        platters.get(0).scribble(0, new byte[80 * 512]);
        StackedDisk flakey = rig.stack(plan(List.of(lowers.get(0).info().name()), Map.of("seed", seed)), lowers.get(0));
        try (DiskHandle handle = rig.open(flakey)) {
            for (int write = 0; write < 10; write++) {
                handle.write(write * 8L, filled(8 * 512, write + 1));
            }
            ((PowerControl) flakey.driver().services().get(PowerControl.class)).cut(fate, Then.OFF);
        }
        flakey.close();
        return Arrays.copyOf(platters.get(0).content(), 80 * 512);
    }

    @Test
    void takenOut_ofALivingDisk_writesItsCacheDown() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            handle.write(3, filled(512, 5));
            assertEquals(0, below(3));
            stack.driver().close();
            assertEquals(5, below(3));
        }
    }

    @Test
    void dies_orphansTheDisk_once_underLoad() throws Exception {
        Rig.Witness witness = new Rig.Witness();
        try (DiskHandle handle = rig.open(stack, witness)) {
            Load load = new Load(handle, 31, 4, rig.clockwork());
            load.awaitVerified(50);
            power.cut(Fate.TEAR, Then.DIES);
            load.awaitEnd();
            Rig.await("end of the stack", stack::isGone);
            assertEquals(List.of(Removal.SURPRISE), witness.told());
            assertEquals(load.submitted(), load.ended());
            assertEquals(Set.of(BlockStatus.GONE), load.errors().keySet());
            assertEquals(List.of(), load.wrong());
        }
    }

    @Test
    void fullCache_isWrittenDown_andGoesOn() throws Exception {
        stack.close();
        StackedDisk small =
                rig.stack(plan(List.of(lowers.get(0).info().name()), Map.of("cacheBytes", 65536)), lowers.get(0));
        PowerControl smallPower = (PowerControl) small.driver().services().get(PowerControl.class);
        try (DiskHandle handle = rig.open(small)) {
            Load load = new Load(handle, 32, 4, rig.clockwork());
            load.awaitVerified(500);
            load.stop();
            assertEquals(List.of(), load.wrong());
            assertTrue(smallPower.volatileBytes() <= 65536 + 8 * 512);
        }
        small.close();
        assertTrue(platters.get(0).flushes() > 1);
    }
}
