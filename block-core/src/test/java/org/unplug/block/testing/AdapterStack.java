package org.unplug.block.testing;

import java.io.IOException;
import org.unplug.block.RemovalReport;

/**
 * A bus core and one simulated adapter of its, wired flat over a {@link FlatBlockLayer}, as {@link AdapterRemovalContract} plays
 * with it. Methods wait for nothing unless they say so; any thread may call.
 */
public interface AdapterStack extends AutoCloseable {

    /** Where a medium may stand when it is removed. The adapter stays there until {@link #goOn}. */
    enum Moment {
        /** A command of the start-up or scan has come and is not answered. */
        STARTING,
        /** A command that is only sent after the disk's name was given, as in the look for partitions, is not answered. */
        APPEARING,
        /** Nothing is under way. */
        IDLE,
        /** A read has come and is not answered. */
        READING,
        /** A write has come and is not answered. */
        WRITING,
        /** A write was taken, and the medium is busy with it for ever: a card in prg, a unit that says BUSY. */
        BUSY,
        /** A write failed, and the first command of its recovery is not answered. */
        RECOVERING,
        /** The core looks whether the medium is still there, and is not answered. Reached by {@link #lookAgain}. */
        RESCANNING
    }

    /**
     * What the adapter counts by itself.
     *
     * @param inside calls inside the adapter's methods now
     * @param insideAtStop those when the service's unregistration returned; -1 before that
     * @param afterStop those that came later
     * @param commands given to the adapter
     * @param completed commands that it completed
     */
    record Tally(long inside, long insideAtStop, long afterStop, long commands, long completed) {}

    /**
     * Puts a medium in: some MiB, writable. What is on it stays with its number when it is taken out, for {@link #peek} and for
     * the next time; a new one is all zeroes. All media look alike but for what is on them.
     */
    void insert(int number) throws IOException;

    /** Takes the medium out without asking. */
    void yank() throws IOException;

    /** Orderly removal of a medium that stays in, through what the bus core offers for that; waits as that does. */
    RemovalReport eject() throws IOException;

    /**
     * The adapter's service unregisters and the driver lets everything go. Returns when unregistering does.
     *
     * @return whether the core says that nobody is inside the adapter
     */
    boolean unregister();

    /** A new adapter in the place of one that was unregistered, with no medium in. */
    void register();

    /** From now on the adapter stands still at that moment when it comes there; once. Nothing for IDLE. */
    void standAt(Moment moment);

    /** Whether it stands where it was told to. */
    boolean stands();

    /** The adapter answers again, what it has kept as well. */
    void goOn();

    /** Has the core look at the place now, as after a contact that bounced. */
    void lookAgain();

    /** The name of the disk that is in use, or null. */
    String disk();

    /** What is on a medium, in or out. */
    byte[] peek(int number, int offsetBytes, int bytes) throws IOException;

    /** Of the adapter that was registered last. */
    Tally tally();

    /** By when any removal must have returned, whatever stands still: the sum of the deadlines of this stack. */
    long deadlineMs();

    /** Lets everything go. The block layer is not its own. */
    @Override
    void close();
}
