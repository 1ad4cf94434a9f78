package org.unplug.mmc.sim;

import org.unplug.mmc.CardState;
import org.unplug.mmc.CardType;

/**
 * A slot at some instant.
 *
 * @param slot its name
 * @param card what is in it, or null
 * @param type of the card, or null
 * @param bytes capacity of the card, or 0
 * @param state where the card stands, or null
 */
public record SlotStatus(String slot, CardSpec card, CardType type, long bytes, CardState state) {

    public boolean isEmpty() {
        return card == null;
    }
}
