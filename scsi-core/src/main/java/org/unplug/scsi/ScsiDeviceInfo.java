package org.unplug.scsi;

/**
 * What a logical unit says of itself: values copied when it was found, good for ever.
 *
 * @param address where it is
 * @param driver the symbolic name of the bundle that registered the adapter
 * @param vendor eight characters at most
 * @param product sixteen characters at most
 * @param revision four characters at most
 * @param serial page 80h, or empty
 * @param wwid page 83h: the best designator of the unit, as "naa.5000..." or "t10...."; or empty
 * @param type the peripheral device type; 0 is a disk
 * @param scsiLevel the version byte of INQUIRY: 3 is SPC, 5 SPC-3, 6 SPC-4
 * @param removable its medium can be taken out
 * @param rotation page B1h: revolutions per minute, 1 for a medium that does not rotate, 0 if the unit does not say
 * @param provisioning page B2h: "full", "thin" or "resource"; or empty
 */
public record ScsiDeviceInfo(
        ScsiAddress address,
        String driver,
        String vendor,
        String product,
        String revision,
        String serial,
        String wwid,
        int type,
        int scsiLevel,
        boolean removable,
        int rotation,
        String provisioning) {

    /** The peripheral device type in words. */
    public String typeText() {
        return switch (type) {
            case 0 -> "disk";
            case 1 -> "tape";
            case 3 -> "process";
            case 5 -> "cd/dvd";
            case 7 -> "optical";
            case 8 -> "mediumx";
            case 12 -> "storage";
            case 13 -> "enclosu";
            default -> "type" + type;
        };
    }
}
