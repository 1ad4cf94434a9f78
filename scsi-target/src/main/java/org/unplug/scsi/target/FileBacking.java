package org.unplug.scsi.target;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.unplug.block.BlockStatus;

/** Blocks in a file, which is locked as long as it is in use. Operations take as long as the host's file system does, on the caller's thread. */
public final class FileBacking implements Backing {

    private final FileChannel channel;
    private final long bytes;

    private FileBacking(FileChannel channel, long bytes) {
        this.channel = channel;
        this.bytes = bytes;
    }

    /**
     * Opens an image; {@link #cutPower} closes it.
     *
     * @param bytes how much of it counts, 0 for all
     * @throws IOException one line that says what is wrong with it
     */
    public static FileBacking open(Path image, long bytes, int blockBytes, boolean readOnly) throws IOException {
        if (!Files.exists(image)) {
            throw new IOException("image " + image + ": there is no such file");
        }
        if (Files.isDirectory(image)) {
            throw new IOException("image " + image + ": is a directory");
        }
        if (!Files.isReadable(image)) {
            throw new IOException("image " + image + ": cannot be read");
        }
        if (!readOnly && !Files.isWritable(image)) {
            throw new IOException("image " + image + ": cannot be written; insert it read-only");
        }
        FileChannel channel = readOnly
                ? FileChannel.open(image, StandardOpenOption.READ)
                : FileChannel.open(image, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            lock(image, channel, readOnly);
            return new FileBacking(channel, checkedBytes(image, channel.size(), bytes, blockBytes));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static void lock(Path image, FileChannel channel, boolean shared) throws IOException {
        boolean locked;
        try {
            locked = channel.tryLock(0, Long.MAX_VALUE, shared) != null;
        } catch (OverlappingFileLockException e) {
            locked = false;
        }
        if (!locked) {
            throw new IOException("image " + image + ": is in use");
        }
    }

    private static long checkedBytes(Path image, long length, long wanted, int blockBytes) throws IOException {
        if (wanted > length) {
            throw new IOException(
                    "image " + image + ": is truncated, it has " + length + " bytes of the " + wanted + " wanted");
        }
        if (wanted == 0 && length % blockBytes != 0) {
            throw new IOException("image " + image + ": its " + length + " bytes are not a multiple of the block of "
                    + blockBytes + " bytes");
        }
        return wanted == 0 ? length : wanted;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public BlockStatus read(Io io) {
        try {
            long offset = io.offsetBytes();
            for (int i = 0; i < io.segmentCount(); i++) {
                ByteBuffer into = io.segment(i).duplicate();
                while (into.hasRemaining()) {
                    int count = channel.read(into, offset);
                    if (count < 0) {
                        return BlockStatus.MEDIUM;
                    }
                    offset += count;
                }
            }
            return BlockStatus.OK;
        } catch (IOException e) {
            return BlockStatus.MEDIUM;
        }
    }

    @Override
    public BlockStatus write(Io io, boolean durable) {
        try {
            long offset = io.offsetBytes();
            for (int i = 0; i < io.segmentCount(); i++) {
                ByteBuffer from = io.segment(i).duplicate();
                while (from.hasRemaining()) {
                    offset += channel.write(from, offset);
                }
            }
            if (durable) {
                channel.force(false);
            }
            return BlockStatus.OK;
        } catch (IOException e) {
            return failure(e);
        }
    }

    /** The platform tells a full disk by its message only. */
    private static BlockStatus failure(IOException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains("No space") || message.contains("not enough space")
                ? BlockStatus.NOSPACE
                : BlockStatus.MEDIUM;
    }

    @Override
    public BlockStatus sync(Io io) {
        try {
            channel.force(false);
            return BlockStatus.OK;
        } catch (IOException e) {
            return failure(e);
        }
    }

    /** The platform cannot punch holes. */
    @Override
    public BlockStatus discard(Io io) {
        return BlockStatus.NOTSUPP;
    }

    @Override
    public void cutPower() {
        try {
            channel.close();
        } catch (IOException e) {
            // Closed it is; what was not forced is the host's page cache's, which outlives us.
        }
    }
}
