package org.unplug.lab.internal.contract;

/**
 * Something that was seen during a removal.
 *
 * @param where in which of the three columns
 * @param nanos since the removal began
 * @param text what
 */
public record Moment(Where where, long nanos, String text) {

    /** The three columns of docs/architecture.md, section 3. */
    public enum Where {
        DRIVER(0),
        CORE(1),
        HOLDERS(2);

        private final int column;

        Where(int column) {
            this.column = column;
        }

        /** From the left, beginning with 0. */
        public int column() {
            return column;
        }
    }
}
