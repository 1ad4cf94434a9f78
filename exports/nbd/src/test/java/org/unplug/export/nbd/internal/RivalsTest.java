package org.unplug.export.nbd.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** When threads of a server may stay awake, in virtual time. */
class RivalsTest {

    private static final long SLICE = 4_000_000;
    private static final long REST = Rivals.LEAST_REST_NANOS;

    private final Rivals rivals = new Rivals(1);
    /** Clocks may begin anywhere, and pass the end of a long. */
    private long now = Long.MAX_VALUE - 3 * SLICE;

    private boolean mayStayAwake() {
        boolean may = rivals.enter(now);
        if (may) {
            rivals.leave();
        }
        return may;
    }

    /** Meets somebody, and tells how long nobody stays awake. */
    private long meet() {
        rivals.meet(now);
        long since = now;
        while (!mayStayAwake()) {
            now += 1_000_000;
        }
        return now - since;
    }

    @Test
    void noMoreStayAwake_thanMay_atOnce() {
        Rivals two = new Rivals(2);
        assertTrue(two.enter(now));
        assertTrue(two.enter(now));
        assertFalse(two.enter(now));
        two.leave();
        assertTrue(two.enter(now));
    }

    @Test
    void oneMeeting_sendsAllToSleep_forAWhile() {
        assertTrue(mayStayAwake());
        assertEquals(REST, meet());
    }

    @Test
    void meetingsInARow_makeRestsLonger_upToABound() {
        long rest = REST;
        for (int i = 0; i < 20; i++) {
            assertEquals(rest, meet());
            rest = Math.min(Rivals.MOST_REST_NANOS, rest * 2);
        }
        assertEquals(Rivals.MOST_REST_NANOS, rest);
    }

    @Test
    void timeWithoutAMeeting_makesRestsShorter() {
        for (int i = 0; i < 4; i++) {
            meet();
        }
        // The last rest was 8 times the least: it is half of that after as long, and a quarter after half as long
        // again.
        now += 12 * REST;
        assertEquals(2 * REST, meet());
        now += 100 * REST;
        assertEquals(REST, meet());
    }

    @Test
    void whoMeetsDuringARest_doesNotMakeItLonger() {
        rivals.meet(now);
        long since = now;
        now += REST / 2;
        rivals.meet(now);
        now = since + REST;
        assertTrue(mayStayAwake());
        assertEquals(2 * REST, meet());
    }

    @Test
    void whoeverIsThere_takesATwentiethAtMost_andHardlyAnythingInTheEnd() {
        long begin = now;
        long lost = 0;
        for (int i = 0; i < 12; i++) {
            now += SLICE;
            lost += SLICE;
            meet();
            assertTrue(lost * 20 <= now - begin, i + " meetings took " + lost + " of " + (now - begin) + " ns");
        }
        assertTrue(lost * 400 < now - begin, lost + " of " + (now - begin) + " ns");
    }
}
