package org.unplug.lab.internal.rig;

import java.io.IOException;
import java.nio.file.Path;
import org.unplug.block.Disk;
import org.unplug.block.RemovalReport;

/**
 * One of the two that are compared: a medium of ours in a driver of theirs, and the hand that moves it. Used by one thread at a
 * time but for {@link Remover}.
 */
public interface Side {

    /** As "MMC". */
    String title();

    /** What the medium is on. */
    Path image();

    /** The symbolic name of the low level driver's bundle. */
    String driver();

    /** The symbolic name of the bus core's bundle. */
    String core();

    /** The adapter's service, whose unregistering is where a stop becomes a removal. */
    String adapterType();

    /** What threads of the driver have in their names or frames. */
    java.util.List<String> driverMarks();

    /** Puts the medium in, having taken it out first if it still is. */
    void insert() throws IOException;

    /** Pulls the medium out. */
    void yank() throws IOException;

    /** The whole disk on the medium, once it is there with a later epoch. */
    Disk awaitDisk(long afterEpoch) throws IOException;

    /** Somebody who can remove the disk that is there now, in order. */
    Remover remover() throws IOException;

    /** The driver's own counters of now; they hold on to its classes. */
    DriverCounters counters() throws IOException;

    /** Removes one incarnation of the disk. Any thread may call. */
    @FunctionalInterface
    interface Remover {
        /** Waits, and tells what became of it. */
        RemovalReport remove();
    }

    /** What a driver counts of the calls into it. */
    interface DriverCounters {
        /** Calls inside when its service was gone. */
        long insideAtStop();

        /** Calls since. */
        long afterStop();

        /** Calls inside now. */
        long inside();

        /** What has been moved or asked for so far, in {@link #unit}. */
        long moved();

        String unit();
    }
}
