package org.unplug.scsi.debug.internal.adapter;

import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.unplug.ref.Clockwork;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.debug.Fault;
import org.unplug.scsi.debug.Rule;
import org.unplug.scsi.debug.ScsiDebugCounters;
import org.unplug.scsi.debug.internal.target.LogicalUnit;
import org.unplug.scsi.debug.internal.target.TargetDevice;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.HostLimits;
import org.unplug.scsi.spi.HostPort;
import org.unplug.scsi.spi.ScsiCommand;
import org.unplug.scsi.spi.ScsiHost;

/**
 * The adapter as the SCSI core sees it: takes commands, has the {@link Service} execute them on its targets, and lets them go when
 * it is told to abort or reset. Counts every call.
 */
public final class DebugAdapter implements ScsiHost {

    private static final long LET_GO_MS = 2_000;

    private final Settings settings;
    private final Clockwork clockwork;
    private final ScsiDebugCounters counters = new ScsiDebugCounters();
    private final TargetDevice[] targets;
    private final long[][] latencyNanos;
    private final Service service;
    private final Inline inline = new Inline();
    private final Rules rules = new Rules();
    private volatile HostPort port;
    private volatile boolean closed;

    public DebugAdapter(Settings settings, Clockwork clockwork) {
        this.settings = settings;
        this.clockwork = clockwork;
        targets = new TargetDevice[settings.targets()];
        latencyNanos = new long[settings.targets()][(int) settings.limits().maxLun() + 1];
        for (int i = 0; i < targets.length; i++) {
            targets[i] = new TargetDevice();
        }
        service = new Service(
                settings.name(),
                clockwork,
                settings.threads(),
                settings.canQueue(),
                (command, worker) -> execute(command, worker.execution));
    }

    private void execute(ScsiCommand command, Execution execution) {
        counters.ended();
        execution.run(command, targets[command.address().target()]);
    }

    private void executeInline(ScsiCommand command) {
        int place = inline.take();
        try {
            execute(command, inline.at(place));
        } finally {
            inline.giveBack(place);
        }
    }

    @Override
    public String name() {
        counters.enter();
        counters.exit();
        return settings.name();
    }

    @Override
    public HostLimits limits() {
        counters.enter();
        counters.exit();
        return settings.limits();
    }

    @Override
    public void attached(HostPort newPort) {
        counters.enter();
        port = newPort;
        counters.exit();
    }

    @Override
    public void detached() {
        counters.enter();
        port = null;
        counters.exit();
    }

    @Override
    public Object unitAt(ScsiAddress address) {
        counters.enter();
        counters.exit();
        return address.channel() == 0 && address.target() < targets.length
                ? targets[address.target()].unit(address.lun())
                : null;
    }

    @Override
    public Queued queueCommand(ScsiCommand command) {
        counters.enter();
        try {
            ScsiAddress address = command.address();
            if (!rules.isEmpty()) {
                Rule rule = rules.forCommand(address, Cdb.opcode(command.cdb()));
                if (rule != null) {
                    return queueFaulty(command, rule);
                }
            }
            counters.accepted();
            if (closed || address.channel() != 0 || address.target() >= targets.length) {
                end(command, HostByte.BAD_TARGET);
            } else {
                start(command, latencyNanos[address.target()][(int) address.lun()]);
            }
            return Queued.ACCEPTED;
        } finally {
            counters.exit();
        }
    }

    private void start(ScsiCommand command, long latency) {
        if (latency == 0 && settings.threads() == 0) {
            executeInline(command);
        } else if (!service.put(command, latency)) {
            end(command, HostByte.NO_CONNECT);
        }
    }

    private Queued queueFaulty(ScsiCommand command, Rule rule) {
        switch (rule.fault()) {
            case HOST_BUSY:
                return Queued.HOST_BUSY;
            case DEVICE_BUSY:
                return Queued.DEVICE_BUSY;
            default:
                break;
        }
        counters.accepted();
        switch (rule.fault()) {
            case TIME_OUT -> {
                if (!service.hold(command)) {
                    end(command, HostByte.NO_CONNECT);
                }
            }
            case SENSE -> {
                int senseBytes = rule.sense().encodeFixed(command.sense());
                end(command, HostByte.OK, ScsiStatus.CHECK_CONDITION, senseBytes);
            }
            case STATUS -> end(command, HostByte.OK, rule.status(), 0);
            case HOST_BYTE -> end(command, rule.hostByte());
            case SLOW ->
                start(
                        command,
                        rule.micros() * 1_000
                                + latencyNanos[command.address().target()][
                                        (int) command.address().lun()]);
            default -> throw new IllegalStateException(rule + " meets no command");
        }
        return Queued.ACCEPTED;
    }

