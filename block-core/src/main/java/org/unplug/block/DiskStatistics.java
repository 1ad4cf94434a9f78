package org.unplug.block;

/**
 * What a disk has done since it was added. Counts are exact once the disk is idle; latencies are of one request in sixteen of each
 * slot, from issue to completion.
 *
 * @param reads requests completed OK
 * @param writes requests completed OK
 * @param flushes requests completed OK
 * @param others discards and write-zeroes completed OK
 * @param sectorsRead of 512 bytes
 * @param sectorsWritten of 512 bytes
 * @param failed requests completed with another status
 * @param merged bios that went in another's request
 * @param abandoned requests ended over the driver's head
 * @param endedGone bios that ended GONE after they were accepted
 * @param inFlight bios inside now
 * @param read latencies of reads
 * @param write latencies of writes
 */
public record DiskStatistics(
        long reads,
        long writes,
        long flushes,
        long others,
        long sectorsRead,
        long sectorsWritten,
        long failed,
        long merged,
        long abandoned,
        long endedGone,
        long inFlight,
        Latency read,
        Latency write) {

    /** Latencies in nanoseconds, to two significant digits. Immutable; any thread. */
    public interface Latency {

        /** How many were taken. */
        long samples();

        /** The latency that this part of the samples, from 0 to 1, did not exceed; 0 without samples. */
        long at(double part);

        default long p50() {
            return at(0.5);
        }

        default long p99() {
            return at(0.99);
        }

        default long p999() {
            return at(0.999);
        }

        default long max() {
            return at(1);
        }

        /**
         * What was added since an earlier look at the same disk.
         *
         * @throws IllegalArgumentException if that one is no earlier look
         */
        Latency since(Latency earlier);
    }
}
