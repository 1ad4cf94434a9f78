package org.unplug.block;

import java.util.List;
import org.unplug.ref.Leaks;

/**
 * A disk at some instant, for {@code lsblk} and {@code holders}: also one that is dead and not yet released.
 *
 * @param info what it is
 * @param state its state
 * @param references its reference count: one for the registration, one for each handle and each using bundle
 * @param inFlight requests inside
 * @param handles the open handles: who, and opened where
 * @param users the bundles that have got the service
 * @param scheduler the name of the scheduler that orders what waits
 * @param filters the names of the filters in its queue, uppermost first
 */
public record DiskStatus(
        DiskInfo info,
        DiskState state,
        int references,
        long inFlight,
        List<Leaks.Held> handles,
        List<String> users,
        String scheduler,
        List<String> filters) {}
