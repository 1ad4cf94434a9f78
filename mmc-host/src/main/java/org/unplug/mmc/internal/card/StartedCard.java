package org.unplug.mmc.internal.card;

import org.unplug.mmc.CardRegisters;
import org.unplug.mmc.CardType;
import org.unplug.mmc.spi.MmcIos;

/**
 * A card that stands in TRAN, selected, with its bus set.
 *
 * @param registers what it said of itself
 * @param ios how its bus is driven
 * @param setBlockCount whether both sides have CMD23
 * @param cacheOn whether its volatile cache was switched on
 */
public record StartedCard(CardRegisters registers, MmcIos ios, boolean setBlockCount, boolean cacheOn) {

    public CardType type() {
        return registers.type();
    }

    /** The card's address where commands carry it. */
    public int address() {
        return registers.rca() << 16;
    }

    /** A sector's address as this kind of card counts, its lower 32 bits. */
    public int dataAddress(long sector) {
        return (int) (type().isBlockAddressed() ? sector : sector * StartupLine.BLOCK_BYTES);
    }

    /** The argument of CMD6 that writes a byte of EXT_CSD (eMMC, section 6.6.1). */
    public static int switchByte(int index, int value) {
        return 3 << 24 | index << 16 | value << 8;
    }
}
