package org.unplug.fs.internal.nio;

import java.io.IOException;
import org.unplug.fs.UnmountReport;
import org.unplug.fs.spi.SuperBlock;

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
     * @throws org.unplug.fs.DiskGoneException if the disk is gone
     * @throws java.nio.file.ClosedFileSystemException if it is not mounted any more
     */
    void enter(String file) throws IOException;

    void exit();

    /** Admits an operation that changes something, as {@link #enter}; refused also once the disk's removal has begun. */
    void enterChange(String file) throws IOException;

    void exitChange();

    /** The exception to throw for one from below: with the file's name, and of the one type if the disk is gone. */
    IOException explain(IOException failure, String file);

    UnmountReport unmount();

    /** An operation. */
    interface Work<T> {
        T run(SuperBlock superBlock) throws IOException;
    }

    default <T> T read(String file, Work<T> work) throws IOException {
        enter(file);
        try {
            return work.run(superBlock());
        } catch (IOException failure) {
            throw explain(failure, file);
        } finally {
            exit();
        }
    }

    default <T> T change(String file, Work<T> work) throws IOException {
        enterChange(file);
        try {
            return work.run(superBlock());
        } catch (IOException failure) {
            throw explain(failure, file);
        } finally {
            exitChange();
        }
    }
}
