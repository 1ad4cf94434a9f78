package org.unplug.driver.error.internal;

import java.util.SplittableRandom;
import org.unplug.block.BioOp;
import org.unplug.block.spi.Request;
import org.unplug.driver.error.ErrorRule;

/** A rule in action, with what it has counted. */
final class Trap {

    final ErrorRule rule;
    private final SplittableRandom random;
    private long matched;
    private long failed;

    Trap(ErrorRule rule) {
        this.rule = rule;
        random = new SplittableRandom(rule.seed());
    }

    /** Counts a request; whether it is to fail. */
    boolean catches(Request request) {
        if (!rule.operations().contains(request.op())) {
            return false;
        }
        boolean elsewhere = request.op() != BioOp.FLUSH
                && (request.sector() >= rule.toSector() || request.sector() + request.sectors() <= rule.fromSector());
        return !elsewhere && count();
    }

    private synchronized boolean count() {
        matched++;
        if (matched <= rule.after() || (rule.count() > 0 && failed >= rule.count())) {
            return false;
        }
        boolean hit = rule.rate() == 1 || random.nextDouble() < rule.rate();
        if (hit) {
            failed++;
        }
        return hit;
    }

    synchronized long matched() {
        return matched;
    }

    synchronized long failed() {
        return failed;
    }
}
