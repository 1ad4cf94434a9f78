package org.unplug.export.nbd.internal;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The rule by which a crew serves. */
class LineTest {

    private final Line line = new Line();

    private static Place place() {
        return new Place(null, null, null);
    }

    private Place serve(Crew.Next next) {
        Place place = line.next();
        line.served(place, next);
        return place;
    }

    @Test
    void whoAsksForMore_goesToTheEnd() {
        Place first = place();
        Place second = place();
        line.rouse(first);
        line.rouse(second);
        assertSame(first, serve(Crew.Next.AGAIN));
        assertSame(second, serve(Crew.Next.AWAIT));
        assertSame(first, serve(Crew.Next.AWAIT));
        assertNull(line.next());
    }

    @Test
    void whoIsInTheLine_isNotPutThereTwice() {
        Place place = place();
        assertTrue(line.rouse(place));
        assertFalse(line.rouse(place));
        serve(Crew.Next.AWAIT);
        assertTrue(line.isEmpty());
    }

    @Test
    void whoWasRousedDuringItsTurn_hasAnother_once() {
        Place place = place();
        line.rouse(place);
        Place served = line.next();
        assertFalse(line.rouse(served));
        served.roused = true;
        line.served(served, Crew.Next.AWAIT);
        assertSame(place, serve(Crew.Next.AWAIT));
        assertTrue(line.isEmpty());
    }

    @Test
    void whoHasLeft_doesNotComeBack() {
        Place place = place();
        line.rouse(place);
        serve(Crew.Next.OVER);
        assertFalse(line.rouse(place));
        assertTrue(line.isEmpty());
        assertThrows(IllegalStateException.class, () -> line.served(place, Crew.Next.AWAIT));
    }

    @Test
    void howeverTurnsEnd_nobodyIsServedTwice_whileAnotherWaits() {
        Random random = new Random(34);
        List<Place> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(place());
        }
        // For each that waits, who was served since it began to.
        Map<Place, Set<Place>> since = new HashMap<>();
        for (int step = 0; step < 10_000; step++) {
            Place roused = all.get(random.nextInt(all.size()));
            if (line.rouse(roused)) {
                since.put(roused, new HashSet<>());
            }
            Place served = line.next();
            since.remove(served);
            since.forEach(
                    (waiting, others) -> assertTrue(others.add(served), "it was served before, and another waits"));
            line.served(served, random.nextInt(3) == 0 ? Crew.Next.AWAIT : Crew.Next.AGAIN);
            if (served.is(Place.State.READY)) {
                since.put(served, new HashSet<>());
            }
        }
        assertFalse(since.isEmpty(), "nobody has waited");
    }
}
