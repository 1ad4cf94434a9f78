package org.unplug.block;

/**
 * A step of a request, as blktrace tells it.
 *
 * @param nanos when, on the clock of {@link System#nanoTime}
 * @param step what happened
 * @param op what was asked
 * @param sector where
 * @param sectors how much
 * @param tag the request's slot; -1 where there is none yet
 * @param status how it ended; null before
 * @param thread the thread that made the step
 */
public record TraceEvent(
        long nanos, Step step, BioOp op, long sector, long sectors, int tag, BlockStatus status, String thread) {

    /** The steps, with the letters that blktrace shows. */
    public enum Step {
        /** A bio was accepted. */
        QUEUED('Q'),
        /** It waits for a tag, room, or its turn. */
        WAITING('I'),
        /** It was merged into the request before it. */
        MERGED('M'),
        /** A request was given to the driver. */
        ISSUED('D'),
        /** The driver had no room, and it waits again. */
        REQUEUED('R'),
        /** The driver completed it. */
        COMPLETED('C'),
        /** The core ended it over the driver's head. */
        ABANDONED('A');

        private final char letter;

        Step(char letter) {
            this.letter = letter;
        }

        public char letter() {
            return letter;
        }
    }
}
