package org.unplug.export.nbd.internal;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Whose turn it is: the rule of a {@link Crew}, which guards it. Whoever has sent something stands in one line, is served once, and
 * goes to the line's end if anything is left. So nobody has a second turn before each who was waiting had one.
 */
final class Line {

    private final Queue<Place> ready = new ArrayDeque<>();

    boolean isEmpty() {
        return ready.isEmpty();
    }

    /** Its client has sent something, or it was closed; false if it is not waited for: its worker has it, or it is in the line. */
    boolean rouse(Place place) {
        boolean waits = place.is(Place.State.WATCHED);
        if (waits) {
            append(place);
        }
        return waits;
    }

    private void append(Place place) {
        place.moveTo(Place.State.READY);
        place.roused = false;
        ready.add(place);
    }

    /** Whose turn begins; null if nobody waits for one. */
    Place next() {
        Place first = ready.poll();
        if (first != null) {
            first.moveTo(Place.State.SERVED);
        }
        return first;
    }

    /** A turn has ended. */
    void served(Place place, Crew.Next next) {
        if (next == Crew.Next.OVER) {
            place.moveTo(Place.State.LEFT);
        } else if (next == Crew.Next.AGAIN || place.roused) {
            append(place);
        } else {
            place.moveTo(Place.State.WATCHED);
        }
    }
}
