package org.unplug.scsi.internal.midlayer;

import org.unplug.scsi.ScsiAddress;

/**
 * Whom commands are for: an address, and the driver's own word for the unit that was there when the core looked. A unit that takes
 * the place of another one is another addressee.
 */
final class Addressee {

    private final ScsiAddress address;
    private volatile Object unit;

    Addressee(ScsiAddress address, Object unit) {
        this.address = address;
        this.unit = unit;
    }

    ScsiAddress address() {
        return address;
    }

    /** The driver's, or null: it does not tell, nobody was there, or {@link #forget}. */
    Object unit() {
        return unit;
    }

    /** Its device is removed: the driver's object is let go, for the garbage collector. */
    void forget() {
        unit = null;
    }
}
