package org.unplug.scsi.internal.sd;

import org.unplug.block.BlockStatus;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.Request;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.internal.midlayer.Command;
import org.unplug.scsi.internal.midlayer.Device;
import org.unplug.scsi.spi.ScsiCommand.Direction;

/**
 * A disk's requests as commands: one preallocated command for each tag, the request's own buffers, nothing allocated and nothing
 * copied.
 */
final class ScsiDisk implements DiskDriver, Device.Issuer {

    private static final int SECTOR_SHIFT = 9;
    private static final int FLUSH_FACTOR = 2;

    private final Device device;
    private final int blockShift;
    private final boolean longForms;
    private final long timeoutMs;
    private final Command[] commands;

    ScsiDisk(Device device, int queueDepth, int blockSectors, boolean longForms) {
        this.device = device;
        this.blockShift = Integer.numberOfTrailingZeros(blockSectors);
        this.longForms = longForms;
        timeoutMs = device.host().timing().commandMs();
        commands = new Command[queueDepth];
        for (int tag = 0; tag < queueDepth; tag++) {
            commands[tag] = device.newCommand();
        }
        device.setIssuer(this);
    }

    @Override
    public boolean queueRequest(Request request) {
        Command command = commands[request.tag()];
        byte[] cdb = command.cdb();
        long lba = request.sector() >> blockShift;
        int sectors = (int) request.sectors();
        switch (request.op()) {
            case READ ->
                command.prepare(
                        Cdb.read(cdb, lba, sectors >> blockShift, false),
                        Direction.FROM_DEVICE,
                        request,
                        sectors << SECTOR_SHIFT,
                        timeoutMs);
            case WRITE ->
                command.prepare(
                        Cdb.write(cdb, lba, sectors >> blockShift, request.fua()),
                        Direction.TO_DEVICE,
                        request,
                        sectors << SECTOR_SHIFT,
                        timeoutMs);
            case FLUSH ->
                command.prepare(
                        Cdb.synchronizeCache(cdb, longForms), Direction.NONE, request, 0, timeoutMs * FLUSH_FACTOR);
            case DISCARD, WRITE_ZEROES -> {
                request.complete(BlockStatus.NOTSUPP);
                return true;
            }
        }
        return device.submit(command);
    }

    @Override
    public void commit() {
        device.host().commit();
    }

    @Override
    public void cancel(Request request) {
        device.cancel(commands[request.tag()]);
    }

    @Override
    public void finished(Command command, BlockStatus status) {
        Request request = command.takeRequest();
        request.complete(status);
    }

    @Override
    public void abandoned(Command command, BlockStatus status) {
        Request request = command.takeRequest();
        commands[request.tag()] = device.newCommand();
        request.complete(status, true);
    }
}
