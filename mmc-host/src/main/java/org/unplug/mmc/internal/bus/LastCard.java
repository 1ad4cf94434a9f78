package org.unplug.mmc.internal.bus;

import org.unplug.mmc.Cid;
import org.unplug.mmc.internal.blk.CardReader;
import org.unplug.mmc.internal.blk.Generation;
import org.unplug.mmc.internal.card.StartedCard;
import org.unplug.mmc.internal.port.CardLink;
import org.unplug.mmc.internal.port.CommandQueue;
import org.unplug.mmc.internal.port.MmcException;
import org.unplug.mmc.spi.MmcError;
import org.unplug.ref.Clockwork;

/**
 * The card that was in a slot before, as the next one is compared with it.
 *
 * @param cid who it was
 * @param content what it held
 */
record LastCard(Cid cid, Generation content) {

    private static final long LOOK_MS = 2_000;

    /** What became of it. */
    enum Match {
        OTHER("", false),
        /** It is the same card and holds something else, or could not be read in time. */
        CHANGED(", changed since it was here", false),
        BACK(", back again", true);

        private final String words;
        private final boolean isBack;

        Match(String words, boolean isBack) {
            this.words = words;
            this.isBack = isBack;
        }

        /** As the end of a line about the card. */
        String words() {
            return words;
        }

        boolean isBack() {
            return isBack;
        }
    }

    /**
     * Compares with a card that was started and has no disk yet: by its CID, and where that is the same by what it holds. Bounded.
     *
     * @throws MmcException if the card went meanwhile
     */
    Match match(StartedCard now, CommandQueue queue, CardLink link, Clockwork clockwork) throws MmcException {
        if (!now.registers().cid().equals(cid)) {
            return Match.OTHER;
        }
        CardReader reader = new CardReader(queue, link, now);
        long deadline = clockwork.nanoTime() + LOOK_MS * 1_000_000;
        try {
            boolean same = content.isThatOf((sector, into) -> {
                if (clockwork.nanoTime() - deadline > 0) {
                    throw new MmcException(MmcError.TIMEOUT, "no word on what the card holds in " + LOOK_MS + " ms");
                }
                reader.read(sector, into);
            });
            return same ? Match.BACK : Match.CHANGED;
        } catch (MmcException e) {
            if (e.isFinal()) {
                throw e;
            }
            return Match.CHANGED;
        }
    }
}
