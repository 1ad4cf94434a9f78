package org.unplug.mmc;

import java.util.ArrayList;
import java.util.List;

/**
 * What a card says of itself, decoded at its start-up.
 *
 * @param rca relative card address, 16 bits
 * @param ocr voltages and addressing
 * @param cid who it is
 * @param csd what it can do
 * @param scr what it can do, continued; null but for an SD card
 * @param ssr how fast it is and how it erases; null but for an SD card that has said it
 * @param extCsd the same and more; null but for an MMC of version 4 and an eMMC
 */
public record CardRegisters(int rca, Ocr ocr, Cid cid, Csd csd, Scr scr, SdStatus ssr, ExtCsd extCsd) {

    public CardType type() {
        if (scr == null) {
            return ocr.isHighCapacity() ? CardType.EMMC : CardType.MMC;
        }
        if (!ocr.isHighCapacity()) {
            return CardType.SDSC;
        }
        return csd.version() == 3
                ? CardType.SDUC
                : csd.capacityBytes() > CardType.SDHC.mostBytes() ? CardType.SDXC : CardType.SDHC;
    }

    public long capacityBytes() {
        return extCsd != null && ocr.isHighCapacity() ? extCsd.sectors() * 512 : csd.capacityBytes();
    }

    /** What an erase takes at once, in blocks of 512 bytes: the allocation unit, or the erase group. */
    public int eraseGroupBlocks() {
        if (extCsd != null && extCsd.eraseGroupBytes() > 0) {
            return extCsd.eraseGroupBytes() / 512;
        }
        return ssr != null && ssr.allocationUnitBytes() > 0 ? ssr.allocationUnitBytes() / 512 : csd.eraseGroupBlocks();
    }

    /** The areas that it has, the user's first; more than one of an eMMC only. */
    public List<CardArea> areas() {
        List<CardArea> areas = new ArrayList<>();
        areas.add(new CardArea(0, "user", capacityBytes()));
        if (extCsd != null && extCsd.bootBytes() > 0) {
            areas.add(new CardArea(CardArea.BOOT0, "boot0", extCsd.bootBytes()));
            areas.add(new CardArea(CardArea.BOOT1, "boot1", extCsd.bootBytes()));
        }
        if (extCsd != null && extCsd.rpmbBytes() > 0) {
            areas.add(new CardArea(CardArea.RPMB, "rpmb", extCsd.rpmbBytes()));
        }
        return areas;
    }
}
