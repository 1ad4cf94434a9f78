package org.unplug.scsi.internal.midlayer;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.internal.midlayer.ScanRequests.Look;
import org.unplug.scsi.internal.midlayer.ScanRequests.Target;
import org.unplug.scsi.internal.midlayer.SyncCommand.Outcome;

/**
 * Looks which units an adapter has, on a thread that exists as long as there are {@link ScanRequests}.
 *
 * <p>A request is for everything, for a target, or for what may have changed about a device. Each target is asked with INQUIRY at
 * unit 0 whether it is there, and with REPORT LUNS which units it has. A new unit is identified and added by a {@link Probe}; one that
 * is known stays; one that vanished, or that the driver knows as another one, is removed by surprise, on another thread. Where a
 * target's answer is unclear nothing is removed, and it is asked a few times more. An address whose device is still being removed is
 * looked at again afterwards.
 */
final class HostScan {

    private static final int DISK = 0;
    private static final int LUN_BYTES = 8;
    private static final int FIRST_LUNS = 512;
    private static final int MOST_UNCLEAR = 3;

    private final Host host;
    private final UpperDriver upper;
    private final Publisher publisher;
    private final ScanRequests requests = new ScanRequests();
    /** Targets whose answer was unclear, each with the number of the request that is not served by that. */
    private final Map<Target, Long> unclear = new ConcurrentHashMap<>();

    private volatile Probe probe;
    /** Unit 0 of the target that is asked which units it has. */
    private volatile Addressee asked;

    // The scan's thread's own.
    private boolean introduced;
    private final Map<Target, Integer> unclearTimes = new HashMap<>();

    HostScan(Host host, UpperDriver upper, Publisher publisher) {
        this.host = host;
        this.upper = upper;
        this.publisher = publisher;
    }

    /** Asks for a look at everything, soon. Never blocks. */
    void request() {
        begin(requests.everything());
    }

    /** Asks for a look at a target, soon. Never blocks. */
    void request(int channel, int target) {
        begin(requests.target(channel, target));
    }

    /** Asks for a look at what may have changed about a device, soon. Never blocks. */
    void request(Device device) {
        begin(requests.device(device));
    }

    private void begin(boolean first) {
        if (first) {
            host.clockwork().execute("host" + host.number() + " scan", this::work);
        }
    }

    /** Whoever may have another medium is asked. */
    void pollMedia() {
        for (Device device : host.devices()) {
            if (device.info().removable() && device.info().type() == DISK && !device.isGoing()) {
                request(device);
            }
        }
    }

    /** Targets whose answer was unclear are asked again. */
    void askUnclearAgain() {
        Map.copyOf(unclear).forEach((target, number) -> {
            if (unclear.remove(target, number)) {
                begin(requests.again(target, number));
            }
        });
    }

    /** Who is there has left; for a unit that is no device yet, or is asked for its target. */
    void left(Predicate<ScsiAddress> who) {
        Addressee unit0 = asked;
        if (unit0 != null && who.test(unit0.address())) {
            unit0.leaves();
            host.waiters().wake();
        }
        Probe now = probe;
        if (now != null && who.test(now.address())) {
            now.leaves();
        }
    }

    /** The removal of what is there begins, on purpose: only who asks afterwards brings it back. */
    void putAway(ScsiAddress address) {
        requests.putAway(address);
    }

    /** Nothing is looked at any more. */
    void close() {
        requests.close();
    }

    boolean isBusy() {
        return requests.isBusy();
    }

    /** Waits until no scan runs and none is wanted; false at the deadline. */
    boolean awaitIdle(long deadlineNanos) {
        return requests.awaitIdle(host.clockwork(), deadlineNanos);
    }

    private void work() {
        if (!introduced) {
            introduced = true;
            host.introduce();
        }
        for (Look look = requests.next(); look != null; look = requests.next()) {
            try {
                look(look);
            } catch (RuntimeException | LinkageError failure) {
                host.journal().warn("host" + host.number() + ": the scan failed, " + failure);
            }
        }
    }

    private void look(Look look) {
        if (look.device() != null) {
            revalidate(look.device());
        } else if (look.target() != null) {
            lookAt(look.target(), look);
        } else {
            for (int channel = 0; channel < host.limits().channels(); channel++) {
                for (int target = 0; target < host.limits().targets() && !host.isCancelled(); target++) {
                    lookAt(new Target(channel, target), look);
                }
            }
        }
    }

