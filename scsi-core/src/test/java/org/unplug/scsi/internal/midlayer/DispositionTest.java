package org.unplug.scsi.internal.midlayer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
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

    /** Key, code, qualifier (hexadecimal), a medium that can be taken out, and what follows. */
    private static final String SENSE = """
            NO_SENSE        00 00 fixed     DONE  OK        NONE
            RECOVERED_ERROR 17 01 fixed     DONE  OK        NONE
            COMPLETED       00 00 fixed     DONE  OK        NONE
            NOT_READY       04 01 fixed     AGAIN IOERR     NONE
            NOT_READY       04 04 fixed     AGAIN IOERR     NONE
            NOT_READY       04 05 fixed     AGAIN IOERR     NONE
            NOT_READY       04 06 fixed     AGAIN IOERR     NONE
            NOT_READY       04 07 fixed     AGAIN IOERR     NONE
            NOT_READY       04 08 fixed     AGAIN IOERR     NONE
            NOT_READY       04 09 fixed     AGAIN IOERR     NONE
            NOT_READY       04 0A fixed     AGAIN IOERR     NONE
            NOT_READY       04 11 fixed     AGAIN IOERR     NONE
            NOT_READY       04 14 fixed     AGAIN IOERR     NONE
            NOT_READY       04 1A fixed     AGAIN IOERR     NONE
            NOT_READY       04 1B fixed     AGAIN IOERR     NONE
            NOT_READY       04 1D fixed     AGAIN IOERR     NONE
            NOT_READY       04 24 fixed     AGAIN IOERR     NONE
            NOT_READY       04 03 fixed     DONE  IOERR     NONE
            NOT_READY       3A 00 removable DONE  GONE      CHANGED
            NOT_READY       3A 02 fixed     DONE  GONE      CHANGED
            MEDIUM_ERROR    11 00 fixed     DONE  MEDIUM    NONE
            MEDIUM_ERROR    13 00 fixed     DONE  MEDIUM    NONE
            MEDIUM_ERROR    14 01 fixed     DONE  MEDIUM    NONE
            MEDIUM_ERROR    0C 00 fixed     RETRY MEDIUM    NONE
            HARDWARE_ERROR  44 00 fixed     DONE  IOERR     NONE
            ILLEGAL_REQUEST 20 00 fixed     DONE  NOTSUPP   NONE
            ILLEGAL_REQUEST 25 00 fixed     DONE  GONE      NONE
            ILLEGAL_REQUEST 21 00 fixed     DONE  IOERR     NONE
            UNIT_ATTENTION  3F 0E fixed     RETRY IOERR     RESCAN
            UNIT_ATTENTION  3F 03 fixed     RETRY IOERR     REVALIDATE
            UNIT_ATTENTION  2A 09 fixed     RETRY IOERR     REVALIDATE
            UNIT_ATTENTION  28 00 removable DONE  GONE      CHANGED
            UNIT_ATTENTION  28 00 fixed     RETRY IOERR     NONE
            UNIT_ATTENTION  29 00 removable RETRY IOERR     RESET
            UNIT_ATTENTION  2F 00 removable RETRY IOERR     NONE
            DATA_PROTECT    27 00 fixed     DONE  PROTECTED NONE
            DATA_PROTECT    27 07 fixed     DONE  NOSPACE   NONE
            BLANK_CHECK     00 00 fixed     DONE  IOERR     NONE
            VENDOR_SPECIFIC 00 00 fixed     DONE  IOERR     NONE
            COPY_ABORTED    00 00 fixed     DONE  IOERR     NONE
            ABORTED_COMMAND 10 01 fixed     DONE  MEDIUM    NONE
            ABORTED_COMMAND 47 00 fixed     RETRY IOERR     NONE
            RESERVED_C      00 00 fixed     DONE  IOERR     NONE
            VOLUME_OVERFLOW 00 00 fixed     DONE  IOERR     NONE
            MISCOMPARE      1D 00 fixed     DONE  IOERR     NONE
            """;

    private static List<String> senseCases() {
        return SENSE.lines().toList();
    }

    private static String[] fields(String line) {
        return line.strip().split("\\s+", -1);
    }

    private static SenseData senseOf(String[] fields) {
        return SenseData.of(
                SenseKey.valueOf(fields[0]), Integer.parseInt(fields[1], 16), Integer.parseInt(fields[2], 16));
    }

    @ParameterizedTest
    @MethodSource("senseCases")
    void sense_decides(String line) {
        String[] fields = fields(line);
        assertEquals(
                new Disposition(Action.valueOf(fields[4]), BlockStatus.valueOf(fields[5]), Effect.valueOf(fields[6])),
                sense(senseOf(fields), fields[3].equals("removable")));
    }

    @Test
    void everyRowOfTheTable_isExercised_andNoneIsHiddenByAnother() {
        List<Disposition.SenseRow> unused = new ArrayList<>(Disposition.bySense());
        for (String line : senseCases()) {
            String[] fields = fields(line);
            unused.remove(Disposition.row(senseOf(fields), fields[3].equals("removable")));
        }
        assertEquals(List.of(), unused);
    }

    @ParameterizedTest
    @EnumSource(SenseKey.class)
    void everySenseKey_hasARow(SenseKey key) {
        assertNotNull(sense(SenseData.of(key, 0x77, 0x77), false));
    }

    @ParameterizedTest
    @EnumSource(HostByte.class)
    void everyHostByte_andEveryStatus_hasARow(HostByte host) {
        for (ScsiStatus status : ScsiStatus.values()) {
            assertNotNull(Disposition.of(host, status, Optional.empty(), 0, false), host + " " + status);
        }
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
