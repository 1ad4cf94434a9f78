package org.unplug.block.stack;

import org.unplug.block.DiskInfo;

/**
 * What tells a medium from others, as far as the device says. It says nothing of the content: two incarnations of one card
 * have the same identity, whatever was written in another reader meanwhile.
 */
public record Identity(String bus, String model, String serial, long capacitySectors) {

    public static Identity of(DiskInfo disk) {
        return new Identity(disk.bus(), disk.model(), disk.serial(), disk.capacitySectors());
    }

    /** Whether it has a serial number, without which two media of a model look alike. */
    public boolean isUnique() {
        return !serial.isEmpty();
    }

    /** For messages. */
    @Override
    public String toString() {
        return bus + " " + (model.isEmpty() ? "(no model)" : model) + " "
                + (isUnique() ? "serial " + serial : "(no serial)") + ", " + capacitySectors + " sectors";
    }
}