    private void lookAt(Target target, Look look) {
        if (lookAtUnits(target, look)) {
            unclearTimes.remove(target);
        } else if (!host.isCancelled() && unclearTimes.merge(target, 1, Integer::sum) <= MOST_UNCLEAR) {
            unclear.put(target, look.last(target));
        }
    }

    /** False if an answer was not clear. */
    private boolean lookAtUnits(Target target, Look look) {
        ScsiAddress first = new ScsiAddress(host.number(), target.channel(), target.number(), 0);
        Optional<Set<Long>> luns = askForLuns(host.lookFor(first));
        if (luns.isEmpty()) {
            return false;
        }
        for (Device device : host.devicesOf(target.channel(), target.number())) {
            if (!luns.get().contains(device.address().lun()) && !device.isGoing()) {
                host.journal().info(device.address() + ": not there any more");
                device.goneForGood();
            }
        }
        boolean clear = true;
        for (long lun : luns.get()) {
            if (lun <= host.limits().maxLun() && !host.isCancelled()) {
                clear &= lookAt(new ScsiAddress(host.number(), target.channel(), target.number(), lun), look);
            }
        }
        return clear;
    }

    /** Which units the target has, as its unit 0 tells; empty if that is not clear. */
    private Optional<Set<Long>> askForLuns(Addressee unit0) {
        asked = unit0;
        try {
            SyncCommand sync = new SyncCommand(host, unit0, () -> host.isCancelled() || unit0.isGone());
            Outcome inquiry = Probe.inquire(sync);
            if (sync.isStopped() || !Probe.isClear(inquiry)) {
                return Optional.empty();
            }
            Optional<Set<Long>> luns =
                    inquiry.nobody() ? Optional.of(new TreeSet<>()) : reportLuns(sync, inquiry.data());
            // That unit 0 was swapped under the question says nothing of the others.
            boolean swapped = luns.isPresent() && luns.get().isEmpty() && !host.isThere(unit0);
            return swapped || sync.isStopped() ? Optional.empty() : luns;
        } finally {
            asked = null;
        }
    }

    /** False if an answer was not clear. */
    private boolean lookAt(ScsiAddress address, Look look) {
        Device known = host.device(address);
        if (requests.isPutAway(address, look)) {
            return true;
        }
        if (known == null) {
            return probe(address);
        }
        if (known.isGoing()) {
            known.rescanAfterwards();
        } else if (!host.isThere(known.addressee())) {
            known.renew("another unit is in its place");
        } else {
            revalidate(known);
        }
        return true;
    }

    private boolean probe(ScsiAddress address) {
        Probe now = new Probe(host, address);
        probe = now;
        try {
            return now.run(upper, publisher);
        } finally {
            probe = null;
        }
    }

    private void revalidate(Device device) {
        if (!device.isGoing() && device.info().type() == DISK) {
            upper.revalidate(device);
        }
    }

    /** Which units the target has; empty if that is not clear. */
    private static Optional<Set<Long>> reportLuns(SyncCommand sync, ByteBuffer inquiry) {
        Outcome outcome = askLuns(sync, LUN_BYTES + FIRST_LUNS * LUN_BYTES);
        if (outcome.nobody()) {
            return Optional.of(new TreeSet<>());
        }
        if (outcome.ok() && outcome.data().remaining() >= LUN_BYTES) {
            int listBytes = outcome.data().getInt(0);
            if (listBytes > FIRST_LUNS * LUN_BYTES) {
                int all = LUN_BYTES + Math.min(listBytes, (int) (ScsiAddress.MAX_LUN + 1) * LUN_BYTES);
                outcome = askLuns(sync, all);
            }
            return outcome.ok() ? Optional.of(luns(outcome.data())) : Optional.empty();
        }
        boolean hasUnit0 = inquiry.remaining() >= 36 && (inquiry.get(0) & 0xE0) == 0;
        if (outcome.sense().isPresent() && hasUnit0) {
            return Optional.of(new TreeSet<>(List.of(0L)));
        }
        return Optional.empty();
    }

    private static Outcome askLuns(SyncCommand sync, int bytes) {
        return sync.read(cdb -> Cdb.reportLuns(cdb, bytes), bytes);
    }

    private static Set<Long> luns(ByteBuffer data) {
        Set<Long> luns = new TreeSet<>();
        int end = Math.min(data.limit(), LUN_BYTES + Math.max(0, data.getInt(0)));
        for (int at = LUN_BYTES; at + LUN_BYTES <= end; at += LUN_BYTES) {
            long lun = ScsiAddress.decodeLun(data.getLong(at));
            if (lun >= 0) {
                luns.add(lun);
            }
        }
        return luns;
    }
}
