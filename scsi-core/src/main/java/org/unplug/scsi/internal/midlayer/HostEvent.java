package org.unplug.scsi.internal.midlayer;

import static org.unplug.scsi.ScsiHostState.CANCEL;
import static org.unplug.scsi.ScsiHostState.CANCEL_RECOVERY;
import static org.unplug.scsi.ScsiHostState.CREATED;
import static org.unplug.scsi.ScsiHostState.DEL;
import static org.unplug.scsi.ScsiHostState.DEL_RECOVERY;
import static org.unplug.scsi.ScsiHostState.RECOVERY;
import static org.unplug.scsi.ScsiHostState.RUNNING;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.unplug.scsi.ScsiHostState;

/** What can happen to a host, each with where it leads from which state. Of the arrows that the states allow these are used. */
enum HostEvent {
    /** The driver said who it is, and may be used. */
    INTRODUCED("introduce"),
    /** The error handler begins with resets. */
    RECOVERY_BEGINS("begin recovery"),
    /** The error handler is at its end. */
    RECOVERY_ENDS("end recovery"),
    /** Its removal begins. */
    CANCELLED("cancel"),
    /** Its removal is at its end. */
    REMOVED("delete");

    private static final Map<HostEvent, Map<ScsiHostState, ScsiHostState>> ARROWS = new EnumMap<>(HostEvent.class);

    static {
        arrow(INTRODUCED, CREATED, RUNNING);
        arrow(RECOVERY_BEGINS, RUNNING, RECOVERY);
        arrow(RECOVERY_BEGINS, CANCEL, CANCEL_RECOVERY);
        arrow(RECOVERY_ENDS, RECOVERY, RUNNING);
        arrow(RECOVERY_ENDS, CANCEL_RECOVERY, CANCEL);
        arrow(RECOVERY_ENDS, DEL_RECOVERY, DEL);
        arrow(CANCELLED, CREATED, CANCEL);
        arrow(CANCELLED, RUNNING, CANCEL);
        arrow(CANCELLED, RECOVERY, CANCEL_RECOVERY);
        arrow(REMOVED, CANCEL, DEL);
        arrow(REMOVED, CANCEL_RECOVERY, DEL_RECOVERY);
    }

    private final String text;

    HostEvent(String text) {
        this.text = text;
    }

    private static void arrow(HostEvent event, ScsiHostState from, ScsiHostState to) {
        ARROWS.computeIfAbsent(event, fresh -> new EnumMap<>(ScsiHostState.class))
                .put(from, to);
    }

    /** Where it leads from a state, if it can happen there. */
    Optional<ScsiHostState> from(ScsiHostState state) {
        return Optional.ofNullable(ARROWS.get(this).get(state));
    }

    @Override
    public String toString() {
        return text;
    }
}
