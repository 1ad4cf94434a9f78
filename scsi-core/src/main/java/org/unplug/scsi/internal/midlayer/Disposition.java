package org.unplug.scsi.internal.midlayer;

import static org.unplug.scsi.internal.midlayer.Disposition.Action.AGAIN;
import static org.unplug.scsi.internal.midlayer.Disposition.Action.DONE;
import static org.unplug.scsi.internal.midlayer.Disposition.Action.RETRY;
import static org.unplug.scsi.internal.midlayer.Disposition.Effect.CHANGED;
import static org.unplug.scsi.internal.midlayer.Disposition.Effect.NONE;
import static org.unplug.scsi.internal.midlayer.Disposition.Effect.RESCAN;
import static org.unplug.scsi.internal.midlayer.Disposition.Effect.RESET;
import static org.unplug.scsi.internal.midlayer.Disposition.Effect.REVALIDATE;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.unplug.block.BlockStatus;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.SenseData;
import org.unplug.scsi.SenseKey;
import org.unplug.scsi.spi.HostByte;

/**
 * What to do with a command that ended, as three tables: by host byte, by status byte, and by sense data, where the first row that
 * fits decides. Models {@code scsi_decide_disposition} and {@code scsi_check_sense} of Linux 7.0.
 *
 * @param action what to do
 * @param status what the disk's request ends with, when it ends
 * @param effect what else to do
 */
public record Disposition(Action action, BlockStatus status, Effect effect) {

    /** What to do with the command. */
    public enum Action {
        /** It ends. */
        DONE,
        /** It is tried again, a limited number of times. */
        RETRY,
        /** It is tried again a little later, for as long as all tries together may take. */
        AGAIN
    }

    /** What else to do. */
    public enum Effect {
        NONE,
        /** Look which units there are. */
        RESCAN,
        /** Look what has changed about the unit. */
        REVALIDATE,
        /** The unit has forgotten what it was told, and is told again. */
        RESET,
        /** Another medium: the disk on it is gone, and the unit is looked at anew. */
        CHANGED
    }

    /** Which units a row is for. */
    enum Media {
        ANY,
        REMOVABLE,
        FIXED
    }

    /** A row of the table by sense data. */
    record SenseRow(SenseKey key, int asc, int ascq, Media media, Disposition then) {
        boolean fits(SenseData sense, boolean removable) {
            return sense.key() == key
                    && (asc == ANY || sense.asc() == asc)
                    && (ascq == ANY || sense.ascq() == ascq)
                    && (media == Media.ANY || media == Media.REMOVABLE == removable);
        }
    }

    private static final int ANY = -1;
    private static final Disposition GOOD = of(DONE, BlockStatus.OK);
    private static final Disposition SHORT = of(RETRY, BlockStatus.IOERR);
    private static final Disposition DEFERRED = of(RETRY, BlockStatus.IOERR);
    private static final Disposition SENSELESS = of(RETRY, BlockStatus.IOERR);

    private static final Map<HostByte, Disposition> BY_HOST = new EnumMap<>(Map.ofEntries(
            Map.entry(HostByte.NO_CONNECT, of(DONE, BlockStatus.GONE)),
            Map.entry(HostByte.BAD_TARGET, of(DONE, BlockStatus.GONE)),
            Map.entry(HostByte.BUS_BUSY, of(RETRY, BlockStatus.IOERR)),
            Map.entry(HostByte.TIME_OUT, of(RETRY, BlockStatus.TIMEOUT)),
            Map.entry(HostByte.ABORT, of(RETRY, BlockStatus.TIMEOUT)),
            Map.entry(HostByte.PARITY, of(RETRY, BlockStatus.IOERR)),
            Map.entry(HostByte.ERROR, of(RETRY, BlockStatus.IOERR)),
            Map.entry(HostByte.RESET, of(RETRY, BlockStatus.IOERR)),
            Map.entry(HostByte.SOFT_ERROR, of(RETRY, BlockStatus.IOERR)),
            Map.entry(HostByte.REQUEUE, of(AGAIN, BlockStatus.TIMEOUT)),
            Map.entry(HostByte.TRANSPORT_DISRUPTED, of(RETRY, BlockStatus.IOERR))));

