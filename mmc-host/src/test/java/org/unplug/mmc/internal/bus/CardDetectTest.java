package org.unplug.mmc.internal.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CardDetectTest {

    private final ManualClockwork clockwork = new ManualClockwork();
    private int looks;
    private long debounceMs = 200;
    private final CardDetect detect = new CardDetect(clockwork, () -> debounceMs, () -> looks++);

    @Test
    void oneChange_isLookedAtAfterTheDebounceTime() {
        detect.changed();
        clockwork.advanceMs(199);
        assertEquals(0, looks);
        clockwork.advanceMs(1);
        assertEquals(1, looks);
        clockwork.advanceMs(10_000);
        assertEquals(1, looks);
    }

    @Test
    void bouncing_isOneLookOnceItIsQuiet() {
        for (int i = 0; i < 10; i++) {
            detect.changed();
            clockwork.advanceMs(20);
        }
        assertEquals(0, looks);
        clockwork.advanceMs(179);
        assertEquals(0, looks);
        clockwork.advanceMs(1);
        assertEquals(1, looks);
    }

    @Test
    void bouncingForEver_isLookedAtAllTheSame() {
        for (int i = 0; i < 100; i++) {
            detect.changed();
            clockwork.advanceMs(50);
        }
        assertEquals(100 * 50 / (200 * CardDetect.MOST_BOUNCES), looks, 1);
    }

    @Test
    void movement_isToldOnce() {
        assertFalse(detect.takeMoved());
        detect.changed();
        assertTrue(detect.takeMoved());
        assertFalse(detect.takeMoved());
        detect.again();
        assertFalse(detect.takeMoved());
    }

    @Test
    void polling_looksInItsInterval() {
        detect.poll(() -> 1000);
        clockwork.advanceMs(5_500);
        assertEquals(5, looks);
    }

    @Test
    void anotherSetting_holdsFromTheNextMovementOn_andFromTheNextPoll() {
        detect.changed();
        debounceMs = 20;
        clockwork.advanceMs(199);
        assertEquals(0, looks, "a wait that is under way goes on as it began");
        clockwork.advanceMs(1);
        detect.changed();
        clockwork.advanceMs(20);
        assertEquals(2, looks);
        detect.poll(() -> debounceMs);
        debounceMs = 50;
        clockwork.advanceMs(20 + 100);
        assertEquals(2 + 1 + 2, looks);
    }

    @Test
    void afterClose_thereIsNoLookAndNoTimer() {
        detect.poll(() -> 1000);
        detect.changed();
        detect.close();
        detect.changed();
        detect.again();
        detect.poll(() -> 1000);
        clockwork.advanceMs(10_000);
        assertEquals(0, looks);
        assertEquals(0, clockwork.pending());
    }
}
