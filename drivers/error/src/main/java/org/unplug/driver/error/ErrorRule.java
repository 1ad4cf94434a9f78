package org.unplug.driver.error;

import java.util.EnumSet;
import java.util.Set;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;

/**
 * Which requests fail, and how. A request matches if its operation and its sectors do (a flush has none and matches by its
 * operation alone); of those that match, the first {@code after} pass, then {@code rate} of them fail, until {@code count} have.
 *
 * @param operations option {@code operations}, default all
 * @param fromSector first sector of the range, option {@code from}, default 0
 * @param toSector first sector behind the range, option {@code to}, default the capacity
 * @param after option {@code after}, default 0
 * @param rate from 0 to 1, option {@code rate}, default 1
 * @param count 0 for no end, option {@code count}, default 0
 * @param status not OK, option {@code status}, default IOERR
 * @param seed of the chance, option {@code seed}, default 1: the same sequence of matches fails alike
 */
public record ErrorRule(
        Set<BioOp> operations,
        long fromSector,
        long toSector,
        long after,
        double rate,
        long count,
        BlockStatus status,
        long seed) {

    public ErrorRule {
        operations = Set.copyOf(operations);
        if (status == BlockStatus.OK) {
            throw new IllegalArgumentException("error: option status = 'ok': must be an error");
        }
        if (fromSector < 0 || toSector <= fromSector) {
            throw new IllegalArgumentException(
                    "error: sectors from " + fromSector + " to " + toSector + ": must be a range that holds one");
        }
        if (after < 0 || count < 0 || !(rate >= 0 && rate <= 1)) {
            throw new IllegalArgumentException("error: after " + after + ", count " + count + ", rate " + rate
                    + ": must not be negative, and the rate at most 1");
        }
    }

    /** Every request everywhere fails so. */
    public static ErrorRule all(BlockStatus status) {
        return new ErrorRule(EnumSet.allOf(BioOp.class), 0, Long.MAX_VALUE, 0, 1, 0, status, 1);
    }

    public ErrorRule withOperations(Set<BioOp> some) {
        return new ErrorRule(some, fromSector, toSector, after, rate, count, status, seed);
    }

    public ErrorRule withSectors(long from, long to) {
        return new ErrorRule(operations, from, to, after, rate, count, status, seed);
    }

    public ErrorRule withAfter(long passing) {
        return new ErrorRule(operations, fromSector, toSector, passing, rate, count, status, seed);
    }

    public ErrorRule withRate(double newRate, long newSeed) {
        return new ErrorRule(operations, fromSector, toSector, after, newRate, count, status, newSeed);
    }

    public ErrorRule withCount(long most) {
        return new ErrorRule(operations, fromSector, toSector, after, rate, most, status, seed);
    }
}
