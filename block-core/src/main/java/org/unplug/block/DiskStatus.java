package org.unplug.block;

import java.util.List;
import org.unplug.ref.Leaks;

/**
 * A disk at some instant, for {@code lsblk} and {@code holders}: also one that is dead and not yet released.
 *
 * @param info what it is
 * @param state its state
 * @param references its reference count: one for the registration, one for each handle, each using bundle and each part
 * @param inFlight requests inside
 * @param holders who has each of the references, oldest first: as "driver", "handle", "service" or "part". A glimpse, which may
 *     differ from the count while somebody comes or goes
 * @param scheduler the name of the scheduler that orders what waits
 * @param filters the names of the filters in its queue, uppermost first
 */
public record DiskStatus(
        DiskInfo info,
        DiskState state,
        int references,
        long inFlight,
        List<Leaks.Held> holders,
        String scheduler,
        List<String> filters) {

    /** The open handles: who, and opened where. */
    public List<Leaks.Held> handles() {
        return holders.stream().filter(held -> held.as().equals("handle")).toList();
    }

    /** The bundles that have got the service. */
    public List<String> users() {
        return holders.stream()
                .filter(held -> held.as().equals("service"))
                .map(Leaks.Held::owner)
                .toList();
    }
}
