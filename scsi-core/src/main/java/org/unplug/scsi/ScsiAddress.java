package org.unplug.scsi;

/**
 * Where a logical unit is: the four numbers that {@code lsscsi} shows as host:channel:target:lun.
 *
 * @param host the adapter's number, given by the core when it attached the adapter, never reused while the core runs
 * @param channel the adapter's bus, from 0
 * @param target the device on that bus, from 0
 * @param lun the logical unit of that target, from 0
 */
public record ScsiAddress(int host, int channel, int target, long lun) implements Comparable<ScsiAddress> {

    /** The greatest unit number that has a single level address. */
    public static final long MAX_LUN = 0x3FFF;

    private static final long FLAT_FROM = 256;
    private static final long FLAT_SPACE = 0x4000;
    private static final long ADDRESS_METHOD = 0xC000;

    public ScsiAddress {
        if (host < 0 || channel < 0 || target < 0 || lun < 0) {
            throw new IllegalArgumentException(
                    "SCSI address " + host + ":" + channel + ":" + target + ":" + lun + ": no part may be negative");
        }
    }

    /**
     * Reads host:channel:target:lun.
     *
     * @throws IllegalArgumentException if it is anything else
     */
    public static ScsiAddress parse(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length != 4) {
            throw new IllegalArgumentException("'" + text + "' is not a SCSI address: want host:channel:target:lun");
        }
        try {
            return new ScsiAddress(
                    Integer.parseInt(parts[0]),
                    Integer.parseInt(parts[1]),
                    Integer.parseInt(parts[2]),
                    Long.parseLong(parts[3]));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is not a SCSI address: want four numbers", e);
        }
    }

    /** The eight bytes that name a unit in REPORT LUNS, single level: peripheral addressing below 256, flat space above (SAM-5, 4.7). */
    public static long encodeLun(long lun) {
        if (lun < 0 || lun > MAX_LUN) {
            throw new IllegalArgumentException("unit " + lun + ": must be 0 to " + MAX_LUN);
        }
        return (lun < FLAT_FROM ? lun : FLAT_SPACE | lun) << 48;
    }

    /** The unit that eight bytes of REPORT LUNS name; -1 if they name something in a hierarchy, which is not had here. */
    public static long decodeLun(long bytes) {
        long first = bytes >>> 48;
        if ((bytes & 0xFFFF_FFFF_FFFFL) != 0) {
            return -1;
        }
        if ((first & ADDRESS_METHOD) == FLAT_SPACE) {
            return first & MAX_LUN;
        }
        return first < FLAT_FROM ? first : -1;
    }

    @Override
    public int compareTo(ScsiAddress other) {
        int order = Integer.compare(host, other.host);
        order = order != 0 ? order : Integer.compare(channel, other.channel);
        order = order != 0 ? order : Integer.compare(target, other.target);
        return order != 0 ? order : Long.compare(lun, other.lun);
    }

    @Override
    public String toString() {
        return host + ":" + channel + ":" + target + ":" + lun;
    }
}
