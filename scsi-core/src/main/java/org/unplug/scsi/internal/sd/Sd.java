package org.unplug.scsi.internal.sd;

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
import org.unplug.scsi.internal.sd.Forms.Ranges;
import org.unplug.scsi.spi.HostLimits;

/**
 * Drives devices of type 0: asks one whether it is ready, how large it is, whether it is write protected, how it caches and what it
 * can do with ranges, and adds a {@link ScsiDisk} for it. A unit that has no medium, no blocks, or does not tell, gets no disk and
 * one line in the log.
 */
public final class Sd implements UpperDriver {

    private static final int SPC_2 = 4;
    private static final int SPC_3 = 5;
    private static final int READY_TRIES = 100;
    private static final long READY_PAUSE_MS = 100;
    private static final int NO_MEDIUM = 0x3A;
    private static final int PROTECTION_TYPE_2 = 2;
    private static final int LONG_CDB_BYTES = 32;
    private static final int OPCODE_BYTES = 4;
    private static final int SUPPORTED = 3;

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
        int mediumChanges = device.mediumChanges();
        Optional<Capacity> told = capacity(device, sync);
        if (told.isEmpty() || sync.isStopped()) {
            return;
        }
        Capacity capacity = told.get();
        String trouble = capacity.trouble();
        if (trouble != null) {
            device.host().journal().warn(device.address() + ": no disk, " + trouble);
            return;
        }
        Mode mode = Mode.of(device, sync);
        BlockLimits blocks = device.info().scsiLevel() < SPC_3 ? BlockLimits.NONE : BlockLimits.of(sync);
        Forms forms = forms(device, sync, capacity, blocks);
        if (sync.isStopped() || !device.keepsMedium(mediumChanges)) {
            return;
        }
        QueueLimits limits = limits(device.host().limits(), capacity, mode, blocks, forms);
        ScsiDisk driver = new ScsiDisk(device, limits, forms);
        DiskRegistration registration = disks.add(spec(device, capacity, mode, limits), driver);
        if (!device.bindDisk(registration, mediumChanges)) {
            registration.remove(Removal.SURPRISE);
            device.keepsMedium(mediumChanges);
        }
    }

    private static QueueLimits limits(HostLimits host, Capacity capacity, Mode mode, BlockLimits blocks, Forms forms) {
        int blockSectors = capacity.blockSectors();
        long maxBlocks = Math.min(forms.mostBlocks(), orElse(blocks.maxTransferBlocks(), Integer.MAX_VALUE));
        long maxSectors = Math.max(blockSectors, Math.min(host.maxSectors(), maxBlocks * blockSectors));
        return QueueLimits.DEFAULT
                .withLogicalBlockBytes(capacity.blockBytes())
                .withMaxSectors((int) maxSectors)
                .withMaxSegments(host.maxSegments())
                .withQueueDepth(Math.min(host.cmdPerLun(), host.canQueue()))
                .withWriteCache(mode.writeCache(), mode.fua() && forms.transfer() != Forms.Transfer.SIX)
                .withDiscard(forms.discard() != Ranges.NONE)
                .withWriteZeroes(forms.zeroes() != Ranges.NONE)
                .withRanges(Math.min(most(forms.discard(), blocks), most(forms.zeroes(), blocks)) * blockSectors, (int)
                        Math.min(1 << 30, Math.max(1, blocks.granularityBlocks()) * capacity.blockBytes()));
    }

    /** Most blocks in a command of this kind; kept below 2^31, as the number of blocks is an int. */
    private static long most(Ranges how, BlockLimits blocks) {
        long told = how == Ranges.UNMAP ? blocks.maxUnmapBlocks() : blocks.maxWriteSameBlocks();
        return how == Ranges.NONE
                ? Integer.MAX_VALUE
                : Math.min(Integer.MAX_VALUE, Math.min(how.mostBlocks(), orElse(told, Long.MAX_VALUE)));
    }

    private static long orElse(long told, long untold) {
        return told == 0 ? untold : told;
    }

    private static DiskSpec spec(Device device, Capacity capacity, Mode mode, QueueLimits limits) {
        ScsiDeviceInfo info = device.info();
        Timing timing = device.host().timing();
        return DiskSpec.of("sd", capacity.sectors())
                .withNaming(DiskSpec.Naming.LETTERED)
                .withBus("scsi")
                .withLimits(limits)
                .withReadOnly(mode.writeProtected())
                .withRemovable(info.removable())
                .withIdentity((info.vendor() + " " + info.product()).strip(), info.serial())
                .withTimeouts(new DiskSpec.Timeouts(
                        timing.commandMs() * (timing.retries() + 1), timing.syncMs(), timing.drainMs()));
    }

    @Override
    public void revalidate(Device device) {
        SyncCommand sync = device.sync();
        DiskRegistration disk = device.diskRegistration();
        // Of another medium the device hears by itself.
        if (!sync.run(Cdb::testUnitReady).ok()) {
            return;
        }
        Optional<Capacity> told = askCapacity(device, sync).map(Asked::capacity);
        if (told.isEmpty() || told.get().trouble() != null || sync.isStopped()) {
            return;
        }
        Capacity now = told.get();
        if (disk == null) {
            device.renew("it can be used now");
        } else if (now.blockBytes() != disk.info().logicalBlockBytes()) {
            device.renew("its blocks have " + now.blockBytes() + " bytes now");
        } else if (now.sectors() != disk.info().capacitySectors()) {
            device.host()
                    .journal()
                    .info(device.address() + ": " + disk.info().name() + " has " + now.blocks() + " blocks now");
            disk.resize(now.sectors());
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
            if (sense.get().asc() == NO_MEDIUM) {
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

    private static Optional<Capacity> capacity(Device device, SyncCommand sync) {
        Optional<Asked> asked = askCapacity(device, sync);
        if (asked.isPresent() && asked.get().capacity() == null && !sync.isStopped()) {
            device.host()
                    .journal()
                    .warn(device.address() + ": no disk, READ CAPACITY failed: "
                            + asked.get().outcome().why());
        }
        return asked.map(Asked::capacity);
    }

    /** An answer, and the capacity that it tells, or null. */
    private record Asked(Outcome outcome, Capacity capacity) {}

    /** READ CAPACITY(16) first where it must be had, else (10) and (16) where that does not suffice; empty if stopped. */
    private static Optional<Asked> askCapacity(Device device, SyncCommand sync) {
        if (device.info().scsiLevel() >= SPC_3) {
            Asked sixteen = ask16(sync);
            if (sixteen.capacity != null) {
                return Optional.of(sixteen);
            }
        }
        if (sync.isStopped()) {
            return Optional.empty();
        }
        Outcome ten = sync.read(Cdb::readCapacity10, Capacity.BYTES_10);
        if (ten.ok() && Capacity.is10(ten.data())) {
            return Optional.of(
                    Capacity.isBeyond10(ten.data()) ? ask16(sync) : new Asked(ten, Capacity.of10(ten.data())));
        }
        return Optional.of(new Asked(ten, null));
    }

    private static Asked ask16(SyncCommand sync) {
        Outcome outcome = sync.read(cdb -> Cdb.readCapacity16(cdb, Capacity.BYTES_16), Capacity.BYTES_16);
        boolean told = outcome.ok() && Capacity.is16(outcome.data());
        return new Asked(outcome, told ? Capacity.of16(outcome.data()) : null);
    }

    private static Forms forms(Device device, SyncCommand sync, Capacity capacity, BlockLimits blocks) {
        Forms.Transfer transfer = Forms.Transfer.TEN_OR_SIXTEEN;
        if (capacity.protection() == PROTECTION_TYPE_2 && device.host().limits().maxCdbBytes() >= LONG_CDB_BYTES) {
            transfer = Forms.Transfer.THIRTY_TWO;
        } else if (device.info().scsiLevel() < SPC_2 && knowsSixOnly(sync, capacity)) {
            transfer = Forms.Transfer.SIX;
        }
        boolean writeSame = hasWriteSame(device, sync, transfer, blocks);
        return new Forms(
                transfer,
                capacity.blocks() > 0xFFFF_FFFFL,
                Forms.discard(transfer, capacity, blocks, writeSame),
                Forms.zeroes(transfer, capacity, blocks, writeSame));
    }

    /** Only an old unit is asked: whether it refuses READ(10) as a command that it does not know. */
    private static boolean knowsSixOnly(SyncCommand sync, Capacity capacity) {
        return sync.read(cdb -> Cdb.read(cdb, 0, 1, false), capacity.blockBytes())
                .sense()
                .filter(sense -> sense.key() == SenseKey.ILLEGAL_REQUEST && sense.is(0x20, 0x00))
                .isPresent();
    }

    /** Whether there is a WRITE SAME in the form of the transfers. That of 32 bytes need not come with that of 16. */
    private static boolean hasWriteSame(Device device, SyncCommand sync, Forms.Transfer transfer, BlockLimits blocks) {
        if (transfer == Forms.Transfer.THIRTY_TWO) {
            return has(
                    sync,
                    cdb -> Cdb.reportSupportedAction(cdb, Cdb.VARIABLE_LENGTH, Cdb.WRITE_SAME_32_ACTION, OPCODE_BYTES));
        }
        return blocks.maxWriteSameBlocks() > 0
                || device.info().scsiLevel() >= SPC_3
                        && has(sync, cdb -> Cdb.reportSupportedOpcode(cdb, Cdb.WRITE_SAME_16, OPCODE_BYTES));
    }

    /** REPORT SUPPORTED OPERATION CODES for one command. */
    private static boolean has(SyncCommand sync, SyncCommand.Builder question) {
        Outcome outcome = sync.read(question, OPCODE_BYTES);
        return outcome.ok()
                && outcome.data().remaining() >= 2
                && (outcome.data().get(1) & 7) == SUPPORTED;
    }
}