    private static final Map<ScsiStatus, Disposition> BY_STATUS = new EnumMap<>(Map.of(
            ScsiStatus.GOOD, GOOD,
            ScsiStatus.CONDITION_MET, GOOD,
            ScsiStatus.BUSY, of(AGAIN, BlockStatus.TIMEOUT),
            ScsiStatus.TASK_SET_FULL, of(AGAIN, BlockStatus.TIMEOUT),
            ScsiStatus.ACA_ACTIVE, of(AGAIN, BlockStatus.TIMEOUT),
            ScsiStatus.TASK_ABORTED, of(RETRY, BlockStatus.IOERR),
            ScsiStatus.RESERVATION_CONFLICT, of(DONE, BlockStatus.IOERR)));

    private static final Disposition OTHER_MEDIUM = new Disposition(DONE, BlockStatus.GONE, CHANGED);
    private static final Disposition OTHER_UNITS = new Disposition(RETRY, BlockStatus.IOERR, RESCAN);
    private static final Disposition OTHER_DATA = new Disposition(RETRY, BlockStatus.IOERR, REVALIDATE);

    private static final Disposition FORGETFUL = new Disposition(RETRY, BlockStatus.IOERR, RESET);

    private static final List<SenseRow> BY_SENSE = List.of(
            row(SenseKey.NO_SENSE, ANY, ANY, GOOD),
            row(SenseKey.RECOVERED_ERROR, ANY, ANY, GOOD),
            row(SenseKey.COMPLETED, ANY, ANY, GOOD),
            row(SenseKey.NOT_READY, 0x04, 0x01, of(AGAIN, BlockStatus.IOERR)), // becoming ready
            row(SenseKey.NOT_READY, 0x04, 0x04, of(AGAIN, BlockStatus.IOERR)), // format in progress
            row(SenseKey.NOT_READY, 0x04, 0x05, of(AGAIN, BlockStatus.IOERR)), // rebuild
            row(SenseKey.NOT_READY, 0x04, 0x06, of(AGAIN, BlockStatus.IOERR)), // recalculation
            row(SenseKey.NOT_READY, 0x04, 0x07, of(AGAIN, BlockStatus.IOERR)), // operation in progress
            row(SenseKey.NOT_READY, 0x04, 0x08, of(AGAIN, BlockStatus.IOERR)), // long write
            row(SenseKey.NOT_READY, 0x04, 0x09, of(AGAIN, BlockStatus.IOERR)), // self-test
            row(SenseKey.NOT_READY, 0x04, 0x0A, of(AGAIN, BlockStatus.IOERR)), // access state transition
            row(SenseKey.NOT_READY, 0x04, 0x11, of(AGAIN, BlockStatus.IOERR)), // spins up when its turn comes
            row(SenseKey.NOT_READY, 0x04, 0x14, of(AGAIN, BlockStatus.IOERR)), // space allocation
            row(SenseKey.NOT_READY, 0x04, 0x1A, of(AGAIN, BlockStatus.IOERR)), // START STOP UNIT
            row(SenseKey.NOT_READY, 0x04, 0x1B, of(AGAIN, BlockStatus.IOERR)), // sanitize
            row(SenseKey.NOT_READY, 0x04, 0x1D, of(AGAIN, BlockStatus.IOERR)), // configuration
            row(SenseKey.NOT_READY, 0x04, 0x24, of(AGAIN, BlockStatus.IOERR)), // depopulation
            row(SenseKey.NOT_READY, 0x3A, ANY, OTHER_MEDIUM), // none
            row(SenseKey.NOT_READY, ANY, ANY, of(DONE, BlockStatus.IOERR)),
            row(SenseKey.MEDIUM_ERROR, 0x11, ANY, of(DONE, BlockStatus.MEDIUM)), // unrecovered read
            row(SenseKey.MEDIUM_ERROR, 0x13, ANY, of(DONE, BlockStatus.MEDIUM)), // no address mark
            row(SenseKey.MEDIUM_ERROR, 0x14, ANY, of(DONE, BlockStatus.MEDIUM)), // no such record
            row(SenseKey.MEDIUM_ERROR, ANY, ANY, of(RETRY, BlockStatus.MEDIUM)),
            row(SenseKey.HARDWARE_ERROR, ANY, ANY, of(DONE, BlockStatus.IOERR)),
            row(SenseKey.ILLEGAL_REQUEST, 0x20, 0x00, of(DONE, BlockStatus.NOTSUPP)), // no such command
            row(SenseKey.ILLEGAL_REQUEST, 0x25, ANY, of(DONE, BlockStatus.GONE)), // no such unit
            row(SenseKey.ILLEGAL_REQUEST, ANY, ANY, of(DONE, BlockStatus.IOERR)),
            row(SenseKey.UNIT_ATTENTION, 0x3F, 0x0E, OTHER_UNITS), // REPORTED LUNS DATA HAS CHANGED
            row(SenseKey.UNIT_ATTENTION, 0x3F, 0x03, OTHER_DATA), // INQUIRY data
            row(SenseKey.UNIT_ATTENTION, 0x2A, 0x09, OTHER_DATA), // capacity
            row(SenseKey.UNIT_ATTENTION, 0x29, ANY, FORGETFUL), // power on, reset, lost nexus
            row(SenseKey.UNIT_ATTENTION, 0x28, ANY, Media.REMOVABLE, OTHER_MEDIUM),
            row(SenseKey.UNIT_ATTENTION, 0x28, ANY, Media.FIXED, of(RETRY, BlockStatus.IOERR)),
            row(SenseKey.UNIT_ATTENTION, ANY, ANY, of(RETRY, BlockStatus.IOERR)),
            row(SenseKey.DATA_PROTECT, 0x27, 0x07, of(DONE, BlockStatus.NOSPACE)), // thin provisioning
            row(SenseKey.DATA_PROTECT, ANY, ANY, of(DONE, BlockStatus.PROTECTED)),
            row(SenseKey.BLANK_CHECK, ANY, ANY, of(DONE, BlockStatus.IOERR)),
            row(SenseKey.VENDOR_SPECIFIC, ANY, ANY, of(DONE, BlockStatus.IOERR)),
            row(SenseKey.COPY_ABORTED, ANY, ANY, of(DONE, BlockStatus.IOERR)),
            row(SenseKey.ABORTED_COMMAND, 0x10, ANY, of(DONE, BlockStatus.MEDIUM)), // protection information
            row(SenseKey.ABORTED_COMMAND, ANY, ANY, of(RETRY, BlockStatus.IOERR)),
            row(SenseKey.RESERVED_C, ANY, ANY, of(DONE, BlockStatus.IOERR)),
            row(SenseKey.VOLUME_OVERFLOW, ANY, ANY, of(DONE, BlockStatus.IOERR)),
            row(SenseKey.MISCOMPARE, ANY, ANY, of(DONE, BlockStatus.IOERR)));

