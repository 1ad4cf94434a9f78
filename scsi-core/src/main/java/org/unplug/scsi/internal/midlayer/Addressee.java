package org.unplug.scsi.internal.midlayer;

import org.unplug.scsi.ScsiAddress;

/**
 * Whom commands are for: an address, and the driver's own word for the unit that was there when the core looked. A unit that takes
 * the place of another one is another addressee.
 */
final class Addressee {

    private final ScsiAddress address;
    private volatile Object unit;
    private volatile boolean gone;

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

    /** It is known not to be there any more, and never to come back as this one. */
    void leaves() {
        gone = true;
    }

    boolean isGone() {
        return gone;
    }

    /** Its device is removed: the driver's object is let go, for the garbage collector. */
    void forget() {
        gone = true;
        unit = null;
    }
}
