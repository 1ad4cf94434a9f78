package org.unplug.shell.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.unplug.block.DiskStatistics;
import org.unplug.block.DiskStatistics.Latency;
import org.unplug.shell.command.IoCommands.Interval;
import org.unplug.shell.command.IoCommands.RateDetailRow;
import org.unplug.shell.command.IoCommands.RateRow;

class IoCommandsTest {

    /** So many samples, all of the same latency. */
    private record Same(long samples, long nanos) implements Latency {
        @Override
        public long at(double part) {
            return nanos;
        }

        @Override
        public Latency since(Latency earlier) {
            return new Same(samples - earlier.samples(), nanos);
        }
    }

    private static DiskStatistics counts(long reads, long writes, long sectorsWritten, long failed, long gone) {
        return new DiskStatistics(
                reads,
                writes,
                4,
                0,
                reads * 8,
                sectorsWritten,
                failed,
                0,
                0,
                gone,
                3,
                new Same(reads / 16, 5_000),
                new Same(writes / 16, 90_000));
    }

    @Test
    void anInterval_isOfItsTimeOnly_perSecond() {
        RateRow row = new Interval("sda", counts(100, 1000, 8000, 1, 0), counts(150, 1000, 8000, 1, 4), 2).row();
        assertEquals(25.0, row.reads());
        assertEquals(25 * 4096, row.readBytes());
        assertEquals(0.0, row.writes());
        assertEquals(0, row.writtenBytes());
        assertEquals(2.0, row.failed(), "what ended GONE has failed too");
        assertEquals(3, row.inFlight());
    }

    @Test
    void aDiskThatCameInBetween_countsFromNothing() {
        assertEquals(
                50.0,
                new Interval("sda", null, counts(100, 0, 0, 0, 0), 2).row().reads());
    }

    @Test
    void latencies_areThoseOfTheInterval_andMissingWhereNothingWasMeasured() {
        RateDetailRow row =
                new Interval("sda", counts(100, 1000, 0, 0, 0), counts(132, 1000, 0, 0, 0), 1).detailedRow();
        assertEquals(5_000L, row.readP99Nanos());
        assertNull(row.writeP99Nanos(), "there were writes before, none since");
    }
}
