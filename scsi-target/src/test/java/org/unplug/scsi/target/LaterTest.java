package org.unplug.scsi.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unplug.block.BlockStatus;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** A backing that answers later: nothing waits, commands go on when their I/O ends, and the task set keeps its rules. */
class LaterTest extends Bench {

    private static final String READ = "28 00 %08x 00 0001 00";
    private static final String WRITE = "2a 00 %08x 00 0001 00";

    private final Slow slow = new Slow();

    @BeforeEach
    void useSlow() {
        replace(SPEC, slow);
    }

    private Order start(Nexus by, String cdb, int lba, int bytes, Task.Attribute attribute) {
        Order order = new Order(String.format(cdb, lba), bytes);
        assertTrue(target.execute(by, 0, order, attribute));
        return order;
    }

    private Order start(String cdb, int lba, int bytes) {
        return start(first, cdb, lba, bytes, Task.Attribute.SIMPLE);
    }

    private void endAll() {
        while (!slow.pending.isEmpty()) {
            slow.pending.remove().run();
        }
    }

    @Test
    void command_endsWhenItsInputOutputEnds() {
        Order write = start(WRITE, 3, 512);
        Order read = start(READ, 4, 512);
        assertEquals(0, write.ends() + read.ends());
        assertEquals(2, slow.pending.size());
        endAll();
        assertEquals("GOOD", write.told());
        assertEquals(512, read.movedBytes());
    }

    @Test
    void commandOfManySteps_goesOnWithEach() {
        Order compare = start("89 00 00000000%08x 000000 02 00 00", 5, 2048);
        slow.pending.remove().run();
        assertEquals(0, compare.ends());
        endAll();
        assertEquals("GOOD", compare.told());
        Order same = new Order("93 00 0000000000000000 00000040 00 00", filled(1, 7));
        target.execute(first, 0, same, Task.Attribute.SIMPLE);
        Order unmap = new Order("93 09 0000000000000002 00000001 00 00", 0);
        target.execute(first, 0, unmap, Task.Attribute.SIMPLE);
        endAll();
        assertEquals("GOOD", same.told());
        assertEquals("GOOD", unmap.told(), "a discard that is not had is written");
        Order read = start(READ, 2, 512);
        endAll();
        assertEquals(0, read.data()[0]);
    }

    @Test
    void atomicCommands_onTheSameBlocks_takeTurns() {
        Order one = new Order("89 00 0000000000000000 000000 01 00 00", join(filled(1, 0), filled(1, 1)));
        Order two = new Order("89 00 0000000000000000 000000 01 00 00", join(filled(1, 0), filled(1, 2)));
        Order write = new Order("2a 00 00000000 00 0001 00", filled(1, 3));
        Order elsewhere = new Order("2a 00 00000009 00 0001 00", filled(1, 3));
        for (Order order : new Order[] {one, two, write, elsewhere}) {
            target.execute(first, 0, order, Task.Attribute.SIMPLE);
        }
        assertEquals(2, slow.pending.size(), "the first compare, and the write elsewhere");
        endAll();
        assertEquals("GOOD", one.told());
        assertEquals("e/1d/00 at 0", two.told(), "it saw what the first had written");
        assertEquals("GOOD", write.told());
    }

    @ParameterizedTest
    @CsvSource({
        "MEDIUM, 3/11/00 at 4, 3/0c/00 at 4", "IOERR, 3/11/00 at 4, 3/0c/00 at 4", "GONE, 2/3a/00, 2/3a/00",
        "NOSPACE, 7/27/07 at 4, 7/27/07 at 4", "PROTECTED, 7/27/00 at 4, 7/27/00 at 4",
                "TIMEOUT, b/44/00 at 4, b/44/00 at 4",
        "AGAIN, BUSY, BUSY"
    })
    void failure_becomesSense(BlockStatus how, String ofRead, String ofWrite) {
        slow.next = how;
        Order read = start(READ, 4, 512);
        Order write = start(WRITE, 4, 512);
        endAll();
        assertEquals(ofRead, read.told());
        assertEquals(ofWrite, write.told());
        assertEquals(how != BlockStatus.GONE, unit.isLoaded());
    }

    @Test
    void orderedTask_startsAfterAllBefore_andBeforeAllAfter() {
        start(READ, 0, 512);
        Order ordered = start(first, WRITE, 1, 512, Task.Attribute.ORDERED);
        Order after = start(READ, 2, 512);
        assertEquals(1, slow.pending.size());
        Order urgent = start(first, READ, 3, 512, Task.Attribute.HEAD_OF_QUEUE);
        assertEquals(2, slow.pending.size(), "head of queue starts at once");
        slow.pending.remove().run();
        slow.pending.remove().run();
        assertEquals(1, urgent.ends());
        assertEquals(0, ordered.ends());
        slow.pending.remove().run();
        assertEquals(1, ordered.ends());
        assertEquals(0, after.ends());
        endAll();
        assertEquals(1, after.ends());
    }

