package org.unplug.mmc.internal.bus;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** The life of an adapter in the core and of what is in its slot; who may act on the card stands at each constant. */
enum HostState {
    /** No card, powered off. A look may find one. */
    EMPTY,
    /** A card is being started, by the adapter's own context. */
    STARTING,
    /** A card is in use. Whoever leaves this state removes it. */
    READY,
    /** The card is being removed, by whoever came first. */
    REMOVING,
    /** A card is there that nobody uses: ejected, or it did not start. It must be taken out first. */
    WAITING,
    /** The adapter's service is going: nothing begins any more, what is under way is ended by the unregistering thread. */
    STOPPING,
    /** Nobody is inside the adapter and nobody will enter. */
    STOPPED;

    private static final Map<HostState, Set<HostState>> ARROWS = new EnumMap<>(HostState.class);

    static {
        ARROWS.put(EMPTY, EnumSet.of(STARTING, STOPPING));
        ARROWS.put(STARTING, EnumSet.of(READY, WAITING, EMPTY, STOPPING));
        ARROWS.put(READY, EnumSet.of(REMOVING, STOPPING));
        ARROWS.put(REMOVING, EnumSet.of(EMPTY, WAITING, STOPPING));
        ARROWS.put(WAITING, EnumSet.of(EMPTY, STOPPING));
        ARROWS.put(STOPPING, EnumSet.of(STOPPED));
        ARROWS.put(STOPPED, EnumSet.noneOf(HostState.class));
    }

    boolean isStopping() {
        return this == STOPPING || this == STOPPED;
    }

    HostState moveTo(HostState next, String what) {
        if (!ARROWS.get(this).contains(next)) {
            throw new IllegalStateException(what + " cannot go from " + this + " to " + next);
        }
        return next;
    }
}
