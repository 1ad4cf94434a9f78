package org.unplug.scsi.debug.internal.target;

import org.unplug.scsi.SenseData;
import org.unplug.scsi.SenseKey;

/** What a unit tells with its next command, once. */
public enum UnitAttention {
    POWER_ON(0x29, 0x00),
    DEVICE_RESET(0x29, 0x03),
    LUNS_CHANGED(0x3F, 0x0E);

    private final int asc;
    private final int ascq;

    UnitAttention(int asc, int ascq) {
        this.asc = asc;
        this.ascq = ascq;
    }

    SenseData sense() {
        return SenseData.of(SenseKey.UNIT_ATTENTION, asc, ascq);
    }
}
