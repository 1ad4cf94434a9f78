package org.unplug.scsi.internal.sd;

import java.nio.ByteBuffer;
import org.unplug.block.BlockStatus;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.spi.Request;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.internal.midlayer.Command;
import org.unplug.scsi.internal.midlayer.Device;
import org.unplug.scsi.internal.midlayer.DeviceQueue;
import org.unplug.scsi.internal.sd.Forms.Ranges;
import org.unplug.scsi.spi.ScsiCommand.Direction;

/**
 * A disk's requests as commands: one preallocated command for each tag, its descriptor block built in place, the request's own
 * buffers; for reads, writes and flushes nothing is allocated and nothing copied.
 */
final class ScsiDisk implements DiskDriver, DeviceQueue.Issuer {

    private static final int SECTOR_SHIFT = 9;
    private static final int FLUSH_FACTOR = 2;

    private final Device device;
    private final DeviceQueue queue;
    private final int blockShift;
    private final Forms forms;
    private final Command[] commands;
    /** The block that WRITE SAME repeats. */
    private final ByteBuffer zeroBlock;

    ScsiDisk(Device device, QueueLimits limits, Forms forms) {
        this.device = device;
        this.forms = forms;
        queue = device.queue();
        blockShift = Integer.numberOfTrailingZeros(limits.logicalBlockBytes() >> SECTOR_SHIFT);
        zeroBlock = ByteBuffer.allocateDirect(limits.logicalBlockBytes()).asReadOnlyBuffer();
        commands = queue.open(this, limits.queueDepth());
    }

    @Override
    public boolean queueRequest(Request request) {
        Command command = commands[request.tag()];
        byte[] cdb = command.cdb();
        long lba = request.sector() >> blockShift;
        int blocks = (int) (request.sectors() >> blockShift);
        long timeoutMs = device.timeoutMs();
        switch (request.op()) {
            case READ ->
                command.prepare(
                        forms.read(cdb, lba, blocks), Direction.FROM_DEVICE, request, bytes(request), timeoutMs);
            case WRITE ->
                command.prepare(
                        forms.write(cdb, lba, blocks, request.fua()),
                        Direction.TO_DEVICE,
                        request,
                        bytes(request),
                        timeoutMs);
            case FLUSH -> command.prepare(forms.flush(cdb), Direction.NONE, request, 0, timeoutMs * FLUSH_FACTOR);
            case DISCARD -> prepareRange(command, forms.discard(), lba, blocks, request);
            case WRITE_ZEROES -> prepareRange(command, forms.zeroes(), lba, blocks, request);
        }
        return queue.submit(command);
    }

    private static int bytes(Request request) {
        return (int) request.sectors() << SECTOR_SHIFT;
    }

    private void prepareRange(Command command, Ranges how, long lba, int blocks, Request request) {
        int length = Forms.range(how, command.cdb(), lba, blocks);
        ByteBuffer data = zeroBlock;
        if (how == Ranges.UNMAP) {
            data = ByteBuffer.allocate(Cdb.UNMAP_LIST_BYTES);
            Cdb.unmapList(data, lba, blocks);
        }
        command.prepareWith(length, data, request, device.timeoutMs() * FLUSH_FACTOR);
    }

    @Override
    public void commit() {
        queue.commit();
    }

    @Override
    public void cancel(Request request) {
        queue.cancel(commands[request.tag()]);
    }

    @Override
    public void inUse(boolean open) {
        device.inUse(open);
    }

    @Override
    public void finished(Command command, BlockStatus status) {
        command.takeRequest().complete(status);
    }

    @Override
    public void abandoned(Command command, BlockStatus status) {
        Request request = command.takeAbandonedRequest();
        commands[request.tag()] = queue.replacement();
        request.complete(status, true);
    }
}
