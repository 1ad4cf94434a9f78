package org.unplug.mmc;

/**
 * What a card says of itself, decoded at its start-up.
 *
 * @param rca relative card address, 16 bits
 * @param ocr voltages and addressing
 * @param cid who it is
 * @param csd what it can do
 * @param scr what it can do, continued
 */
public record CardRegisters(int rca, Ocr ocr, Cid cid, Csd csd, Scr scr) {

    public CardType type() {
        if (!ocr.isHighCapacity()) {
            return CardType.SDSC;
        }
        return csd.version() == 3
                ? CardType.SDUC
                : csd.capacityBytes() > CardType.SDHC.mostBytes() ? CardType.SDXC : CardType.SDHC;
    }
}
