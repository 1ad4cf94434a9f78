package org.unplug.scsi.internal.midlayer;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.ScsiDeviceState;
import org.unplug.scsi.internal.eh.Patient;
import org.unplug.scsi.internal.eh.Rung;
import org.unplug.scsi.internal.eh.Ward;
import org.unplug.scsi.internal.midlayer.Calls.Call;
import org.unplug.scsi.spi.ScsiHost;
import org.unplug.scsi.spi.ScsiHost.EhResult;

/**
 * The error handler's way into the driver: each step an {@link Door#errand}, so that a call that never returns costs a time-out
 * and not the handler.
 */
final class HostWard implements Ward {

    private final Host host;

    HostWard(Host host) {
        this.host = host;
    }

    @Override
    public void abort(List<Patient> patients) {
        host.door().errand(Call.ABORT, host.timing().handlerMs(), errand -> {
            for (Patient patient : patients) {
                if (errand.isWanted()
                        && !patient.isLetGo()
                        && succeeds(Call.ABORT, driver -> driver.abort((Command) patient))) {
                    errand.note(patient::letGo);
                }
            }
        });
    }

    @Override
    public Set<ScsiAddress> reset(Rung rung, List<ScsiAddress> where) {
        Set<ScsiAddress> worked = new HashSet<>();
        host.door().errand(call(rung), host.timing().handlerMs(), errand -> {
            for (ScsiAddress address : where) {
                if (errand.isWanted() && succeeds(call(rung), driver -> reset(driver, rung, address))) {
                    errand.note(() -> worked.add(address));
                }
            }
        });
        return worked;
    }

    private boolean succeeds(Call call, Function<ScsiHost, EhResult> what) {
        return host.door().into(call, what) == EhResult.SUCCESS;
    }

    private static Call call(Rung rung) {
        return switch (rung) {
            case DEVICE_RESET -> Call.DEVICE_RESET;
            case TARGET_RESET -> Call.TARGET_RESET;
            case BUS_RESET -> Call.BUS_RESET;
            case HOST_RESET -> Call.HOST_RESET;
        };
    }

    private static EhResult reset(ScsiHost driver, Rung rung, ScsiAddress address) {
        return switch (rung) {
            case DEVICE_RESET -> driver.deviceReset(address);
            case TARGET_RESET -> driver.targetReset(address);
            case BUS_RESET -> driver.busReset(address.channel());
            case HOST_RESET -> driver.hostReset();
        };
    }

    @Override
    public Set<ScsiAddress> answering(Set<ScsiAddress> units) {
        return new ReadyCheck(host, units).run();
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
    public void offline(Patient patient, String why) {
        host.withDevice(patient.address(), device -> {
            if (device.addressee() == ((Command) patient).addressee()
                    && device.state() != ScsiDeviceState.OFFLINE
                    && device.happens(DeviceEvent.GIVEN_UP)) {
                host.journal().warn(device.address() + ": offline, " + why);
            }
        });
    }
}
