package org.unplug.fs.internal.nio;

import java.io.IOException;
import org.unplug.fs.UnmountReport;
import org.unplug.fs.spi.SuperBlock;
import org.unplug.ref.Gate;

/** What the provider knows of the mount that it belongs to: who may enter, and what to say when not. Any thread may call. */
public interface Lifeline {

    String point();

    String disk();

    SuperBlock superBlock();

    /** Whether it is neither unmounted nor being so; a dead one is still there. */
    boolean isThere();

    /**
     * Admits an operation that only reads; undone by {@link #exit}.
     *
     * @param file what it is about: asked for its words only if there is something to say
     * @throws org.unplug.fs.DiskGoneException if the disk is gone
     * @throws java.nio.file.ClosedFileSystemException if it is not mounted any more
     */
    void enter(Object file) throws IOException;

    void exit();

    /**
     * Admits an operation that changes something, as {@link #enter}; waits while the mount is frozen, and is refused also once the
     * disk's removal has begun.
     *
     * @return what to give {@link #exitChange}
     */
    Gate enterChange(Object file) throws IOException;

    void exitChange(Gate gate);

    /** Something was changed: makes it durable if the mount is to do that at once. */
    void afterChange() throws IOException;

    /** Whether to tell a file that it was read. */
    boolean keepsAccessTimes();

    /** A file that was written was closed. */
    void writerClosed();

    /** The last file that was open was closed. */
    void lastClosed();

    /** The exception to throw for one from below: with the file's name, and of the one type if the disk is gone. */
    IOException explain(IOException failure, Object file);

    UnmountReport unmount();

    /** Runs a task on a thread of its own, which bears the name. */
    void execute(String name, Runnable task);

    /** An operation. */
    interface Work<T> {
        T run(SuperBlock superBlock) throws IOException;
    }

    default <T> T read(Object file, Work<T> work) throws IOException {
        enter(file);
        try {
            return work.run(superBlock());
        } catch (IOException failure) {
            throw explain(failure, file);
        } finally {
            exit();
        }
    }

    default <T> T change(Object file, Work<T> work) throws IOException {
        Gate gate = enterChange(file);
        try {
            T result = work.run(superBlock());
            afterChange();
            return result;
        } catch (IOException failure) {
            throw explain(failure, file);
        } finally {
            exitChange(gate);
        }
    }
}
