package org.unplug.mmc;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** The life of a card in the core. Not to be confused with {@link CardState}, which is where the card itself stands. */
public enum CardLife {
    /** Identified; its disk is being added. */
    STARTING,
    /** Its disk is there. */
    READY,
    /** Its removal has begun. */
    DYING,
    /** Nobody uses it any more. */
    DEAD;

    private static final Map<CardLife, Set<CardLife>> ARROWS = new EnumMap<>(CardLife.class);

    static {
        ARROWS.put(STARTING, EnumSet.of(READY, DYING));
        ARROWS.put(READY, EnumSet.of(DYING));
        ARROWS.put(DYING, EnumSet.of(DEAD));
        ARROWS.put(DEAD, EnumSet.noneOf(CardLife.class));
    }

    /**
     * The next state, if there is such an arrow.
     *
     * @param what the object that moves, for the diagnosis
     * @throws IllegalStateException naming object, from and to
     */
    public CardLife moveTo(CardLife next, String what) {
        if (!ARROWS.get(this).contains(next)) {
            throw new IllegalStateException(what + " cannot go from " + this + " to " + next);
        }
        return next;
    }
}
