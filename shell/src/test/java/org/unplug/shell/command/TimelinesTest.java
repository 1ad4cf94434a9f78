package org.unplug.shell.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.TraceEvent;
import org.unplug.block.TraceEvent.Step;
import org.unplug.shell.command.Timelines.RequestRow;

class TimelinesTest {

    private final Timelines lines = new Timelines(0);

    private void step(long micros, Step step, long sector, long sectors, int tag, BlockStatus status) {
        lines.add(new TraceEvent(micros * 1000, step, BioOp.WRITE, sector, sectors, tag, status, "writer"));
    }

    @Test
    void aRequest_isOneLine_fromItsQueueingToItsEnd() {
        step(0, Step.QUEUED, 8, 8, -1, null);
        step(2, Step.WAITING, 8, 8, -1, null);
        step(10, Step.ISSUED, 8, 8, 3, null);
        step(110, Step.COMPLETED, 8, 8, 3, BlockStatus.OK);
        RequestRow row = lines.rows().get(0);
        assertEquals(1, lines.rows().size());
        assertEquals("Q I+2 D+8 C+100", row.steps());
        assertEquals(10_000L, row.waitedNanos());
        assertEquals(100_000L, row.driverNanos());
        assertEquals("OK", row.status());
        assertEquals(4096, row.sizeBytes());
    }

    @Test
    void requestsInFlightTogether_areToldApartByTheirTags_andATagServesAgain() {
        step(0, Step.QUEUED, 0, 8, -1, null);
        step(1, Step.ISSUED, 0, 8, 0, null);
        step(2, Step.QUEUED, 64, 8, -1, null);
        step(3, Step.ISSUED, 64, 8, 1, null);
        step(5, Step.COMPLETED, 0, 8, 0, BlockStatus.OK);
        step(6, Step.QUEUED, 128, 8, -1, null);
        step(7, Step.ISSUED, 128, 8, 0, null);
        step(8, Step.COMPLETED, 64, 8, 1, BlockStatus.IOERR);
        List<RequestRow> rows = lines.rows();
        assertEquals(
                List.of("Q D+1 C+4", "Q D+1 C+5", "Q D+1"),
                rows.stream().map(RequestRow::steps).toList());
        assertEquals(
                List.of("OK", "IOERR", "-"),
                rows.stream().map(RequestRow::status).toList());
        assertNull(rows.get(2).driverNanos());
    }

    @Test
    void aLargeBio_isSeveralRequests_andWhatIsMergedIsOne() {
        step(0, Step.QUEUED, 0, 16, -1, null);
        step(1, Step.ISSUED, 0, 8, 0, null);
        step(2, Step.ISSUED, 8, 8, 1, null);
        assertEquals(
                List.of("Q D+1", "Q D+2"),
                lines.rows().stream().map(RequestRow::steps).toList());

        step(10, Step.QUEUED, 100, 1, -1, null);
        step(11, Step.QUEUED, 101, 1, -1, null);
        step(12, Step.MERGED, 101, 1, 2, null);
        step(13, Step.ISSUED, 100, 2, 2, null);
        RequestRow merged = lines.rows().get(2);
        assertEquals(3, lines.rows().size());
        assertEquals(2, merged.bios());
        assertEquals(1024, merged.sizeBytes());
    }

    @Test
    void oneEndedOverTheDriversHead_isToldAsThat_andGoesOnUntilTheDriverLetsGo() {
        step(0, Step.QUEUED, 0, 8, -1, null);
        step(1, Step.ISSUED, 0, 8, 0, null);
        step(50, Step.ABANDONED, 0, 8, 0, BlockStatus.GONE);
        step(90, Step.COMPLETED, 0, 8, 0, BlockStatus.OK);
        assertEquals("Q D+1 A+49 C+40", lines.rows().get(0).steps());
        assertEquals("GONE", lines.rows().get(0).status());
    }

    @Test
    void whatBeganBeforeTheTrace_andWhatStillWaits_areShownAsFarAsTheyWereSeen() {
        step(5, Step.COMPLETED, 0, 8, 9, BlockStatus.OK);
        step(6, Step.QUEUED, 64, 8, -1, null);
        List<RequestRow> rows = lines.rows();
        assertEquals(List.of("C", "Q"), rows.stream().map(RequestRow::steps).toList());
        assertNull(rows.get(0).waitedNanos());
        assertEquals("-", rows.get(1).status());
    }
}
