package org.unplug.scsi.target;

/**
 * What a logical unit is like.
 *
 * @param vendor up to 8 printable characters
 * @param product up to 16 printable characters
 * @param revision up to 4 printable characters
 * @param serial page 80h: up to 252 printable characters
 * @param naa the 64 bit name of page 83h, unique in the world or locally assigned (first digit 3)
 * @param blockBytes the logical block: 512, 1024, 2048 or 4096
 * @param physicalExponent a physical block is 2 to this power logical blocks, 0 to 15
 * @param readOnly writes are refused with DATA PROTECT
 * @param removable its medium can be ejected
 * @param writeCache it begins with its write cache on: what was written is durable once it was synchronized. An initiator may turn it off
 *     and on
 * @param thin blocks can be unmapped; its backing should give their room back, see {@link Backing#discard}
 */
public record UnitSpec(
        String vendor,
        String product,
        String revision,
        String serial,
        long naa,
        int blockBytes,
        int physicalExponent,
        boolean readOnly,
        boolean removable,
        boolean writeCache,
        boolean thin) {

    private static final String PRINTABLE = "[ -~]*";

    public UnitSpec {
        text("vendor", vendor, 8);
        text("product", product, 16);
        text("revision", revision, 4);
        text("serial number", serial, 252);
        if (blockBytes < 512 || blockBytes > 4096 || Integer.bitCount(blockBytes) != 1) {
            throw new IllegalArgumentException("block of " + blockBytes + " bytes: must be 512, 1024, 2048 or 4096");
        }
        if (physicalExponent < 0 || physicalExponent > 15) {
            throw new IllegalArgumentException("physical exponent " + physicalExponent + ": must be 0 to 15");
        }
    }

    private static void text(String what, String text, int most) {
        if (text.length() > most || !text.matches(PRINTABLE)) {
            throw new IllegalArgumentException(
                    what + " '" + text + "': up to " + most + " printable characters of ASCII");
        }
    }

    /** A unit of blocks of 512 bytes with a write cache, neither read-only, removable nor thin. */
    public static UnitSpec of(String vendor, String product, String serial, long naa) {
        return new UnitSpec(vendor, product, "0100", serial, naa, 512, 0, false, false, true, false);
    }

    public UnitSpec withBlocks(int bytes, int newPhysicalExponent) {
        return new UnitSpec(
                vendor,
                product,
                revision,
                serial,
                naa,
                bytes,
                newPhysicalExponent,
                readOnly,
                removable,
                writeCache,
                thin);
    }

    public UnitSpec withReadOnly(boolean protect) {
        return new UnitSpec(
                vendor,
                product,
                revision,
                serial,
                naa,
                blockBytes,
                physicalExponent,
                protect,
                removable,
                writeCache,
                thin);
    }

    public UnitSpec withRemovable(boolean ejectable) {
        return new UnitSpec(
                vendor,
                product,
                revision,
                serial,
                naa,
                blockBytes,
                physicalExponent,
                readOnly,
                ejectable,
                writeCache,
                thin);
    }

    public UnitSpec withWriteCache(boolean on) {
        return new UnitSpec(
                vendor, product, revision, serial, naa, blockBytes, physicalExponent, readOnly, removable, on, thin);
    }

    public UnitSpec withThin(boolean unmaps) {
        return new UnitSpec(
                vendor,
                product,
                revision,
                serial,
                naa,
                blockBytes,
                physicalExponent,
                readOnly,
                removable,
                writeCache,
                unmaps);
    }
}
