package org.unplug.scsi.internal.midlayer;

import java.util.function.Function;
import org.unplug.ref.Clockwork;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.internal.eh.Patient;
import org.unplug.scsi.internal.eh.Rung;
import org.unplug.scsi.internal.eh.Ward;
import org.unplug.scsi.internal.midlayer.Calls.Call;
import org.unplug.scsi.spi.ScsiHost;
import org.unplug.scsi.spi.ScsiHost.EhResult;

/**
 * The error handler's way into the driver. Each call runs on a thread of its own, so that one that never returns costs its
 * time-out and not the handler; the host's gate counts it in as long as it lasts.
 */
final class HostWard implements Ward {

    private final Host host;

    HostWard(Host host) {
        this.host = host;
    }

    @Override
    public Answer abort(Patient patient) {
        return bounded(Call.ABORT, driver -> driver.abort((Command) patient));
    }

    @Override
    public Answer reset(Rung rung, ScsiAddress address) {
        return switch (rung) {
            case DEVICE_RESET -> bounded(Call.DEVICE_RESET, driver -> driver.deviceReset(address));
            case TARGET_RESET -> bounded(Call.TARGET_RESET, driver -> driver.targetReset(address));
            case BUS_RESET -> bounded(Call.BUS_RESET, driver -> driver.busReset(address.channel()));
            case HOST_RESET -> bounded(Call.HOST_RESET, ScsiHost::hostReset);
        };
    }

    @Override
    public void beginRecovery() {
        host.beginRecovery();
    }

    @Override
    public void endRecovery() {
        host.endRecovery();
    }

    @Override
    public void offline(ScsiAddress unit, String why) {
        host.offline(unit, why);
    }

    /** Tells the driver good-bye; bounded. */
    void detached(long timeoutMs) {
        bounded(
                Call.DETACHED,
                driver -> {
                    driver.detached();
                    return EhResult.SUCCESS;
                },
                timeoutMs);
    }

    private Answer bounded(Call call, Function<ScsiHost, EhResult> what) {
        return bounded(call, what, host.timing().handlerMs());
    }

    private Answer bounded(Call call, Function<ScsiHost, EhResult> what, long timeoutMs) {
        if (host.calls().isKilled()) {
            return Answer.FAILED;
        }
        Clockwork clockwork = host.clockwork();
        OnlyOnce<Answer> answer = new OnlyOnce<>();
        clockwork.execute(
                "host" + host.number() + " " + call,
                () -> answer.end(into(call, what) == EhResult.SUCCESS ? Answer.SUCCESS : Answer.FAILED));
        Answer given = answer.await(clockwork, clockwork.nanoTime() + Timing.nanos(timeoutMs));
        if (given == null) {
            host.journal()
                    .warn("host" + host.number() + ": the driver has not returned from " + call + " for " + timeoutMs
                            + " ms");
            return Answer.STUCK;
        }
        return given;
    }

    /** Calls the driver on this thread; null if nobody may enter any more, or the driver threw. */
    <R> R into(Call call, Function<ScsiHost, R> what) {
        int place = host.calls().enter(call);
        if (place == Calls.REFUSED) {
            return null;
        }
        try {
            return what.apply(host.lld());
        } catch (RuntimeException | LinkageError failure) {
            host.journal().warn("host" + host.number() + ": " + call + " failed, " + failure);
            return null;
        } finally {
            host.calls().exit(place);
        }
    }
}
