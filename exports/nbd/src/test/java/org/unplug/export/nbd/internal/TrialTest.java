package org.unplug.export.nbd.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Whether staying awake pays is found out by trying. */
class TrialTest {

    private final Trial trial = new Trial();

    /** Has so many pauses, each as it is wanted; how many were spent awake. */
    private int pauses(int count, long asleepNanos, long awakeNanos) {
        int awake = 0;
        for (int i = 0; i < count; i++) {
            boolean wanted = trial.wantsAwake();
            trial.took(wanted, wanted ? awakeNanos : asleepNanos);
            awake += wanted ? 1 : 0;
        }
        return awake;
    }

    @Test
    void eachWayIsTried_asOften() {
        assertEquals(Trial.TRIED, pauses(Trial.TRIED, 1, 1));
        assertEquals(0, pauses(Trial.TRIED, 1, 1));
    }

    @Test
    void whatTookLess_isKept() {
        pauses(2 * Trial.TRIED, 60_000, 30_000);
        assertEquals(Trial.KEPT, pauses(Trial.KEPT, 60_000, 30_000));
    }

    @Test
    void whatTookMore_isNot() {
        pauses(2 * Trial.TRIED, 18_000, 32_000);
        assertEquals(0, pauses(Trial.KEPT, 18_000, 32_000));
    }

    @Test
    void whatGainsLittle_isNotWorthIt() {
        pauses(2 * Trial.TRIED, 20_000, 18_000);
        assertFalse(trial.wantsAwake());
    }

    @Test
    void onceItWasKept_itIsTriedAnew() {
        pauses(2 * Trial.TRIED + Trial.KEPT, 18_000, 32_000);
        assertEquals(Trial.TRIED, pauses(2 * Trial.TRIED, 60_000, 30_000));
        assertTrue(trial.wantsAwake(), "it was otherwise the last time");
    }

    @Test
    void whileItDoesNotPay_itIsTriedLessOften() {
        int kept = Trial.KEPT;
        for (int i = 0; i < 10; i++) {
            assertEquals(Trial.TRIED, pauses(2 * Trial.TRIED + kept, 18_000, 32_000));
            kept = Math.min(Trial.MOST_KEPT, 2 * kept);
        }
        assertEquals(Trial.TRIED + Trial.KEPT, pauses(2 * Trial.TRIED + Trial.KEPT, 60_000, 30_000));
        assertEquals(Trial.TRIED, pauses(2 * Trial.TRIED + Trial.KEPT, 18_000, 32_000));
        assertEquals(Trial.TRIED, pauses(2 * Trial.TRIED, 18_000, 32_000), "as often as in the beginning");
    }

    @Test
    void onePauseThatTookLong_decidesNothing() {
        trial.took(true, 1_000_000_000);
        pauses(2 * Trial.TRIED - 1, 60_000, 30_000);
        assertTrue(trial.wantsAwake());
    }

    @Test
    void whatCouldNotBeTried_isNotKept() {
        for (int i = 0; i < 2 * Trial.TRIED; i++) {
            trial.took(false, 20_000);
        }
        assertFalse(trial.wantsAwake());
    }
}
