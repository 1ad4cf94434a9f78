package org.unplug.driver.flakey;

import java.io.IOException;

/** The power switch of one disk, named by the service property {@code disk.name}. Any thread may call. */
public interface PowerControl {

    /** What becomes of the writes that completed after the last flush, and of those under way. */
    enum Fate {
        /** All are lost. */
        DROP,
        /**
         * They reach the medium in order up to some instant, and the one that is being written then only with its first sectors
         * (of 512 bytes; a sector is never torn).
         */
        TEAR,
        /** Any of them reach the medium, in any order, each as a whole. */
        REORDER
    }

    /** What comes after. */
    enum Then {
        /** The disk is gone: it becomes an orphan. */
        DIES,
        /** The disk stays; requests fail with IOERR until {@link PowerControl#powerOn}. */
        OFF
    }

    /**
     * Cuts the power. What {@link Fate} lets through is on the lower disk when this returns; blocks for that long.
     *
     * @return how many writes, in whole or in part, were lost
     * @throws IOException if the lower disk fails meanwhile; the power is cut nevertheless
     */
    int cut(Fate fate, Then then) throws IOException;

    /** The power is on again; the cache is empty. No effect if it was on, or if the disk died. */
    void powerOn();

    boolean isOn();

    /** Bytes that were written and not flushed. */
    long volatileBytes();
}
