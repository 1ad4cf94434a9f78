package org.unplug.driver.mmcsim;

import java.util.function.BooleanSupplier;

/** Where an adapter samples what comes over the lines, one of {@value Identity#POINTS} points in a clock. The serving thread's. */
final class Sampling {

    private int point;

    int point() {
        return point;
    }

    /**
     * Tries every point and settles in the middle of the good ones.
     *
     * @param comesWhole sends the tuning command; whether its block came undamaged
     * @param goesOn false once the search is in vain
     */
    void search(BooleanSupplier comesWhole, BooleanSupplier goesOn) {
        int good = 0;
        int last = 0;
        for (point = 0; point < Identity.POINTS && goesOn.getAsBoolean(); point++) {
            if (comesWhole.getAsBoolean()) {
                good++;
                last = point;
            }
        }
        point = last - good / 2;
    }
}
