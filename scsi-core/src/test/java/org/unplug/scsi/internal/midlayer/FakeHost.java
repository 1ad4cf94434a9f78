package org.unplug.scsi.internal.midlayer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.SenseData;
import org.unplug.scsi.SenseKey;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.HostLimits;
import org.unplug.scsi.spi.HostPort;
import org.unplug.scsi.spi.ScsiCommand;
import org.unplug.scsi.spi.ScsiHost;

/** A low level driver with one target, which answers at once on the caller's thread unless the test steps in. */
class FakeHost implements ScsiHost {

    /** What the test may do with a command instead; null for the usual. */
    volatile Function<ScsiCommand, Queued> instead = command -> null;

    volatile Function<ScsiCommand, EhResult> abort = command -> EhResult.FAILED;
    volatile HostLimits limits = HostLimits.DEFAULT.withTopology(1, 1, 255);
    volatile HostPort port;

    final Map<Long, byte[]> units = new ConcurrentSkipListMap<>();
    final List<String> log = new CopyOnWriteArrayList<>();
    final AtomicInteger inside = new AtomicInteger();
    final AtomicInteger calls = new AtomicInteger();

    FakeHost unit(long lun, int bytes) {
        units.put(lun, new byte[bytes]);
        return this;
    }

    @Override
    public String name() {
        return "fake";
    }

    @Override
    public HostLimits limits() {
        return limits;
    }

    @Override
    public void attached(HostPort newPort) {
        port = newPort;
    }

    @Override
    public void detached() {
        log.add("detached");
    }

    @Override
    public Queued queueCommand(ScsiCommand command) {
        inside.incrementAndGet();
        calls.incrementAndGet();
        try {
            log.add(Cdb.describe(command.cdb()));
            Queued answer = instead.apply(command);
            if (answer == null) {
                answer(command);
                answer = Queued.ACCEPTED;
            }
            return answer;
        } finally {
            inside.decrementAndGet();
        }
    }

    @Override
    public EhResult abort(ScsiCommand command) {
        inside.incrementAndGet();
        calls.incrementAndGet();
        log.add("abort");
        try {
            return abort.apply(command);
        } finally {
            inside.decrementAndGet();
        }
    }

    @Override
    public EhResult deviceReset(ScsiAddress unit) {
        calls.incrementAndGet();
        log.add("deviceReset");
        return EhResult.FAILED;
    }

    static void fail(ScsiCommand command, SenseKey key, int asc, int ascq) {
        int length = SenseData.of(key, asc, ascq).encodeFixed(command.sense());
        command.complete(HostByte.OK, ScsiStatus.CHECK_CONDITION, length, command.transferBytes());
    }

    /** The usual answer. */
    void answer(ScsiCommand command) {
        byte[] cdb = command.cdb();
        byte[] unit = units.get(command.address().lun());
        switch (Cdb.opcode(cdb)) {
            case Cdb.REPORT_LUNS -> {
                ByteBuffer data = ByteBuffer.allocate(8 + units.size() * 8)
                        .putInt(units.size() * 8)
                        .putInt(0);
                units.keySet().forEach(lun -> data.putLong(ScsiAddress.encodeLun(lun)));
                reply(command, data.array());
            }
            case Cdb.INQUIRY -> inquiry(command, unit != null);
            case Cdb.TEST_UNIT_READY, Cdb.SYNCHRONIZE_CACHE_10, Cdb.START_STOP_UNIT -> command.completeGood();
            case Cdb.SERVICE_ACTION_IN_16 ->
                reply(
                        command,
                        ByteBuffer.allocate(32)
                                .putLong(unit.length / 512 - 1)
                                .putInt(512)
                                .array());
            case Cdb.MODE_SENSE_10 -> {
                byte[] mode = new byte[28];
                mode[1] = 26;
                mode[3] = 0x10;
                mode[8] = 8;
                mode[9] = 18;
                mode[10] = 4;
                reply(command, mode);
            }
            case Cdb.READ_10 -> {
                command.segment(0).duplicate().put(unit, (int) Cdb.lba(cdb) * 512, command.transferBytes());
                command.completeGood();
            }
            case Cdb.WRITE_10 -> {
                command.segment(0).duplicate().get(unit, (int) Cdb.lba(cdb) * 512, command.transferBytes());
                command.completeGood();
            }
            default -> fail(command, SenseKey.ILLEGAL_REQUEST, 0x20, 0);
        }
    }

    private static void inquiry(ScsiCommand command, boolean there) {
        byte[] cdb = command.cdb();
        if (cdb[1] == 0) {
            byte[] data = new byte[36];
            data[0] = (byte) (there ? 0 : 0x7F);
            data[2] = 6;
            data[4] = 31;
            System.arraycopy("ACME    Spinner         2.0 ".getBytes(StandardCharsets.US_ASCII), 0, data, 8, 28);
            reply(command, data);
        } else if (cdb[2] == 0) {
            reply(command, new byte[] {0, 0, 0, 3, 0, (byte) 0x80, (byte) 0x83});
        } else if ((cdb[2] & 0xFF) == 0x80) {
            reply(command, new byte[] {0, (byte) 0x80, 0, 4, 'S', 'N', '4', '2'});
        } else if ((cdb[2] & 0xFF) == 0x83) {
            byte[] data = new byte[4 + 4 + 4 + 4 + 8];
            data[1] = (byte) 0x83;
            data[3] = 20;
            data[4] = 2;
            data[5] = 1;
            data[7] = 4;
            System.arraycopy("ACME".getBytes(StandardCharsets.US_ASCII), 0, data, 8, 4);
            data[12] = 1;
            data[13] = 3;
            data[15] = 8;
            data[16] = 0x50;
            data[23] = 0x07;
            reply(command, data);
        } else {
            fail(command, SenseKey.ILLEGAL_REQUEST, 0x24, 0);
        }
    }

    private static void reply(ScsiCommand command, byte[] data) {
        int length = Math.min(data.length, command.transferBytes());
        command.segment(0).duplicate().put(data, 0, length);
        command.complete(HostByte.OK, ScsiStatus.GOOD, 0, command.transferBytes() - length);
    }
}
