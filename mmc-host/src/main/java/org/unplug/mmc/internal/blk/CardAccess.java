package org.unplug.mmc.internal.blk;

import org.unplug.mmc.internal.card.StartedCard;
import org.unplug.mmc.internal.port.CardLink;
import org.unplug.mmc.internal.port.CommandQueue;
import org.unplug.ref.Clockwork;

/**
 * What every transfer of one card needs.
 *
 * @param queue the way to the adapter
 * @param link this insertion of this card
 * @param card the card
 * @param clockwork time
 * @param lost told, without a lock, when a transfer finds that the card is not there any more; must not block
 */
record CardAccess(CommandQueue queue, CardLink link, StartedCard card, Clockwork clockwork, Runnable lost) {

    /** The card's address where commands carry it. */
    int address() {
        return card.registers().rca() << 16;
    }

    /** A sector's address as this kind of card counts. */
    int dataAddress(long sector) {
        return (int) (card.registers().type().isBlockAddressed() ? sector : sector * Transfer.SECTOR_BYTES);
    }
}
