package org.unplug.lab.internal.contract;

import java.util.List;
import java.util.Map;
import org.unplug.block.BlockStatus;
import org.unplug.block.Removal;

/** What was observed of one removal or return of a disk, from outside the block layer, a piece for each line. */
public record Evidence(
        Seen<Refusal> refusal,
        Seen<Ends> ends,
        Seen<Quiet> quiet,
        Seen<Return> returned,
        Seen<Counting> counting,
        Seen<Told> told,
        Seen<Places> places,
        Seen<Contents> contents,
        Seen<Answers> answers,
        Seen<Isolation> isolation,
        Seen<Single> single,
        Seen<Left> left) {

    /** Nothing observed, for one reason. */
    public static Evidence none(String reason) {
        return new Evidence(
                Seen.not(reason),
                Seen.not(reason),
                Seen.not(reason),
                Seen.not(reason),
                Seen.not(reason),
                Seen.not(reason),
                Seen.not(reason),
                Seen.not(reason),
                Seen.not(reason),
                Seen.not(reason),
                Seen.not(reason),
                Seen.not(reason));
    }

    /** The same with the pieces that the other has and this has not. */
    public Evidence and(Evidence other) {
        return new Evidence(
                first(refusal, other.refusal),
                first(ends, other.ends),
                first(quiet, other.quiet),
                first(returned, other.returned),
                first(counting, other.counting),
                first(told, other.told),
                first(places, other.places),
                first(contents, other.contents),
                first(answers, other.answers),
                first(isolation, other.isolation),
                first(single, other.single),
                first(left, other.left));
    }

    /** The same with another answer to R11. */
    public Evidence renewed(Single other) {
        return new Evidence(
                refusal,
                ends,
                quiet,
                returned,
                counting,
                told,
                places,
                contents,
                answers,
                isolation,
                Seen.of(other),
                left);
    }

    private static <T> Seen<T> first(Seen<T> mine, Seen<T> others) {
        return mine.isThere() || !others.isThere() ? mine : others;
    }

    /**
     * R1.
     *
     * @param requests begun after the disk had refused
     * @param otherwise how those ended that did not end GONE
     * @param opens tried after the removal had returned
     * @param opened what came of those that did not throw GoneException
     */
    public record Refusal(long requests, Map<BlockStatus, Long> otherwise, int opens, List<String> opened) {
        public Refusal {
            otherwise = Map.copyOf(otherwise);
            opened = List.copyOf(opened);
        }
    }

    /**
     * R2.
     *
     * @param begun requests accepted
     * @param ended requests ended
     * @param twice ends of a request that had ended
     * @param stillInside requests that had not ended some time after the removal had returned
     * @param statuses how they ended
     */
    public record Ends(long begun, long ended, long twice, long stillInside, Map<BlockStatus, Long> statuses) {
        public Ends {
            statuses = Map.copyOf(statuses);
        }

        public long of(BlockStatus status) {
            return statuses.getOrDefault(status, 0L);
        }
    }

    /**
     * R3.
     *
     * @param insideAtReturn calls inside the driver when the removal returned
     * @param after calls, or bytes moved, after that
     * @param unit of {@code after}
     * @param meanwhile requests that we submitted to the dead disk meanwhile, so that silence means something
     */
    public record Quiet(long insideAtReturn, long after, String unit, long meanwhile) {}

    /**
     * R4.
     *
     * @param what was waited for
     * @param nanos how long it took
     * @param limitNanos the contract's deadline for this kind
     * @param came whether it returned at all
     */
    public record Return(String what, long nanos, long limitNanos, boolean came) {}

    /**
     * R5.
     *
     * @param name of the disk
     * @param keptWhileHeld whether the disk was still listed, dead, with references, while we held handles after the return
     * @param references how many it had then
     * @param releasedAfterPut whether it was gone from the list after the last handle was closed
     * @param heldBy who still held it, if not
     */
    public record Counting(
            String name, boolean keptWhileHeld, int references, boolean releasedAfterPut, List<String> heldBy) {
        public Counting {
            heldBy = List.copyOf(heldBy);
        }
    }

    /**
     * R6.
     *
     * @param expected what the removal was
     * @param holders each of ours
     */
    public record Told(Removal expected, List<HolderSaw> holders) {
        public Told {
            holders = List.copyOf(holders);
        }
    }

    /**
     * What a holder was told.
     *
     * @param name of the holder
     * @param syncs how often it was asked to sync
     * @param kinds what it was told, in order
     * @param answered whether the block layer answered another thread while the holder was being told; true if not tried
     */
    public record HolderSaw(String name, int syncs, List<Removal> kinds, boolean answered) {
        public HolderSaw {
            kinds = List.copyOf(kinds);
        }
    }

    /**
     * R7.
     *
     * @param sectors verified
     * @param strays sectors whose stamp belongs to another disk, place or incarnation, and fields that were not to change
     * @param first the first stray, or empty
     * @param changedAfterReturn whether the image changed between the return and the next insertion
     */
    public record Places(long sectors, long strays, String first, boolean changedAfterReturn) {}

    /**
     * R8.
     *
     * @param promise what was to be there: "acknowledged" or "flushed"
     * @param files compared
     * @param bytes compared, of files and raw sectors
     * @param losses each in a line
     * @param cleanWanted whether the file system had to be clean
     * @param clean whether it was
     */
    public record Contents(
            String promise, int files, long bytes, List<String> losses, boolean cleanWanted, boolean clean) {
        public Contents {
            losses = List.copyOf(losses);
        }
    }

    /**
     * R9.
     *
     * @param failures by class of the exception
     * @param samples one message of each class
     * @param wanted the class that is promised
     * @param slowestNanos the slowest failing call
     * @param limitNanos what counts as fast
     * @param succeeded writes that were acknowledged after the file system had failed once
     * @param unmounted whether unmount returned without throwing
     * @param unmountNanos how long it took
     */
    public record Answers(
            Map<String, Long> failures,
            Map<String, String> samples,
            String wanted,
            long slowestNanos,
            long limitNanos,
            long succeeded,
            boolean unmounted,
            long unmountNanos) {
        public Answers {
            failures = Map.copyOf(failures);
            samples = Map.copyOf(samples);
        }

        public long errors() {
            return failures.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /**
     * R10.
     *
     * @param windowNanos how long the removal took
     * @param completed requests of the other side in that time
     * @param errors of the other side in that time
     * @param longestGapNanos between two of its completions, over the window and what surrounds it
     * @param limitNanos the longest gap that we take for going on
     */
    public record Isolation(long windowNanos, long completed, long errors, long longestGapNanos, long limitNanos) {}

    /**
     * R11.
     *
     * @param second whether a second remover was tried, and saw the first one's result after the disk was dead
     * @param whatSecond what it saw
     * @param renewed whether what came back is another disk object with a later epoch
     * @param whatRenewed what came back
     * @param reached requests on the kept handle that did not end GONE after the return
     * @param tried requests on the kept handle
     */
    public record Single(
            Seen<Boolean> second,
            String whatSecond,
            Seen<Boolean> renewed,
            String whatRenewed,
            long reached,
            long tried) {}

    /**
     * R12.
     *
     * @param objects that were not collected, by name
     * @param threads of the driver that remain, by name
     * @param descriptors of the image that remain open; absent where the machine has no list of them
     * @param loaderCollected whether the driver's old class loader was collected
     */
    public record Left(
            List<String> objects, List<String> threads, Seen<List<String>> descriptors, Seen<Boolean> loaderCollected) {
        public Left {
            objects = List.copyOf(objects);
            threads = List.copyOf(threads);
        }
    }
}
