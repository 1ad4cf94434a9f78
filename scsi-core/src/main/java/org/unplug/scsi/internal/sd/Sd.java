package org.unplug.scsi.internal.sd;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.unplug.block.Disks;
import org.unplug.block.Removal;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.QueueLimits;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.ScsiDeviceInfo;
import org.unplug.scsi.SenseData;
import org.unplug.scsi.SenseKey;
import org.unplug.scsi.internal.midlayer.Device;
import org.unplug.scsi.internal.midlayer.SyncCommand;
import org.unplug.scsi.internal.midlayer.SyncCommand.Outcome;
import org.unplug.scsi.internal.midlayer.Timing;
import org.unplug.scsi.internal.midlayer.UpperDriver;
import org.unplug.scsi.internal.midlayer.Vpd;
import org.unplug.scsi.spi.HostLimits;

/**
 * Drives devices of type 0: asks one whether it is ready, how large it is, whether it is write protected and how it caches, and
 * adds a {@link ScsiDisk} for it. A unit that has no medium, no blocks, or does not tell, gets no disk and one line in the log.
 */
public final class Sd implements UpperDriver {

    private static final int SPC_3 = 5;
    private static final int READY_TRIES = 100;
    private static final long READY_PAUSE_MS = 100;
    private static final int CAPACITY_16_BYTES = 32;
    private static final int MODE_BYTES = 192;
    private static final int CACHING_PAGE = 0x08;
    private static final int ALL_PAGES = 0x3F;
    private static final int WRITE_PROTECT = 0x80;
    private static final int DPOFUA = 0x10;
    private static final int WCE = 0x04;
    private static final int VPD_BYTES = 252;

    private final Disks disks;

    public Sd(Disks disks) {
        this.disks = disks;
    }

    @Override
    public void bind(Device device) {
        SyncCommand sync = device.sync();
        if (!ready(device, sync)) {
            return;
        }
        Optional<Capacity> capacity = capacity(device, sync);
        if (capacity.isEmpty() || !usable(device, capacity.get()) || sync.isStopped()) {
            return;
        }
        int blockBytes = capacity.get().blockBytes();
        Mode mode = mode(device, sync);
        HostLimits host = device.host().limits();
        Timing timing = device.host().timing();
        int blockSectors = blockBytes / 512;
        QueueLimits limits = QueueLimits.DEFAULT
                .withLogicalBlockBytes(blockBytes)
                .withMaxSectors(Math.max(blockSectors, maxSectors(device, sync, host.maxSectors(), blockSectors)))
                .withMaxSegments(host.maxSegments())
                .withQueueDepth(Math.min(host.cmdPerLun(), host.canQueue()))
                .withWriteCache(mode.writeCache(), mode.fua());
        ScsiDeviceInfo info = device.info();
        DiskSpec spec = DiskSpec.of("sd", capacity.get().blocks() * blockSectors)
                .withNaming(DiskSpec.Naming.LETTERED)
                .withBus("scsi")
                .withLimits(limits)
                .withReadOnly(mode.writeProtected())
                .withRemovable(info.removable())
                .withIdentity((info.vendor() + " " + info.product()).strip(), info.serial())
                .withTimeouts(new DiskSpec.Timeouts(
                        timing.commandMs() * (timing.retries() + 1), timing.syncMs(), timing.drainMs()));
        boolean longForms = capacity.get().blocks() > 0xFFFF_FFFFL;
        ScsiDisk driver = new ScsiDisk(device, limits.queueDepth(), blockSectors, longForms);
        DiskRegistration registration = disks.add(spec, driver);
        if (!device.bindDisk(registration)) {
            registration.remove(Removal.SURPRISE);
        }
    }

    /** Waits until the unit is ready, and starts it if it wants that. */
    private static boolean ready(Device device, SyncCommand sync) {
        boolean started = false;
        Outcome outcome = null;
        for (int i = 0; i < READY_TRIES && !sync.isStopped(); i++) {
            outcome = sync.run(Cdb::testUnitReady);
            if (outcome.ok()) {
                return true;
            }
            Optional<SenseData> sense = outcome.sense();
            if (sense.isEmpty() || sense.get().key() != SenseKey.NOT_READY) {
                break;
            }
            if (sense.get().asc() == 0x3A) {
                device.host().journal().info(device.address() + ": no medium, no disk");
                return false;
            }
            if (sense.get().is(0x04, 0x02) && !started) {
                started = true;
                outcome = sync.run(cdb -> Cdb.startStop(cdb, true, false));
            } else if (!sense.get().is(0x04, 0x01) && !started) {
                break;
            }
            sync.pause(READY_PAUSE_MS);
        }
        if (!sync.isStopped() && outcome != null) {
            device.host().journal().warn(device.address() + ": not ready, no disk: " + outcome.why());
        }
        return false;
    }

