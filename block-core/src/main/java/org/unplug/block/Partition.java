package org.unplug.block;

/**
 * A partition in a table.
 *
 * @param number its place: 1 to 4 primary and 5 up logical in a "dos" table, 1 to 128 in a "gpt" one; names its disk (sda1)
 * @param startSector where it begins, in sectors of 512 bytes
 * @param sectors how long it is
 * @param type what it is for: a hexadecimal byte as "0c" in a "dos" table, a GUID in a "gpt" one
 * @param name up to 36 characters, in a "gpt" table only; else empty
 * @param uuid identifies it; a GUID, in a "gpt" table only; else empty
 * @param bootable the active flag of a "dos" table, the legacy BIOS bootable attribute of a "gpt" one
 */
public record Partition(
        int number, long startSector, long sectors, String type, String name, String uuid, boolean bootable) {

    /** A Microsoft basic data partition, which is what FAT volumes are in. */
    public static final String TYPE_BASIC_DATA = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7";
    /** FAT32 with logical block addressing. */
    public static final String TYPE_FAT32 = "0c";
    /** FAT16 with logical block addressing. */
    public static final String TYPE_FAT16 = "0e";
    /** An extended partition, in which logical ones are. */
    public static final String TYPE_EXTENDED = "0f";

    public long endSector() {
        return startSector + sectors;
    }

    /** Whether this only holds logical ones. */
    public boolean isExtended() {
        return type.equals("05") || type.equals(TYPE_EXTENDED) || type.equals("85");
    }
}
