package org.unplug.scsi.internal.midlayer;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.unplug.ref.Clockwork;
import org.unplug.scsi.ScsiAddress;

/**
 * What a host's scan is asked for. Requests that come together are served by one look; one that comes while a look is under way leads
 * to another, since that may have passed by already.
 *
 * <p>Requests are counted, and a look knows the last one that it serves. So it can tell what was removed on purpose after it was asked
 * for, and passes that over: a unit that stays in its place comes back when somebody asks after its removal, and not before.
 */
final class ScanRequests {

    record Target(int channel, int number) {
        static Target of(ScsiAddress address) {
            return new Target(address.channel(), address.target());
        }
    }

    /**
     * A look at a device, at a target, or if both are null at everything.
     *
     * @param last the number of the last request that it serves
     * @param lastOf those of later ones for a target
     */
    record Look(Target target, Device device, long last, Map<Target, Long> lastOf) {
        long last(Target where) {
            return Math.max(last, lastOf.getOrDefault(where, 0L));
        }
    }

    // Guarded by this.
    private boolean wantsAll;
    private long lastForAll;
    private final Map<Target, Long> wantedTargets = new LinkedHashMap<>();
    private final Set<Device> wantedDevices = new LinkedHashSet<>();
    private final Map<ScsiAddress, Long> putAway = new HashMap<>();
    private long count;
    private boolean running;
    private boolean closed;

    /** True if somebody has to begin with {@link #next}. */
    synchronized boolean everything() {
        if (!closed) {
            lastForAll = ++count;
            wantsAll = true;
        }
        return begin();
    }

    /** True if somebody has to begin with {@link #next}. */
    synchronized boolean target(int channel, int number) {
        if (!closed) {
            wantedTargets.put(new Target(channel, number), ++count);
        }
        return begin();
    }

    /** A target is looked at again for a request that has its number already. True if somebody has to begin with {@link #next}. */
    synchronized boolean again(Target target, long number) {
        if (!closed) {
            wantedTargets.merge(target, number, Math::max);
        }
        return begin();
    }

    /** True if somebody has to begin with {@link #next}. */
    synchronized boolean device(Device device) {
        if (!closed) {
            wantedDevices.add(device);
        }
        return begin();
    }

    private boolean begin() {
        boolean first = !closed && !running;
        running |= first;
        return first;
    }

    /** The next look, the widest first; null if there is none, and then somebody has to begin anew. */
    synchronized Look next() {
        if (closed) {
            end();
            return null;
        }
        if (wantsAll) {
            wantsAll = false;
            Look all = new Look(null, null, lastForAll, Map.copyOf(wantedTargets));
            wantedTargets.clear();
            return all;
        }
        Map.Entry<Target, Long> target = poll(wantedTargets.entrySet());
        if (target != null) {
            return new Look(target.getKey(), null, target.getValue(), Map.of());
        }
        Device device = poll(wantedDevices);
        if (device != null) {
            return new Look(null, device, 0, Map.of());
        }
        end();
        return null;
    }

    private static <T> T poll(Set<T> from) {
        Iterator<T> all = from.iterator();
        if (!all.hasNext()) {
            return null;
        }
        T first = all.next();
        all.remove();
        return first;
    }

    private void end() {
        running = false;
        notifyAll();
    }

    /** The removal of what is there begins, on purpose. */
    synchronized void putAway(ScsiAddress address) {
        putAway.put(address, count);
    }

    /** Whether what is there was removed on purpose after the last request that the look serves. */
    synchronized boolean isPutAway(ScsiAddress address, Look look) {
        Long when = putAway.get(address);
        if (when == null || when >= look.last(Target.of(address))) {
            return when != null;
        }
        putAway.remove(address);
        return false;
    }

    /** Nothing is looked at any more. */
    synchronized void close() {
        closed = true;
    }

    synchronized boolean isBusy() {
        return running;
    }

    /** Waits until nothing is looked at, nor wanted; false at the deadline. */
    synchronized boolean awaitIdle(Clockwork clockwork, long deadlineNanos) {
        return clockwork.awaitUntil(this, deadlineNanos, () -> !running);
    }
}
