package org.unplug.mmc;

/**
 * A part of a card that is addressed by itself (eMMC, section 6.2).
 *
 * @param number as PARTITION_CONFIG counts: 0 user, 1 and 2 boot, 3 replay protected
 * @param name as "user", "boot0", "boot1", "rpmb"
 * @param bytes its size
 */
public record CardArea(int number, String name, long bytes) {

    static final int BOOT0 = 1;
    static final int BOOT1 = 2;
    static final int RPMB = 3;

    /** Whether it is a boot area: a disk of its own, read-only. */
    public boolean isBoot() {
        return number == BOOT0 || number == BOOT1;
    }
}
