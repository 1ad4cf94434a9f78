package org.unplug.block;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * An open disk. Counted and owned by the bundle that opened it; any thread may use it.
 *
 * <p>After the disk's removal, or after {@link #close}, every request completes with GONE.
 */
public interface DiskHandle extends Closeable {

    /** What was opened. */
    DiskInfo info();

    /** Whether the disk's removal has come to the point of refusing. Never blocks. */
    boolean isGone();

    /** A bio for this handle, to be set, submitted, and used again once it ended. Belongs to the caller. */
    Bio newBio();

    /**
     * Submits a bio of this handle. It ends exactly once: with the driver's status, or with GONE or TIMEOUT by the core's
     * decision. Its {@linkplain Bio#onEnd end action} runs on whichever thread completes it, the submitter's included,
     * and may come before this returns - or after, when this was called from within an end action or a driver.
     *
     * <p>Until it ended the caller must not touch the bio nor its buffers.
     *
     * @throws IllegalArgumentException if it reaches past the end of the disk, is not aligned to logical blocks, or its
     *     buffers do not match its sectors; nothing was submitted then
     * @throws IllegalStateException if it is under way already
     */
    void submit(Bio bio);

    /**
     * Submits several at once, so that the driver sees them as one batch. Ends and errors as for {@link #submit}; if one is
     * malformed none is submitted.
     */
    void submit(Bio[] bios, int from, int to);

    /**
     * Reads from a sector on until the buffer's remaining bytes, a multiple of the logical block, are filled; blocks.
     *
     * @throws GoneException the disk is gone
     * @throws BlockException the request failed
     */
    void read(long sector, ByteBuffer into) throws IOException;

    /** Writes the buffer's remaining bytes from a sector on; blocks. Errors as for {@link #read}. */
    void write(long sector, ByteBuffer from) throws IOException;

    /** Makes every completed write durable; blocks. Errors as for {@link #read}. */
    void flush() throws IOException;

    /** Gives the handle back. Requests under way still end. Never blocks, never fails, idempotent. */
    @Override
    void close();
}
