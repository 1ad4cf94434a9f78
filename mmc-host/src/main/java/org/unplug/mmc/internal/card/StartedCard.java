package org.unplug.mmc.internal.card;

import org.unplug.mmc.CardRegisters;
import org.unplug.mmc.spi.MmcIos;

/**
 * A card that stands in TRAN, selected, with its bus set.
 *
 * @param registers what it said of itself
 * @param ios how its bus is driven
 * @param setBlockCount whether both sides have CMD23
 */
public record StartedCard(CardRegisters registers, MmcIos ios, boolean setBlockCount) {}
