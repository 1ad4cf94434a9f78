package org.unplug.driver.mmcsim;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Cells in a file. A write has reached the file when it returns; it is not forced to the machine's disk. The file is locked, so
 * that no image is in two slots.
 */
final class FileMedia implements Media {

    private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(1 << 20).asReadOnlyBuffer();

    private final FileChannel channel;
    private final long bytes;
    private final boolean readOnly;

    private FileMedia(FileChannel channel, long bytes, boolean readOnly) {
        this.channel = channel;
        this.bytes = bytes;
        this.readOnly = readOnly;
    }

    /**
     * Opens an image.
     *
     * @param wantedBytes the size that it must have, or that it is made with; 0 for whatever it has
     * @throws IOException in one line naming the image
     */
    static FileMedia open(Path image, long wantedBytes, boolean readOnly) throws IOException {
        if (!Files.exists(image)) {
            if (wantedBytes == 0 || readOnly) {
                throw new IOException("image " + image + " does not exist");
            }
            create(image, wantedBytes);
        }
        if (!Files.isRegularFile(image)) {
            throw new IOException("image " + image + " is not a file");
        }
        if (!readOnly && !Files.isWritable(image)) {
            throw new IOException("image " + image + " is not writable: insert it read-only");
        }
        FileChannel channel;
        try {
            channel = readOnly
                    ? FileChannel.open(image, StandardOpenOption.READ)
                    : FileChannel.open(image, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (AccessDeniedException e) {
            throw new IOException("image " + image + " may not be opened", e);
        }
        try {
            lock(channel, image, readOnly);
            long bytes = channel.size();
            if (wantedBytes != 0 && wantedBytes != bytes) {
                throw new IOException("image " + image + " has " + bytes + " bytes, not " + wantedBytes);
            }
            return new FileMedia(channel, bytes, readOnly);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static void create(Path image, long bytes) throws IOException {
        try (FileChannel made = FileChannel.open(
                image, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            made.write(ByteBuffer.allocate(1), bytes - 1);
        } catch (NoSuchFileException e) {
            throw new IOException("image " + image + " cannot be made: its directory does not exist", e);
        }
    }

    private static void lock(FileChannel channel, Path image, boolean shared) throws IOException {
        FileLock lock;
        try {
            lock = channel.tryLock(0, Long.MAX_VALUE, shared);
        } catch (OverlappingFileLockException e) {
            throw new IOException("image " + image + " is in use already", e);
        }
        if (lock == null) {
            throw new IOException("image " + image + " is in use by another process");
        }
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public boolean isReadOnly() {
        return readOnly;
    }

    @Override
    public void read(long at, ByteBuffer into, int index, int length) throws IOException {
        ByteBuffer part = into.duplicate().limit(index + length).position(index);
        for (long next = at; part.hasRemaining(); ) {
            int count = channel.read(part, next);
            if (count < 0) {
                throw new EOFException("the image was truncated to " + channel.size() + " bytes");
            }
            next += count;
        }
    }

    @Override
    public void write(long at, ByteBuffer from, int index, int length) throws IOException {
        ByteBuffer part = from.duplicate().limit(index + length).position(index);
        for (long next = at; part.hasRemaining(); ) {
            next += channel.write(part, next);
        }
    }

    @Override
    public boolean isMemory() {
        return false;
    }

    @Override
    public void zero(long at, long length) throws IOException {
        for (long done = 0; done < length; ) {
            int part = (int) Math.min(length - done, ZEROES.capacity());
            write(at + done, ZEROES, 0, part);
            done += part;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
