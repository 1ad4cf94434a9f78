package org.unplug.driver.log.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.stack.StackPlan;
import org.unplug.block.stack.StackedDisk;
import org.unplug.driver.log.LogEntry;
import org.unplug.driver.log.WriteLog;
import org.unplug.driver.testkit.Load;
import org.unplug.driver.testkit.Platter;
import org.unplug.driver.testkit.Rig;
import org.unplug.driver.testkit.StackContract;

class LogTest extends StackContract {

    private WriteLog log;
    private Platter copy;
    private DiskHandle target;

    @Override
    protected StackPlan plan(List<String> names) {
        return plan(names, Map.of());
    }

    private StackPlan plan(List<String> names, Map<String, ?> options) {
        LogFilter filter = new LogFilter(rig.clockwork());
        return new StackPlan("log", names, 1, below -> filter.create(below.get(0), options));
    }

    @BeforeEach
    void makeTarget() throws Exception {
        log = (WriteLog) stack.driver().services().get(WriteLog.class);
        copy = new Platter(SECTORS, false, "copy", rig.clockwork());
        target = rig.open(rig.insert(copy));
    }

    private byte at(int sector) {
        return copy.content()[sector * 512];
    }

    @Test
    void replay_ofEverything_equalsTheDisk() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            Load load = new Load(handle, 11, 4, rig.clockwork());
            load.awaitVerified(300);
            load.stop();
            submit(handle, handle.newBio().writeZeroes(100, 1000));
        }
        log.replay(log.now(), target);
        assertArrayEquals(platters.get(0).content(), copy.content());
    }

    @Test
    void replay_atEachTick_withAnySurvivors_hasWhatWasDurable() throws Exception {
        SplittableRandom random = new SplittableRandom(3);
        try (DiskHandle handle = rig.open(stack)) {
            for (int version = 1; version <= 20; version++) {
                handle.write(random.nextInt(8), filled(512, version));
                if (random.nextInt(3) == 0) {
                    handle.flush();
                }
            }
        }
        for (long tick = 0; tick <= log.now(); tick++) {
            byte[] must = new byte[8];
            byte[][] may = new byte[8][256];
            for (LogEntry e : log.durable(tick)) {
                must[(int) e.sector()] = e.data().get(0);
            }
            List<LogEntry> survivors = new ArrayList<>();
            for (LogEntry e : log.inDoubt(tick)) {
                may[(int) e.sector()][e.data().get(0)] = 1;
                if (random.nextBoolean()) {
                    survivors.add(e);
                }
            }
            copy.scribble(0, new byte[8 * 512]);
            log.replay(tick, survivors, target);
            for (int sector = 0; sector < 8; sector++) {
                byte found = at(sector);
                assertTrue(found == must[sector] || may[sector][found] == 1, "tick " + tick + " sector " + sector);
            }
        }
    }

    @Test
    void write_completedBeforeTheFlushWasSubmitted_isDurable_aLaterOneIsNot() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            handle.write(0, filled(512, 1));
            platters.get(0).stall();
            Bio flush = handle.newBio().flush();
            Bio during = handle.newBio().write(1, filled(512, 2));
            handle.submit(flush);
            handle.submit(during);
            platters.get(0).goOn();
            Rig.await("the ends", () -> flush.status() != null && during.status() != null);
            submit(handle, handle.newBio().write(2, filled(512, 3)).fua(true));
        }
        long now = log.now();
        assertEquals(
                List.of(0L, 2L), log.durable(now).stream().map(LogEntry::sector).toList());
        assertEquals(
                List.of(1L), log.inDoubt(now).stream().map(LogEntry::sector).toList());
        assertEquals(List.of(), log.durable(1));
        log.replay(now, List.of(), target);
        assertEquals(1, at(0));
        assertEquals(0, at(1));
        assertEquals(3, at(2));
        LogEntry durable = log.durable(now).get(0);
        assertThrows(IllegalArgumentException.class, () -> log.replay(now, List.of(durable), target));
    }

    @Test
    void failedWrite_staysInDoubt() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            platters.get(0).failWith(BlockStatus.IOERR);
            submit(handle, handle.newBio().write(5, filled(512, 1)));
            platters.get(0).failWith(null);
            handle.flush();
        }
        assertEquals(1, log.inDoubt(log.now()).size());
    }

    @Test
    void epoch_countsCompletedFlushes_andMarksNameTicks() throws Exception {
        try (DiskHandle handle = rig.open(stack)) {
            handle.write(0, filled(512, 1));
            handle.flush();
            long tick = log.mark("first");
            handle.write(0, filled(512, 2));
            assertEquals(
                    List.of(0L, 0L, 1L),
                    log.entries().stream().map(LogEntry::epoch).toList());
            assertEquals(List.of(new WriteLog.Mark("first", tick)), log.marks());
            log.replay(tick, target);
            assertEquals(1, at(0));
        }
    }

    @Test
    void overflow_stopsLogging_notTheDisk_andRefusesReplay() throws Exception {
        stack.close();
        StackedDisk small =
                rig.stack(plan(List.of(lowers.get(0).info().name()), Map.of("maxBytes", 1024)), lowers.get(0));
        WriteLog full = (WriteLog) small.driver().services().get(WriteLog.class);
        try (DiskHandle handle = rig.open(small)) {
            handle.write(0, filled(1024, 1));
            assertTrue(full.isComplete());
            handle.write(0, filled(512, 1));
            assertFalse(full.isComplete());
            assertThrows(IllegalStateException.class, () -> full.replay(full.now(), target));
            full.clear();
            handle.write(0, filled(512, 4));
            full.replay(full.now(), target);
            assertEquals(4, at(0));
        }
        small.close();
    }
}
