package org.unplug.lab.internal.load;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.unplug.block.BlockStatus;

class LedgerTest {

    private static final long MS = 1_000_000;

    private final Pulse pulse = new Pulse(0);
    private final Ledger ledger = new Ledger(pulse);
    private final Ledger.Entry entry = new Ledger.Entry();

    @Test
    void end_twice_isCountedOnceAndNoted() {
        ledger.begin(entry, 1);
        ledger.end(entry, BlockStatus.OK, 2);
        ledger.end(entry, BlockStatus.GONE, 3);
        assertEquals(1, ledger.ended());
        assertEquals(1, ledger.twice());
        assertEquals(Map.of(BlockStatus.OK, 1L), ledger.statuses());
    }

    @Test
    void inside_neverEnded_staysInside() {
        ledger.begin(entry, 1);
        assertEquals(1, ledger.inside());
    }

    @Test
    void refused_onlyThoseBegunAfterwardsMustBeGone() {
        Ledger.Entry late = new Ledger.Entry();
        ledger.begin(entry, 1);
        ledger.refused();
        ledger.begin(late, 2);
        ledger.end(entry, BlockStatus.OK, 3);
        ledger.end(late, BlockStatus.IOERR, 4);
        assertEquals(1, ledger.begunAfterRefusal());
        assertEquals(Map.of(BlockStatus.IOERR, 1L), ledger.notGone());
    }

    @Test
    void longestGap_countsTheTimeSinceTheLastEnd() {
        ledger.watchGaps(MS);
        ledger.begin(entry, MS);
        ledger.end(entry, BlockStatus.OK, 4 * MS);
        assertEquals(3 * MS, ledger.longestGapNanos(5 * MS));
        assertEquals(7 * MS, ledger.longestGapNanos(11 * MS));
    }

    @Test
    void pulse_bucketsWithoutEnds_areEmpty() {
        ledger.begin(entry, MS);
        ledger.end(entry, BlockStatus.GONE, 12 * MS);
        List<Pulse.Beat> beats = pulse.between(0, 16 * MS);
        assertEquals(4, beats.size());
        assertEquals(new Pulse.Beat(0, 1, 0, 0, 0), beats.get(0));
        assertEquals(new Pulse.Beat(10 * MS, 1, 1, 1, 11 * MS), beats.get(2));
        assertEquals(0, beats.get(3).ends());
    }
}
