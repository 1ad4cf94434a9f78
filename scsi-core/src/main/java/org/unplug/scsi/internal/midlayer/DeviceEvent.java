package org.unplug.scsi.internal.midlayer;

import static org.unplug.scsi.ScsiDeviceState.BLOCK;
import static org.unplug.scsi.ScsiDeviceState.CANCEL;
import static org.unplug.scsi.ScsiDeviceState.CREATED;
import static org.unplug.scsi.ScsiDeviceState.CREATED_BLOCK;
import static org.unplug.scsi.ScsiDeviceState.DEL;
import static org.unplug.scsi.ScsiDeviceState.OFFLINE;
import static org.unplug.scsi.ScsiDeviceState.QUIESCE;
import static org.unplug.scsi.ScsiDeviceState.RUNNING;
import static org.unplug.scsi.ScsiDeviceState.TRANSPORT_OFFLINE;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.unplug.scsi.ScsiDeviceState;

/** What can happen to a device, each with where it leads from which state. Of the arrows that the states allow these are used. */
enum DeviceEvent {
    /** The scan has added it. */
    ADDED("add"),
    /** Somebody has its disk's requests wait. */
    QUIESCED("quiesce"),
    /** And go on. */
    RESUMED("resume"),
    /** The transport has lost the path, perhaps for a while. */
    BLOCKED("block"),
    /** The path is back. */
    UNBLOCKED("unblock"),
    /** The transport waits for the path no longer. */
    PATH_FAILED("fail its path"),
    /** The error handler, or somebody, has given it up. */
    GIVEN_UP("take offline"),
    /** Somebody wants it back. */
    BROUGHT_BACK("bring back"),
    /** Its removal has refused. */
    CANCELLED("cancel"),
    /** Its removal has ended. */
    REMOVED("delete");

    private static final Map<DeviceEvent, Map<ScsiDeviceState, ScsiDeviceState>> ARROWS =
            new EnumMap<>(DeviceEvent.class);

    static {
        arrow(ADDED, CREATED, RUNNING);
        arrow(ADDED, CREATED_BLOCK, BLOCK);
        arrow(QUIESCED, RUNNING, QUIESCE);
        arrow(QUIESCED, OFFLINE, QUIESCE);
        arrow(QUIESCED, TRANSPORT_OFFLINE, QUIESCE);
        arrow(QUIESCED, QUIESCE, QUIESCE);
        arrow(RESUMED, QUIESCE, RUNNING);
        arrow(RESUMED, RUNNING, RUNNING);
        arrow(BLOCKED, CREATED, CREATED_BLOCK);
        arrow(BLOCKED, RUNNING, BLOCK);
        arrow(BLOCKED, QUIESCE, BLOCK);
        arrow(BLOCKED, OFFLINE, BLOCK);
        arrow(BLOCKED, BLOCK, BLOCK);
        arrow(BLOCKED, CREATED_BLOCK, CREATED_BLOCK);
        arrow(UNBLOCKED, BLOCK, RUNNING);
        arrow(UNBLOCKED, TRANSPORT_OFFLINE, RUNNING);
        arrow(UNBLOCKED, CREATED_BLOCK, CREATED);
        arrow(UNBLOCKED, RUNNING, RUNNING);
        arrow(PATH_FAILED, CREATED, TRANSPORT_OFFLINE);
        arrow(PATH_FAILED, RUNNING, TRANSPORT_OFFLINE);
        arrow(PATH_FAILED, QUIESCE, TRANSPORT_OFFLINE);
        arrow(PATH_FAILED, BLOCK, TRANSPORT_OFFLINE);
        arrow(PATH_FAILED, TRANSPORT_OFFLINE, TRANSPORT_OFFLINE);
        arrow(GIVEN_UP, CREATED, OFFLINE);
        arrow(GIVEN_UP, RUNNING, OFFLINE);
        arrow(GIVEN_UP, QUIESCE, OFFLINE);
        arrow(GIVEN_UP, BLOCK, OFFLINE);
        arrow(GIVEN_UP, OFFLINE, OFFLINE);
        arrow(BROUGHT_BACK, OFFLINE, RUNNING);
        arrow(BROUGHT_BACK, TRANSPORT_OFFLINE, RUNNING);
        arrow(BROUGHT_BACK, RUNNING, RUNNING);
        arrow(CANCELLED, CREATED, CANCEL);
        arrow(CANCELLED, RUNNING, CANCEL);
        arrow(CANCELLED, QUIESCE, CANCEL);
        arrow(CANCELLED, OFFLINE, CANCEL);
        arrow(CANCELLED, TRANSPORT_OFFLINE, CANCEL);
        arrow(CANCELLED, BLOCK, DEL);
        arrow(CANCELLED, CREATED_BLOCK, DEL);
        arrow(REMOVED, CANCEL, DEL);
        arrow(REMOVED, DEL, DEL);
    }

    private final String text;

    DeviceEvent(String text) {
        this.text = text;
    }

    private static void arrow(DeviceEvent event, ScsiDeviceState from, ScsiDeviceState to) {
        ARROWS.computeIfAbsent(event, fresh -> new EnumMap<>(ScsiDeviceState.class))
                .put(from, to);
    }

    /** Where it leads from a state, if it can happen there. */
    Optional<ScsiDeviceState> from(ScsiDeviceState state) {
        return Optional.ofNullable(ARROWS.get(this).get(state));
    }

    @Override
    public String toString() {
        return text;
    }
}
