package org.unplug.scsi.internal.midlayer;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.unplug.block.Removal;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.ScsiDeviceInfo;
import org.unplug.scsi.internal.midlayer.SyncCommand.Outcome;

/**
 * The look at an address where no device is known: identifies the unit there, adds a device for it and has it bound.
 *
 * <p>A driver may say that the unit has left at any instant, also while there is no device yet that could be told. So the probe is told
 * too: it then adds nothing; or, having come so far, the device that it added goes like any other. The probe is told before the devices
 * are, and looks after it has added one: whichever comes first, one of them sees the other.
 */
final class Probe {

    private static final int ALLOCATION = 252;
    private static final int SHORTEST = 36;
    private static final int SPC_2 = 4;
    private static final int NO_UNIT = 0x1F;
    private static final int DISK = 0;

    private final Host host;
    private final ScsiAddress address;
    private volatile boolean left;
    private volatile Addressee looksAt;

    Probe(Host host, ScsiAddress address) {
        this.host = host;
        this.address = address;
    }

    ScsiAddress address() {
        return address;
    }

    /** Who is at the address has left. */
    void leaves() {
        left = true;
        Addressee who = looksAt;
        if (who != null) {
            who.leaves();
        }
        host.waiters().wake();
    }

    /** False if it is not clear who is there. */
    boolean run(UpperDriver upper, Publisher publisher) {
        Addressee addressee = host.lookFor(address);
        looksAt = addressee;
        if (left) {
            return true;
        }
        SyncCommand sync = new SyncCommand(host, addressee, () -> left || host.isCancelled());
        Outcome inquiry = inquire(sync);
        ByteBuffer data = inquiry.data();
        if (!inquiry.ok() || data.remaining() < SHORTEST) {
            return left || isClear(inquiry);
        }
        if ((data.get(0) & 0xE0) != 0 || (data.get(0) & 0x1F) == NO_UNIT) {
            return true;
        }
        Device device = new Device(host, addressee, identify(sync, data));
        if (left || !host.add(device)) {
            return true;
        }
        try {
            if (left) {
                device.goneForGood();
            } else {
                use(device, upper, publisher);
            }
        } catch (RuntimeException failure) {
            host.journal().warn(address + ": could not be used, " + failure);
            host.clockwork().execute("remove " + address, () -> device.remove(Removal.SURPRISE));
        } finally {
            device.probed();
        }
        return true;
    }

    private void use(Device device, UpperDriver upper, Publisher publisher) {
        ScsiDeviceInfo info = device.info();
        host.journal()
                .info(address + ": " + info.typeText() + " " + info.vendor() + " " + info.product() + " "
                        + info.revision());
        if (device.happens(DeviceEvent.ADDED) && info.type() == DISK) {
            upper.bind(device);
        }
        device.publish(publisher);
    }

    /** Whether somebody has answered, or there is nobody who could. */
    static boolean isClear(Outcome outcome) {
        return outcome.ok() || outcome.nobody() || outcome.sense().isPresent();
    }

    static Outcome inquire(SyncCommand sync) {
        Outcome shortest = sync.read(cdb -> Cdb.inquiry(cdb, SHORTEST), SHORTEST);
        ByteBuffer data = shortest.data();
        int length = data.remaining() < 5 ? 0 : (data.get(4) & 0xFF) + 5;
        if (!shortest.ok() || length <= SHORTEST) {
            return shortest;
        }
        Outcome longer = sync.read(cdb -> Cdb.inquiry(cdb, length), length);
        return longer.ok() && longer.data().remaining() >= SHORTEST ? longer : shortest;
    }

    private ScsiDeviceInfo identify(SyncCommand sync, ByteBuffer inquiry) {
        int level = inquiry.get(2) & 0xFF;
        List<Integer> pages = level >= SPC_2 ? pages(sync) : List.of();
        return new ScsiDeviceInfo(
                address,
                host.driver(),
                Vpd.text(inquiry, 8, 8),
                Vpd.text(inquiry, 16, 16),
                Vpd.text(inquiry, 32, 4),
                page(sync, pages, Vpd.SERIAL).map(Vpd::serial).orElse(""),
                page(sync, pages, Vpd.IDENTIFICATION).map(Vpd::bestDesignator).orElse(""),
                inquiry.get(0) & 0x1F,
                level,
                (inquiry.get(1) & 0x80) != 0,
                page(sync, pages, Vpd.CHARACTERISTICS).map(Vpd::rotation).orElse(0),
                page(sync, pages, Vpd.PROVISIONING).map(Vpd::provisioning).orElse(""));
    }

    private static Optional<ByteBuffer> page(SyncCommand sync, List<Integer> listed, int page) {
        return listed.contains(page) ? page(sync, page) : Optional.empty();
    }

    private static List<Integer> pages(SyncCommand sync) {
        List<Integer> pages = new ArrayList<>();
        page(sync, Vpd.SUPPORTED).ifPresent(data -> {
            for (int at = Vpd.HEADER_BYTES; at < data.limit(); at++) {
                pages.add(data.get(at) & 0xFF);
            }
        });
        return pages;
    }

    private static Optional<ByteBuffer> page(SyncCommand sync, int page) {
        return Vpd.checked(sync.read(cdb -> Cdb.inquiryPage(cdb, page, ALLOCATION), ALLOCATION), page);
    }
}
