package org.unplug.scsi.debug.internal.adapter;

import java.nio.ByteBuffer;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.SenseData;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.ScsiCommand;

/** A command as the core would make it, for one use; remembers how it ended. */
final class FakeCommand implements ScsiCommand {

    private final ScsiAddress address;
    private final byte[] cdb;
    private final ByteBuffer data;
    private final byte[] sense = new byte[SENSE_BYTES];
    private Object unit;
    private Object driverData;
    private volatile int ends;
    private volatile HostByte host;
    private volatile ScsiStatus status;
    private volatile int senseBytes;
    private volatile int residualBytes;

    FakeCommand(int target, long lun, int dataBytes, byte... cdb) {
        address = new ScsiAddress(0, 0, target, lun);
        this.cdb = java.util.Arrays.copyOf(cdb, 32);
        data = ByteBuffer.allocate(dataBytes);
    }

    static FakeCommand testUnitReady() {
        return new FakeCommand(0, 0, 0, new byte[6]);
    }

    static FakeCommand read(long lba, int blocks) {
        byte[] cdb = new byte[16];
        int length = Cdb.read(cdb, lba, blocks, false);
        return new FakeCommand(0, 0, blocks * 512, java.util.Arrays.copyOf(cdb, length));
    }

    /** For whom is there now. */
    FakeCommand to(DebugAdapter adapter) {
        unit = adapter.unitAt(address);
        return this;
    }

    int ends() {
        return ends;
    }

    HostByte host() {
        return host;
    }

    ScsiStatus status() {
        return status;
    }

    int residualBytes() {
        return residualBytes;
    }

    SenseData decodedSense() {
        return SenseData.decode(sense, senseBytes).orElseThrow();
    }

    ByteBuffer data() {
        return data;
    }

    @Override
    public ScsiAddress address() {
        return address;
    }

    @Override
    public Object unit() {
        return unit;
    }

    @Override
    public byte[] cdb() {
        return cdb;
    }

    @Override
    public int cdbLength() {
        return Cdb.lengthOf(Cdb.opcode(cdb));
    }

    @Override
    public Direction direction() {
        return data.capacity() == 0 ? Direction.NONE : Direction.FROM_DEVICE;
    }

    @Override
    public int segmentCount() {
        return data.capacity() == 0 ? 0 : 1;
    }

    @Override
    public ByteBuffer segment(int index) {
        return data;
    }

    @Override
    public int transferBytes() {
        return data.capacity();
    }

    @Override
    public long timeoutMs() {
        return 30_000;
    }

    @Override
    public byte[] sense() {
        return sense;
    }

    @Override
    public Object driverData() {
        return driverData;
    }

    @Override
    public void setDriverData(Object newData) {
        driverData = newData;
    }

    @Override
    public synchronized void complete(HostByte how, ScsiStatus with, int newSenseBytes, int newResidualBytes) {
        host = how;
        status = with;
        senseBytes = newSenseBytes;
        residualBytes = newResidualBytes;
        ends++;
    }
}
