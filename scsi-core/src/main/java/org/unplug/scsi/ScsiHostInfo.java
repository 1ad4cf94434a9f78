package org.unplug.scsi;

import java.util.List;

/**
 * An adapter at some instant.
 *
 * @param number given by the core, never reused while the core runs
 * @param name what its driver calls it
 * @param driver the symbolic name of the bundle that registered it
 * @param state its state
 * @param scanning whether it is being scanned, or is about to be
 * @param inFlight commands inside the driver
 * @param devices the devices behind it, by address
 */
public record ScsiHostInfo(
        int number,
        String name,
        String driver,
        ScsiHostState state,
        boolean scanning,
        int inFlight,
        List<ScsiDevice> devices) {

    public ScsiHostInfo {
        devices = List.copyOf(devices);
    }
}
