package org.unplug.scsi.internal.midlayer;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.unplug.block.Removal;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.ScsiDeviceInfo;
import org.unplug.scsi.internal.midlayer.SyncCommand.Outcome;

/**
 * Looks which units an adapter has, on a thread that exists as long as there is something to look for. Requests that come
 * together are served by one scan; one that comes meanwhile leads to another.
 *
 * <p>A request is for everything, for a target, or for what may have changed about a device. Each target is asked with INQUIRY at unit 0 whether it is there, and with REPORT LUNS which units it has. A new unit is
 * identified and added; one that is known stays; one that vanished is removed by surprise, on another thread. Where a target's
 * answer is unclear nothing is removed. An address whose device is still being removed is looked at again afterwards.
 */
final class HostScan {

    private static final int DISK = 0;
    private static final int ALLOCATION = 252;
    private static final int LUN_BYTES = 8;
    private static final int FIRST_LUNS = 512;
    private static final int SPC_2 = 4;
    private static final int NO_UNIT = 0x1F;

    private record Target(int channel, int number) {}

    private final Host host;
    private final UpperDriver upper;
    private final Publisher publisher;

    // Guarded by this.
    private boolean wantsAll;
    private final Set<Target> wantedTargets = new LinkedHashSet<>();
    private final Set<Device> wantedDevices = new LinkedHashSet<>();
    private boolean running;

    /** The scan's thread's own. */
    private boolean introduced;

    HostScan(Host host, UpperDriver upper, Publisher publisher) {
        this.host = host;
        this.upper = upper;
        this.publisher = publisher;
    }

    /** Asks for a look at everything, soon. Never blocks. */
    void request() {
        request(() -> wantsAll = true);
    }

    /** Asks for a look at a target, soon. Never blocks. */
    void request(int channel, int target) {
        request(() -> wantedTargets.add(new Target(channel, target)));
    }

    /** Asks for a look at what may have changed about a device, soon. Never blocks. */
    void request(Device device) {
        request(() -> wantedDevices.add(device));
    }

    /** Whoever may have another medium is asked. */
    void pollMedia() {
        for (Device device : host.devices()) {
            if (device.info().removable() && device.info().type() == DISK && !device.isGoing()) {
                request(device);
            }
        }
    }

    private void request(Runnable want) {
        synchronized (this) {
            if (host.isCancelled()) {
                return;
            }
            want.run();
            if (running) {
                return;
            }
            running = true;
        }
        host.clockwork().execute("host" + host.number() + " scan", this::work);
    }

    synchronized boolean isBusy() {
        return running;
    }

    /** Waits until no scan runs and none is wanted; false at the deadline. */
    synchronized boolean awaitIdle(long deadlineNanos) {
        while (running) {
            long left = deadlineNanos - host.clockwork().nanoTime();
            if (left <= 0) {
                return false;
            }
            host.clockwork().await(this, left);
        }
        return true;
    }

    private void work() {
        try {
            if (!introduced) {
                introduced = true;
                host.introduce();
            }
            for (Runnable next = next(); next != null; next = next()) {
                next.run();
            }
        } catch (RuntimeException | Error failure) {
            host.journal().warn("host" + host.number() + ": the scan failed, " + failure);
            synchronized (this) {
                stop();
            }
            throw failure;
        }
    }