    private static Disposition of(Action action, BlockStatus status) {
        return new Disposition(action, status, NONE);
    }

    private static SenseRow row(SenseKey key, int asc, int ascq, Disposition then) {
        return row(key, asc, ascq, Media.ANY, then);
    }

    private static SenseRow row(SenseKey key, int asc, int ascq, Media media, Disposition then) {
        return new SenseRow(key, asc, ascq, media, then);
    }

    /** The table by sense data. Each key ends with a row that fits all of it, so that one always does. */
    static List<SenseRow> bySense() {
        return BY_SENSE;
    }

    /** The first row that fits. */
    static SenseRow row(SenseData sense, boolean removable) {
        return BY_SENSE.stream()
                .filter(row -> row.fits(sense, removable))
                .findFirst()
                .orElseThrow();
    }

    /**
     * Decides.
     *
     * @param sense what the unit said with CHECK CONDITION
     * @param residualBytes how much was not moved
     * @param removable whether the unit's medium can be taken out
     */
    public static Disposition of(
            HostByte host, ScsiStatus status, Optional<SenseData> sense, int residualBytes, boolean removable) {
        if (host != HostByte.OK) {
            return BY_HOST.get(host);
        }
        if (status != ScsiStatus.CHECK_CONDITION) {
            Disposition then = BY_STATUS.get(status);
            return then.equals(GOOD) && residualBytes > 0 ? SHORT : then;
        }
        if (sense.isEmpty()) {
            return SENSELESS;
        }
        if (sense.get().deferred()) {
            return DEFERRED;
        }
        Disposition then = row(sense.get(), removable).then;
        return then.equals(GOOD) && residualBytes > 0 ? SHORT : then;
    }
}
