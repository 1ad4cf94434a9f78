package org.unplug.fs.spi;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.Optional;
import org.unplug.fs.Space;

/**
 * A mounted file system: what the provider of java.nio.file calls. Paths begin at the root.
 *
 * <ul>
 *   <li>Any thread may call; the mount table sees to it that no call comes before mount returned, and no
 *       changing one after {@link #quiesce} began.
 *   <li>Locks may be held while blocked in the {@link Volume}, whose waits end when the disk dies. Nothing here is called to
 *       let a mount die.
 * </ul>
 */
public interface SuperBlock extends Namespace {

    /** The variant, as "fat32". */
    String type();

    /** The label, or empty. Does not block. */
    String label();

    /** The volume's serial number or UUID as people write it, as "1234-ABCD"; empty if it has none. Does not block. */
    default String uuid() {
        return "";
    }

    /** Does not block. */
    Space space();

    /** Whether it was not unmounted orderly the last time. */
    boolean wasDirty();

    /** Whether changes are refused: mounted so, or found damaged since. */
    boolean readOnly();

    /** Why a name cannot be had, in words; null if it can. */
    String refusal(String name);

    /** The form in which names that mean the same file are equal. */
    String fold(String name);

    /**
     * Opens a directory, so that it can be used wherever it is moved to. By default this cannot be had.
     *
     * @return empty if the type has no such thing
     */
    default Optional<OpenDirectory> openDirectory(List<String> path) throws IOException {
        return Optional.empty();
    }

    /** Whether something was changed that is not on the disk. */
    boolean isDirty();

    /** Writes back everything changed before the call, in the order that keeps the volume consistent, and flushes the disk. */
    void sync() throws IOException;

    /** Called once, when no change will come any more: as sync, and then marks the volume clean. */
    void quiesce() throws IOException;

    /**
     * As {@link #sync}, and marks the volume clean if it can; nothing is written from then on until {@link #thaw}. No change comes
     * meanwhile, but files may be closed. By default only syncs.
     */
    default void freeze() throws IOException {
        sync();
    }

    /** Ends {@link #freeze}. */
    default void thaw() {}

    /**
     * Refuses changes from now on, or no more. Comes while it is frozen.
     *
     * @throws java.nio.file.FileSystemException if that cannot be, with the reason
     */
    default void remount(boolean readOnly) throws IOException {
        throw new FileSystemException(null, null, type() + " cannot change between read-only and writable");
    }
}
