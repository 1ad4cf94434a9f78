package org.unplug.mmc.internal.blk;

import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.unplug.mmc.CardType;
import org.unplug.mmc.internal.card.StartedCard;
import org.unplug.mmc.internal.port.CardLink;
import org.unplug.mmc.internal.port.CommandQueue;
import org.unplug.ref.Clockwork;

/**
 * What every job of one card needs, and what they leave for the next: the card as it was started last, and the area it is switched
 * to. Jobs follow each other, so this needs no lock; each is ordered after the one before by the driver's monitor.
 */
final class CardAccess {

    /** Takes a card that does not recover through power-up again; null is told if it did not come back as itself. Never blocks. */
    interface Reset {
        void reset(Consumer<StartedCard> done);
    }

    private final CommandQueue queue;
    private final CardLink link;
    private final Clockwork clockwork;
    private final Runnable lost;
    private final Reset reset;
    private final LongSupplier busyMs;
    private volatile StartedCard card;
    private volatile int area;
    private volatile boolean cacheLost;

    /**
     * A card that was started.
     *
     * @param busyMs how long it may program
     * @param lost told, without a lock, when a job finds that the card is not there any more; must not block
     */
    CardAccess(
            CommandQueue queue,
            CardLink link,
            StartedCard card,
            Clockwork clockwork,
            LongSupplier busyMs,
            Runnable lost,
            Reset reset) {
        this.queue = queue;
        this.link = link;
        this.card = card;
        this.clockwork = clockwork;
        this.busyMs = busyMs;
        this.lost = lost;
        this.reset = reset;
    }

    CommandQueue queue() {
        return queue;
    }

    CardLink link() {
        return link;
    }

    Clockwork clockwork() {
        return clockwork;
    }

    StartedCard card() {
        return card;
    }

    long busyMs() {
        return busyMs.getAsLong();
    }

    CardType type() {
        return card.type();
    }

    Runnable lost() {
        return lost;
    }

    Reset reset() {
        return reset;
    }

    /** It was started anew: perhaps another address, and in the user area. */
    void restarted(StartedCard again) {
        if (card.cacheOn()) {
            cacheLost = true;
        }
        card = again;
        area = 0;
    }

    /** Whether a power-up took what was in the cache since this was last asked: acknowledged, and gone. */
    boolean takeCacheLost() {
        boolean was = cacheLost;
        cacheLost = false;
        return was;
    }

    int area() {
        return area;
    }

    void switchedTo(int now) {
        area = now;
    }

    /** A sector's address as this kind of card counts, its lower 32 bits. */
    int dataAddress(long sector) {
        return card.dataAddress(sector);
    }
}
