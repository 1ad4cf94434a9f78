package org.unplug.ref;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.unplug.ref.Leaks.Held;
import org.unplug.ref.Leaks.Level;

/** Who holds what, at each level; and what becomes of a holder that is lost. */
class LeaksTest {

    private final List<Held> reported = new CopyOnWriteArrayList<>();
    private final Leaks leaks = new Leaks("org.unplug.nobody.", reported::add);
    private final Kref kref = new Kref("thing", leaks, () -> {});

    @AfterEach
    void close() {
        leaks.close();
    }

    @Test
    void everyReference_namesBundleHolderAndCallSite_atLevelAll() {
        Kref.Hold own = kref.own("driver", "bundle.a", "Maker");
        Kref.Hold service = kref.tryHold("service", "bundle.b", "User");
        assertEquals(
                List.of("driver of thing by bundle.a, Maker", "service of thing by bundle.b, User"),
                kref.holders().stream()
                        .map(h -> h.what() + " by " + h.owner() + ", " + h.holder())
                        .toList());
        assertTrue(service.held().where().startsWith("org.unplug.ref.LeaksTest.everyReference"));
        assertEquals(kref.count(), kref.holders().size());
        assertFalse(service.put());
        assertTrue(own.put());
        assertEquals(List.of(), kref.holders());
        assertEquals(List.of(), leaks.held());
        assertNull(kref.tryHold("service", "bundle.c", ""));
        assertEquals(List.of(), leaks.held());
    }

    @Test
    void holdPutTwice_isDiagnosed_andCountsOnce() {
        Kref.Hold hold = kref.tryHold("handle", "bundle.b", "User");
        hold.put();
        assertEquals(
                "put twice: handle of thing by bundle.b",
                assertThrows(IllegalStateException.class, hold::put).getMessage());
        assertEquals(1, kref.count());
    }

    @Test
    void level_decidesHowManyStacksAreTaken_fromThenOn() {
        assertEquals(Level.ALL, leaks.level());
        assertEquals(Leaks.SAMPLING, stacksOf(Leaks.SAMPLING));
        leaks.setLevel(Level.SAMPLED);
        assertEquals(2, stacksOf(2 * Leaks.SAMPLING));
        leaks.setLevel(Level.OFF);
        assertEquals(0, stacksOf(2 * Leaks.SAMPLING));
        leaks.setLevel(Level.ALL);
        assertEquals(1, stacksOf(1));
    }

    private int stacksOf(int count) {
        List<Leaks.Ticket> tickets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tickets.add(leaks.track("thing", "handle", "bundle", "holder"));
        }
        assertEquals(count, leaks.held().size(), "the holder is known at every level");
        int stacks = (int)
                leaks.held().stream().filter(held -> !held.stack().isEmpty()).count();
        tickets.forEach(Leaks.Ticket::close);
        return stacks;
    }

    @Test
    void lostHolder_isReportedOnceWithItsStack_andGivesBack() throws InterruptedException {
        List<String> gaveBack = new CopyOnWriteArrayList<>();
        WeakReference<Object> lost = lose(gaveBack);
        awaitCollected(lost);
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (gaveBack.isEmpty() && System.nanoTime() - deadline < 0) {
            Thread.onSpinWait();
        }
        assertEquals(List.of("back"), gaveBack);
        assertEquals(1, reported.size());
        assertTrue(reported.get(0).where().contains("LeaksTest.lose"), reported::toString);
        assertEquals(reported, leaks.lost());
        assertEquals(List.of(), leaks.held());
    }

    private WeakReference<Object> lose(List<String> gaveBack) {
        Object handle = new Object();
        leaks.track("thing", "handle", "bundle", "holder", handle, () -> gaveBack.add("back"));
        return new WeakReference<>(handle);
    }

    private static void awaitCollected(WeakReference<Object> lost) {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (lost.get() != null && System.nanoTime() - deadline < 0) {
            System.gc();
        }
        assertNull(lost.get());
    }
}