    private void end(ScsiCommand command, HostByte how) {
        counters.ended();
        command.completeFailed(how);
    }

    private void end(ScsiCommand command, HostByte how, ScsiStatus status, int senseBytes) {
        counters.ended();
        command.complete(how, status, senseBytes, command.transferBytes());
    }

    @Override
    public EhResult abort(ScsiCommand command) {
        ScsiAddress unit = command.address();
        return handle(Fault.Part.ABORT, unit.target(), unit.lun(), () -> {
            boolean quiet = letGo(HostByte.ABORT, one -> one == command);
            return inline.awaitEnd(command, clockwork, LET_GO_MS) && quiet;
        });
    }

    @Override
    public EhResult deviceReset(ScsiAddress unit) {
        return handle(Fault.Part.DEVICE_RESET, unit.target(), unit.lun(), () -> {
            LogicalUnit at = unit.target() < targets.length ? targets[unit.target()].unit(unit.lun()) : null;
            if (at != null) {
                at.reset();
            }
            return letGo(HostByte.RESET, one -> one.address().equals(unit));
        });
    }

    @Override
    public EhResult targetReset(ScsiAddress target) {
        return handle(Fault.Part.TARGET_RESET, target.target(), Rule.ANY, () -> {
            if (target.target() < targets.length) {
                targets[target.target()].units().forEach(LogicalUnit::reset);
            }
            return letGo(HostByte.RESET, one -> one.address().target() == target.target());
        });
    }

    @Override
    public EhResult busReset(int channel) {
        return handle(Fault.Part.BUS_RESET, Rule.ANY, Rule.ANY, this::resetAll);
    }

    @Override
    public EhResult hostReset() {
        return handle(Fault.Part.HOST_RESET, Rule.ANY, Rule.ANY, this::resetAll);
    }

    private boolean resetAll() {
        for (TargetDevice target : targets) {
            target.units().forEach(LogicalUnit::reset);
        }
        return letGo(HostByte.RESET, one -> true);
    }

    private EhResult handle(Fault.Part part, int target, long lun, BooleanSupplier action) {
        counters.enter();
        counters.handler();
        try {
            return !rules.fails(part, target, lun, clockwork) && action.getAsBoolean()
                    ? EhResult.SUCCESS
                    : EhResult.FAILED;
        } finally {
            counters.exit();
        }
    }

    /** Ends what waits, and waits for what is being executed; false if that took too long. */
    private boolean letGo(HostByte how, Predicate<ScsiCommand> which) {
        List<ScsiCommand> waiting = service.take(which);
        waiting.forEach(command -> end(command, how));
        return service.awaitBatches(LET_GO_MS);
    }

    /** A unit is there: its latency counts from now on, and the core is told. */
    void added(int target, long lun, long unitLatencyMicros) {
        latencyNanos[target][(int) lun] = (settings.latencyMicros() + unitLatencyMicros) * 1_000;
        HostPort to = port;
        if (to != null) {
            to.rescan();
        }
    }

    /** A unit is not there any more: its commands end, then the core is told. */
    void gone(int target, long lun) {
        List<ScsiCommand> waiting = service.take(
                one -> one.address().target() == target && one.address().lun() == lun);
        waiting.forEach(command -> end(command, HostByte.NO_CONNECT));
        latencyNanos[target][(int) lun] = 0;
        HostPort to = port;
        if (to != null) {
            to.lunGone(0, target, lun);
        }
    }

    /** After the service was unregistered: ends what is left, and the threads go. */
    void close() {
        closed = true;
        counters.stop();
        rules.close();
        service.close();
        letGo(HostByte.NO_CONNECT, one -> true);
    }

    Rules rules() {
        return rules;
    }

    TargetDevice target(int number) {
        return targets[number];
    }

    int targets() {
        return targets.length;
    }

    Settings settings() {
        return settings;
    }

    public ScsiDebugCounters counters() {
        return counters;
    }
}
