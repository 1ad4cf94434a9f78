package org.unplug.fs.spi;

import java.io.IOException;

/**
 * The write errors of one file or of a whole volume, in their order. Writing back happens later than writing, so an error is
 * kept here until each one who has the file open was told once. Models the kernel's errseq_t.
 *
 * <p>Any thread may call; nothing blocks.
 */
public final class WriteErrors {

    private long count;
    private IOException last;

    /** A write failed after the writer had been told that it was accepted. */
    public synchronized void report(IOException error) {
        count++;
        last = error;
    }

    /** Where somebody who opens the file now begins to look. */
    public synchronized long mark() {
        return count;
    }

    /**
     * The latest error reported since a mark, or null.
     *
     * @param mark what {@link #mark} gave; take a new one before asking again
     */
    public synchronized IOException since(long mark) {
        return count > mark ? last : null;
    }
}