    @Test
    void abortedTask_thatWaits_endsAtOnce_andOneUnderWayWhenItsInputOutputDoes() {
        Order under = start(READ, 0, 512);
        Order waits = start(first, READ, 0, 512, Task.Attribute.ORDERED);
        assertTrue(target.abortTask(first, 0, under));
        assertFalse(target.abortTask(first, 0, waits), "ended already");
        assertEquals(0, under.ends());
        assertEquals(1, waits.ends());
        assertTrue(waits.isAborted());
        endAll();
        assertEquals(1, under.ends());
        assertTrue(under.isAborted());
        assertFalse(target.abortTask(first, 0, under));
    }

    @Test
    void clearTaskSet_isToldToWhomItConcerns() {
        Order mine = start(first, READ, 0, 512, Task.Attribute.SIMPLE);
        Order other = start(second, READ, 0, 512, Task.Attribute.SIMPLE);
        assertEquals(Target.Response.COMPLETE, target.clearTaskSet(first, 0));
        endAll();
        assertTrue(mine.isAborted() && other.isAborted());
        assertEquals("6/2f/00", tell(second, "00 0000000000", 0));
        assertEquals("GOOD", tell(first, "00 0000000000", 0));
    }

    @Test
    void abortTaskSet_andLeaving_concernOneInitiator() {
        Order mine = start(first, READ, 0, 512, Task.Attribute.SIMPLE);
        Order other = start(second, READ, 0, 512, Task.Attribute.SIMPLE);
        target.abortTaskSet(first, 0);
        assertTrue(mine.isAborted());
        assertFalse(other.isAborted());
        target.leave(second);
        assertTrue(other.isAborted());
        endAll();
        assertEquals(1, mine.ends());
        assertEquals(1, other.ends());
    }

    @Test
    void preemptAndAbort_abortsTheTasksOfThePreempted() {
        byte[] register = new byte[24];
        register[15] = 1;
        run(first, 0, new Order("5f 00 00 0000 00000018 00", register));
        register[15] = 2;
        run(second, 0, new Order("5f 00 00 0000 00000018 00", register));
        Order victim = start(second, READ, 0, 512, Task.Attribute.SIMPLE);
        byte[] preempt = new byte[24];
        preempt[7] = 1;
        preempt[15] = 2;
        assertEquals(
                "GOOD", run(new Order("5f 05 01 0000 00000018 00", preempt)).told());
        endAll();
        assertTrue(victim.isAborted());
    }

    @Test
    void taskSet_isFullOnce() {
        for (int i = 0; i < TaskSet.MOST; i++) {
            start(READ, 0, 512);
        }
        assertEquals("TASK_SET_FULL", start(READ, 0, 512).told());
        endAll();
        assertEquals("GOOD", tell("00 0000000000", 0));
    }

    @Test
    void powerCut_waitsForWhatIsUnderWay_andNoLongerThanItMay() {
        try (SystemClockwork clockwork = Clockwork.system("cut")) {
            Order read = start(READ, 0, 512);
            assertFalse(unit.cutPower(clockwork, 10));
            assertFalse(target.execute(first, 0, new Order("00 0000000000", 0), Task.Attribute.SIMPLE));
            endAll();
            assertEquals(1, read.ends());
            assertTrue(unit.cutPower(clockwork, 10_000));
        }
    }

    @Test
    void sanitize_waitsForWrites_refusesNearlyEverything_andEnds() {
        Order write = start(WRITE, 0, 512);
        Order sanitize = new Order("48 82 0000000000 0000 00", 0);
        target.execute(first, 0, sanitize, Task.Attribute.SIMPLE);
        assertEquals("GOOD", sanitize.told(), "immediate");
        assertEquals(1, slow.pending.size(), "it waits for the write");
        assertEquals("2/04/1b list 0", tell("00 0000000000", 0));
        assertEquals("2/04/1b list 0", tell("28 00 00000000 00 0001 00", 512));
        good("12 00 00 0024 00", 36);
        assertEquals(0x1B, good("03 00 0000 12 00", 18).data()[13]);
        target.reset();
        listen();
        assertEquals("2/04/1b list 0", tell("48 82 0000000000 0000 00", 0));
        endAll();
        assertEquals(1, write.ends());
        assertEquals("GOOD", tell("00 0000000000", 0));
    }

    @Test
    void sanitize_thatFailed_staysSoUntilItMayBeLeft() {
        slow.next = BlockStatus.MEDIUM;
        Order erase = new Order("48 02 0000000000 0000 00", 0);
        target.execute(first, 0, erase, Task.Attribute.SIMPLE);
        endAll();
        assertEquals("3/31/03", erase.told());
        assertEquals("3/31/03", tell("28 00 00000000 00 0001 00", 512));
        assertEquals("5/24/00 cdb 1.4", tell("48 1f 0000000000 0000 00", 0), "it was not said that it may be left");
        Order again = new Order("48 22 0000000000 0000 00", 0);
        target.execute(first, 0, again, Task.Attribute.SIMPLE);
        endAll();
        assertEquals("3/31/03", again.told());
        good("48 1f 0000000000 0000 00", 0);
        assertEquals("GOOD", tell("00 0000000000", 0));
    }
}
