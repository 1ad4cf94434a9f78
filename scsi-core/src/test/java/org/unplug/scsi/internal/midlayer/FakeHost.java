package org.unplug.scsi.internal.midlayer;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.SenseData;
import org.unplug.scsi.SenseKey;
import org.unplug.scsi.internal.eh.Rung;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.HostLimits;
import org.unplug.scsi.spi.HostPort;
import org.unplug.scsi.spi.ScsiCommand;
import org.unplug.scsi.spi.ScsiHost;

/** A low level driver that answers at once on the caller's thread unless the test steps in. */
class FakeHost implements ScsiHost {

    /** What the test may do with a command instead; null for the usual. */
    volatile Function<ScsiCommand, Queued> instead = command -> null;

    volatile Function<ScsiCommand, EhResult> abort = command -> EhResult.FAILED;
    final Map<Rung, Function<ScsiAddress, EhResult>> resets = new ConcurrentHashMap<>();
    volatile HostLimits limits = HostLimits.DEFAULT.withTopology(1, 1, 255);
    volatile HostPort port;

    /** The units of target 0, and of all targets by channel and number. */
    final Map<Long, FakeUnit> units = new ConcurrentSkipListMap<>();

    final Map<String, Map<Long, FakeUnit>> targets = new ConcurrentHashMap<>(Map.of("0:0", units));
    final List<String> log = new CopyOnWriteArrayList<>();
    final AtomicInteger inside = new AtomicInteger();
    final AtomicInteger calls = new AtomicInteger();

    FakeHost unit(long lun, int bytes) {
        units.put(lun, new FakeUnit(bytes));
        return this;
    }

    FakeHost unit(int channel, int target, long lun, int bytes) {
        targets.computeIfAbsent(channel + ":" + target, key -> new ConcurrentSkipListMap<>())
                .put(lun, new FakeUnit(bytes));
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
        return handler("abort", abort, command);
    }

    @Override
    public EhResult deviceReset(ScsiAddress unit) {
        return handler("deviceReset", reset(Rung.DEVICE_RESET), unit);
    }

    @Override
    public EhResult targetReset(ScsiAddress target) {
        return handler("targetReset", reset(Rung.TARGET_RESET), target);
    }

    @Override
    public EhResult busReset(int channel) {
        return handler("busReset", reset(Rung.BUS_RESET), new ScsiAddress(0, channel, 0, 0));
    }

    @Override
    public EhResult hostReset() {
        return handler("hostReset", reset(Rung.HOST_RESET), new ScsiAddress(0, 0, 0, 0));
    }

    private Function<ScsiAddress, EhResult> reset(Rung rung) {
        return resets.getOrDefault(rung, where -> EhResult.FAILED);
    }

    private <T> EhResult handler(String name, Function<T, EhResult> what, T subject) {
        inside.incrementAndGet();
        calls.incrementAndGet();
        log.add(name);
        try {
            return what.apply(subject);
        } finally {
            inside.decrementAndGet();
        }
    }

    static void fail(ScsiCommand command, SenseKey key, int asc, int ascq) {
        FakeUnit.fail(command, SenseData.of(key, asc, ascq));
    }

    /** The usual answer. */
    void answer(ScsiCommand command) {
        ScsiAddress address = command.address();
        Map<Long, FakeUnit> target = targets.get(address.channel() + ":" + address.target());
        if (target == null) {
            command.completeFailed(HostByte.BAD_TARGET);
            return;
        }
        FakeUnit unit = target.get(address.lun());
        if (Cdb.opcode(command.cdb()) == Cdb.REPORT_LUNS) {
            ByteBuffer data = ByteBuffer.allocate(8 + target.size() * 8)
                    .putInt(target.size() * 8)
                    .putInt(0);
            target.keySet().forEach(lun -> data.putLong(ScsiAddress.encodeLun(lun)));
            FakeUnit.reply(command, data.array());
        } else if (unit != null) {
            unit.serve(command);
        } else if (Cdb.opcode(command.cdb()) == Cdb.INQUIRY) {
            FakeUnit.reply(command, new FakeUnit(0).standard((byte) 0x7F));
        } else {
            fail(command, SenseKey.ILLEGAL_REQUEST, 0x25, 0);
        }
    }
}