    private static boolean usable(Device device, Capacity capacity) {
        int bytes = capacity.blockBytes();
        String trouble = null;
        if (capacity.blocks() == 0) {
            trouble = "it has zero blocks";
        } else if (bytes < 512 || bytes > 4096 || Integer.bitCount(bytes) != 1) {
            trouble = "its block of " + bytes + " bytes is not 512, 1024, 2048 or 4096";
        } else if (capacity.blocks() < 0 || capacity.blocks() > Long.MAX_VALUE / bytes) {
            trouble = "its " + Long.toUnsignedString(capacity.blocks()) + " blocks of " + bytes
                    + " bytes are more than can be addressed";
        }
        if (trouble != null) {
            device.host().journal().warn(device.address() + ": no disk, " + trouble);
        }
        return trouble == null;
    }

    /** READ CAPACITY(16) first where it must be had, else (10) and (16) where that does not suffice. */
    private static Optional<Capacity> capacity(Device device, SyncCommand sync) {
        Outcome outcome = null;
        if (device.info().scsiLevel() >= SPC_3) {
            outcome = capacity16(sync);
            if (outcome.ok() && outcome.data().remaining() >= 12) {
                return Optional.of(decode16(outcome.data()));
            }
        }
        if (!sync.isStopped()) {
            outcome = sync.read(Cdb::readCapacity10, 8);
            if (outcome.ok() && outcome.data().remaining() >= 8) {
                int last = outcome.data().getInt(0);
                if (last != -1) {
                    return Optional.of(new Capacity(
                            (last & 0xFFFF_FFFFL) + 1, outcome.data().getInt(4)));
                }
                outcome = capacity16(sync);
                if (outcome.ok() && outcome.data().remaining() >= 12) {
                    return Optional.of(decode16(outcome.data()));
                }
            }
        }
        if (!sync.isStopped() && outcome != null) {
            device.host().journal().warn(device.address() + ": no disk, READ CAPACITY failed: " + outcome.why());
        }
        return Optional.empty();
    }

    private static Outcome capacity16(SyncCommand sync) {
        return sync.read(cdb -> Cdb.readCapacity16(cdb, CAPACITY_16_BYTES), CAPACITY_16_BYTES);
    }

    /** A unit without blocks names -1 as its last. */
    private static Capacity decode16(ByteBuffer data) {
        return new Capacity(data.getLong(0) + 1, data.getInt(8));
    }

    private record Mode(boolean writeProtected, boolean writeCache, boolean fua) {}

    /** MODE SENSE(10), or (6) where that is not had; a unit that does not tell caches nothing and is not protected. */
    private static Mode mode(Device device, SyncCommand sync) {
        Outcome caching = sync.read(cdb -> Cdb.modeSense10(cdb, CACHING_PAGE, MODE_BYTES), MODE_BYTES);
        boolean ten = caching.ok();
        if (!ten) {
            caching = sync.read(cdb -> Cdb.modeSense6(cdb, CACHING_PAGE, MODE_BYTES), MODE_BYTES);
        }
        if (!caching.ok()) {
            Outcome all = sync.read(cdb -> Cdb.modeSense6(cdb, ALL_PAGES, MODE_BYTES), MODE_BYTES);
            boolean told = all.ok() && all.data().remaining() >= 3;
            return new Mode(told && (all.data().get(2) & WRITE_PROTECT) != 0, false, false);
        }
        ByteBuffer data = caching.data();
        int headerBytes = ten ? 8 : 4;
        if (data.remaining() < headerBytes) {
            device.host().journal().warn(device.address() + ": MODE SENSE gave " + data.remaining() + " bytes only");
            return new Mode(false, false, false);
        }
        int specific = data.get(ten ? 3 : 2) & 0xFF;
        int descriptorBytes = ten ? data.getShort(6) & 0xFFFF : data.get(3) & 0xFF;
        int page = headerBytes + descriptorBytes;
        boolean cache =
                page + 3 <= data.limit() && (data.get(page) & 0x3F) == CACHING_PAGE && (data.get(page + 2) & WCE) != 0;
        return new Mode((specific & WRITE_PROTECT) != 0, cache, cache && (specific & DPOFUA) != 0);
    }

    /** Page B0h limits what one command may move. */
    private static int maxSectors(Device device, SyncCommand sync, int most, int blockSectors) {
        if (device.info().scsiLevel() < SPC_3) {
            return most;
        }
        Outcome outcome = sync.read(cdb -> Cdb.inquiryPage(cdb, Vpd.BLOCK_LIMITS, VPD_BYTES), VPD_BYTES);
        long blocks = Vpd.checked(outcome, Vpd.BLOCK_LIMITS)
                .filter(page -> page.limit() >= 12)
                .map(page -> page.getInt(8) & 0xFFFF_FFFFL)
                .orElse(0L);
        return blocks == 0 ? most : (int) Math.min(most, blocks * blockSectors);
    }
}
