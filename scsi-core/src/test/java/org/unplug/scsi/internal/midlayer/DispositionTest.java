package org.unplug.scsi.internal.midlayer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.unplug.block.BlockStatus;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.SenseData;
import org.unplug.scsi.SenseKey;
import org.unplug.scsi.internal.midlayer.Disposition.Action;
import org.unplug.scsi.internal.midlayer.Disposition.Effect;
import org.unplug.scsi.spi.HostByte;

class DispositionTest {

    private static Disposition sense(SenseData sense, boolean removable) {
        return Disposition.of(HostByte.OK, ScsiStatus.CHECK_CONDITION, Optional.of(sense), 0, removable);
    }

    @ParameterizedTest
    @CsvSource({
        "NO_CONNECT, DONE, GONE", "BAD_TARGET, DONE, GONE", "BUS_BUSY, RETRY, IOERR", "TIME_OUT, RETRY, TIMEOUT",
        "ABORT, RETRY, TIMEOUT", "PARITY, RETRY, IOERR", "ERROR, RETRY, IOERR", "RESET, RETRY, IOERR",
        "SOFT_ERROR, RETRY, IOERR", "REQUEUE, AGAIN, TIMEOUT", "TRANSPORT_DISRUPTED, RETRY, IOERR"
    })
    void hostByte_decidesBeforeTheStatus(HostByte host, Action action, BlockStatus status) {
        assertEquals(
                new Disposition(action, status, Effect.NONE),
                Disposition.of(host, ScsiStatus.BUSY, Optional.empty(), 0, false));
    }

    @ParameterizedTest
    @CsvSource({
        "GOOD, DONE, OK",
        "CONDITION_MET, DONE, OK",
        "BUSY, AGAIN, TIMEOUT",
        "TASK_SET_FULL, AGAIN, TIMEOUT",
        "ACA_ACTIVE, AGAIN, TIMEOUT",
        "TASK_ABORTED, RETRY, IOERR",
        "RESERVATION_CONFLICT, DONE, IOERR",
        "CHECK_CONDITION, RETRY, IOERR"
    })
    void status_withoutSense_decides(ScsiStatus status, Action action, BlockStatus block) {
        assertEquals(
                new Disposition(action, block, Effect.NONE),
                Disposition.of(HostByte.OK, status, Optional.empty(), 0, false));
    }

    @ParameterizedTest
    @CsvSource({
        "NO_SENSE, 0, 0, false, DONE, OK, NONE",
        "RECOVERED_ERROR, 23, 1, false, DONE, OK, NONE",
        "COMPLETED, 0, 0, false, DONE, OK, NONE",
        "NOT_READY, 4, 1, false, AGAIN, IOERR, NONE",
        "NOT_READY, 4, 3, false, DONE, IOERR, NONE",
        "NOT_READY, 58, 0, true, DONE, GONE, CHANGED",
        "MEDIUM_ERROR, 17, 0, false, DONE, MEDIUM, NONE",
        "MEDIUM_ERROR, 19, 0, false, DONE, MEDIUM, NONE",
        "MEDIUM_ERROR, 20, 0, false, DONE, MEDIUM, NONE",
        "MEDIUM_ERROR, 12, 0, false, RETRY, MEDIUM, NONE",
        "HARDWARE_ERROR, 68, 0, false, DONE, IOERR, NONE",
        "ILLEGAL_REQUEST, 32, 0, false, DONE, NOTSUPP, NONE",
        "ILLEGAL_REQUEST, 37, 0, false, DONE, GONE, NONE",
        "ILLEGAL_REQUEST, 33, 0, false, DONE, IOERR, NONE",
        "UNIT_ATTENTION, 63, 14, false, RETRY, IOERR, RESCAN",
        "UNIT_ATTENTION, 40, 0, true, DONE, GONE, CHANGED",
        "UNIT_ATTENTION, 40, 0, false, RETRY, IOERR, NONE",
        "UNIT_ATTENTION, 41, 0, true, RETRY, IOERR, NONE",
        "DATA_PROTECT, 39, 0, false, DONE, PROTECTED, NONE",
        "DATA_PROTECT, 39, 7, false, DONE, NOSPACE, NONE",
        "BLANK_CHECK, 0, 0, false, DONE, IOERR, NONE",
        "VENDOR_SPECIFIC, 0, 0, false, DONE, IOERR, NONE",
        "COPY_ABORTED, 0, 0, false, DONE, IOERR, NONE",
        "ABORTED_COMMAND, 0, 0, false, RETRY, IOERR, NONE",
        "RESERVED_C, 0, 0, false, DONE, IOERR, NONE",
        "VOLUME_OVERFLOW, 0, 0, false, DONE, IOERR, NONE",
        "MISCOMPARE, 29, 0, false, DONE, IOERR, NONE"
    })
    void sense_decides(
            SenseKey key, int asc, int ascq, boolean removable, Action action, BlockStatus status, Effect effect) {
        assertEquals(new Disposition(action, status, effect), sense(SenseData.of(key, asc, ascq), removable));
    }

    @ParameterizedTest
    @EnumSource(SenseKey.class)
    void everySenseKey_hasARow(SenseKey key) {
        assertNotNull(sense(SenseData.of(key, 0x77, 0x77), false));
    }

    @Test
    void shortTransfer_isTriedAgainEvenIfTheStatusIsGood() {
        assertEquals(
                new Disposition(Action.RETRY, BlockStatus.IOERR, Effect.NONE),
                Disposition.of(HostByte.OK, ScsiStatus.GOOD, Optional.empty(), 512, false));
    }

    @Test
    void deferredError_doesNotEndThisCommand() {
        SenseData deferred = new SenseData(SenseKey.MEDIUM_ERROR, 0x11, 0, java.util.OptionalLong.empty(), true);
        assertEquals(Action.RETRY, sense(deferred, false).action());
    }
}
