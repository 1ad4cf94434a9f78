package org.unplug.mmc;

import org.osgi.annotation.versioning.ProviderType;
import org.unplug.block.RemovalReport;
import org.unplug.mmc.spi.MmcIos;

/**
 * A card that was started, found as a service for as long as it is ready: from the moment its disk is added until its removal
 * begins. An object that is kept after that answers {@link #registers} and {@link #life} for ever. Any thread may call.
 */
@ProviderType
public interface MmcCard {

    /** Service property: the adapter, as "mmc0". */
    String HOST = "mmc.host";
    /** Service property: what the adapter's driver calls the slot, as "slot0"; absent if it does not. */
    String SLOT = "mmc.slot";
    /** Service property: the product name in the CID. */
    String NAME = "mmc.name";
    /** Service property: the serial number in the CID, as "0x1234abcd". */
    String SERIAL = "mmc.serial";
    /** Service property: the CID in 32 hexadecimal digits. */
    String CID = "mmc.cid";
    /** Service property: the {@link CardType}, as "SDHC". */
    String TYPE = "mmc.type";
    /** Service property: the capacity in bytes, a Long. */
    String BYTES = "mmc.bytes";
    /** Service property: month of manufacture, as "2026-01". */
    String DATE = "mmc.date";
    /** Service property: how its bus is driven, as "4 bit, 50 MHz, high speed" or "4 bit, 208 MHz, SDR104". */
    String BUS = "mmc.bus";
    /** Service property: the share of its life that is used in per cent, an Integer; absent if the card does not say. */
    String LIFE_USED = "mmc.life";
    /** Service property: a Boolean, whether the card that was in this slot before came back as it was left. */
    String RETURNED = "mmc.returned";
    /** Service property: the name of its disk, as "mmcblk0". */
    String DISK = "mmc.disk";

    /** The adapter, as "mmc0". */
    String host();

    /** What the adapter's driver calls the slot, or empty. */
    String slot();

    CardRegisters registers();

    CardLife life();

    CardType type();

    long capacityBytes();

    /** Whether the switch or the card itself forbids writing. */
    boolean isReadOnly();

    /**
     * Whether it is the card that was in this slot before, by its CID, and holds what it held then, as far as short requests have read
     * or written it here. False for the same card if it was changed elsewhere. Its disk is another one all the same.
     */
    boolean isReturned();

    /** How its bus is driven. */
    MmcIos bus();

    /** The name of its disk. */
    String disk();

    /**
     * Orderly removal of a card that is still in the slot: its disk's holders sync, the disk is drained, then the card is
     * deselected and powered off. It is not started again until it was taken out. If a removal is under way already this waits
     * for that one and tells of it. Blocks, within the disk's deadlines.
     */
    RemovalReport eject();
}