    /** The next thing to do, the widest first; null if there is none. */
    private synchronized Runnable next() {
        if (!host.isCancelled()) {
            if (wantsAll) {
                wantsAll = false;
                wantedTargets.clear();
                return this::scanAll;
            }
            Target target = poll(wantedTargets);
            if (target != null) {
                return () -> scanTarget(target.channel, target.number);
            }
            Device device = poll(wantedDevices);
            if (device != null) {
                return () -> revalidate(device);
            }
        }
        stop();
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

    private void stop() {
        running = false;
        notifyAll();
    }

    private void scanAll() {
        for (int channel = 0; channel < host.limits().channels(); channel++) {
            for (int target = 0; target < host.limits().targets() && !host.isCancelled(); target++) {
                scanTarget(channel, target);
            }
        }
    }

    private void revalidate(Device device) {
        if (!device.isGoing() && device.info().type() == DISK) {
            upper.revalidate(device);
        }
    }

    private void scanTarget(int channel, int target) {
        ScsiAddress first = new ScsiAddress(host.number(), channel, target, 0);
        Outcome inquiry = inquire(first);
        if (host.isCancelled()
                || !inquiry.ok() && !inquiry.nobody() && inquiry.sense().isEmpty()) {
            return;
        }
        Optional<Set<Long>> luns = inquiry.nobody() ? Optional.of(new TreeSet<>()) : reportLuns(first, inquiry.data());
        if (luns.isEmpty() || host.isCancelled()) {
            return;
        }
        for (Device device : host.devicesOf(channel, target)) {
            if (!luns.get().contains(device.address().lun()) && !device.isGoing()) {
                host.journal().info(device.address() + ": not there any more");
                device.goneForGood();
            }
        }
        for (long lun : luns.get()) {
            if (lun <= host.limits().maxLun() && !host.isCancelled()) {
                look(new ScsiAddress(host.number(), channel, target, lun));
            }
        }
    }

    private void look(ScsiAddress address) {
        Device known = host.device(address);
        if (known == null) {
            probe(address);
        } else if (known.isGoing()) {
            known.rescanAfterwards();
        } else {
            revalidate(known);
        }
    }

    private SyncCommand sync(ScsiAddress address) {
        return new SyncCommand(host, address, host::isCancelled);
    }

    private Outcome inquire(ScsiAddress address) {
        Outcome shortest = sync(address).read(cdb -> Cdb.inquiry(cdb, 36), 36);
        ByteBuffer data = shortest.data();
        int length = data.remaining() < 5 ? 0 : (data.get(4) & 0xFF) + 5;
        if (!shortest.ok() || length <= 36) {
            return shortest;
        }
        Outcome longer = sync(address).read(cdb -> Cdb.inquiry(cdb, length), length);
        return longer.ok() && longer.data().remaining() >= 36 ? longer : shortest;
    }

    /** Which units the target has; empty if that is not clear. */
    private Optional<Set<Long>> reportLuns(ScsiAddress first, ByteBuffer inquiry) {
        Outcome outcome = askLuns(first, LUN_BYTES + FIRST_LUNS * LUN_BYTES);
        if (outcome.nobody()) {
            return Optional.of(new TreeSet<>());
        }
        if (outcome.ok() && outcome.data().remaining() >= LUN_BYTES) {
            int listBytes = outcome.data().getInt(0);
            if (listBytes > FIRST_LUNS * LUN_BYTES) {
                int all = LUN_BYTES + Math.min(listBytes, (int) (ScsiAddress.MAX_LUN + 1) * LUN_BYTES);
                outcome = askLuns(first, all);
            }
            return outcome.ok() ? Optional.of(luns(outcome.data())) : Optional.empty();
        }
        boolean hasUnit0 = inquiry.remaining() >= 36 && (inquiry.get(0) & 0xE0) == 0;
        if (outcome.sense().isPresent() && hasUnit0) {
            return Optional.of(new TreeSet<>(List.of(0L)));
        }
        return Optional.empty();
    }

    private Outcome askLuns(ScsiAddress first, int bytes) {
        return sync(first).read(cdb -> Cdb.reportLuns(cdb, bytes), bytes);
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

    private void probe(ScsiAddress address) {
        Outcome inquiry = inquire(address);
        ByteBuffer data = inquiry.data();
        if (!inquiry.ok() || data.remaining() < 36 || (data.get(0) & 0xE0) != 0 || (data.get(0) & 0x1F) == NO_UNIT) {
            return;
        }
        Device device = new Device(host, identify(address, data));
        if (!host.add(device)) {
            return;
        }
        try {
            ScsiDeviceInfo info = device.info();
            host.journal()
                    .info(address + ": " + info.typeText() + " " + info.vendor() + " " + info.product() + " "
                            + info.revision());
            if (device.happens(DeviceEvent.ADDED) && info.type() == DISK) {
                upper.bind(device);
            }
            device.publish(publisher);
        } catch (RuntimeException failure) {
            host.journal().warn(address + ": could not be used, " + failure);
            host.clockwork().execute("remove " + address, () -> device.remove(Removal.SURPRISE));
        } finally {
            device.probed();
        }
    }

    private ScsiDeviceInfo identify(ScsiAddress address, ByteBuffer inquiry) {
        int level = inquiry.get(2) & 0xFF;
        List<Integer> pages = level >= SPC_2 ? pages(address) : List.of();
        return new ScsiDeviceInfo(
                address,
                host.driver(),
                Vpd.text(inquiry, 8, 8),
                Vpd.text(inquiry, 16, 16),
                Vpd.text(inquiry, 32, 4),
                page(address, pages, Vpd.SERIAL).map(Vpd::serial).orElse(""),
                page(address, pages, Vpd.IDENTIFICATION)
                        .map(Vpd::bestDesignator)
                        .orElse(""),
                inquiry.get(0) & 0x1F,
                level,
                (inquiry.get(1) & 0x80) != 0,
                page(address, pages, Vpd.CHARACTERISTICS).map(Vpd::rotation).orElse(0),
                page(address, pages, Vpd.PROVISIONING).map(Vpd::provisioning).orElse(""));
    }

    private Optional<ByteBuffer> page(ScsiAddress address, List<Integer> listed, int page) {
        return listed.contains(page) ? page(address, page) : Optional.empty();
    }

    private List<Integer> pages(ScsiAddress address) {
        List<Integer> pages = new ArrayList<>();
        page(address, Vpd.SUPPORTED).ifPresent(data -> {
            for (int at = Vpd.HEADER_BYTES; at < data.limit(); at++) {
                pages.add(data.get(at) & 0xFF);
            }
        });
        return pages;
    }

    private Optional<ByteBuffer> page(ScsiAddress address, int page) {
        return Vpd.checked(sync(address).read(cdb -> Cdb.inquiryPage(cdb, page, ALLOCATION), ALLOCATION), page);
    }
}
