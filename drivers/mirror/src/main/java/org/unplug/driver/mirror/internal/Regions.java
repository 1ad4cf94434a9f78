package org.unplug.driver.mirror.internal;

import java.util.BitSet;

/**
 * The write-intent bitmap: regions whose legs may differ after a leg was lost, since writes of them were under way or not
 * flushed. A bit is set before a write is sent, and cleared by a flush that every leg completed and that was sent after all
 * writes of the region had ended. Also counts writes by region, so that a copier can keep them out of one. Guarded by the
 * driver's monitor.
 */
final class Regions {

    private static final long MOST = 1 << 16;

    private final long regionSectors;
    private final int count;
    private final int[] writing;
    /** Written since the last flush was sent. */
    private final BitSet fresh = new BitSet();
    /** Written before that flush was sent, while it is under way. */
    private final BitSet flushing = new BitSet();

    private boolean flushUnderWay;

    Regions(long capacitySectors, long leastSectors) {
        long sectors = leastSectors;
        while ((capacitySectors + sectors - 1) / sectors > MOST) {
            sectors *= 2;
        }
        regionSectors = sectors;
        count = (int) ((capacitySectors + sectors - 1) / sectors);
        writing = new int[count];
    }

    int count() {
        return count;
    }

    long regionSectors() {
        return regionSectors;
    }

    int regionOf(long sector) {
        return (int) (sector / regionSectors);
    }

    void writeBegins(int from, int to) {
        for (int region = from; region <= to; region++) {
            writing[region]++;
        }
        fresh.set(from, to + 1);
    }

    /** Set once more: a flush that was sent meanwhile did not cover it. */
    void writeEnds(int from, int to) {
        for (int region = from; region <= to; region++) {
            writing[region]--;
        }
        fresh.set(from, to + 1);
    }

    boolean isWriting(int region) {
        return writing[region] > 0;
    }

    /** A flush is sent. Whether it is the one to clear bits; one at a time is. */
    boolean flushBegins() {
        if (flushUnderWay) {
            return false;
        }
        flushUnderWay = true;
        flushing.or(fresh);
        fresh.clear();
        return true;
    }

    /** The flush that was to clear has ended; on every leg and with success, or not. */
    void flushEnds(boolean everywhere) {
        if (!everywhere) {
            fresh.or(flushing);
        }
        flushing.clear();
        flushUnderWay = false;
    }

    /** Where a leg that is lost now may differ. */
    void addDirty(BitSet to) {
        to.or(fresh);
        to.or(flushing);
    }
}
