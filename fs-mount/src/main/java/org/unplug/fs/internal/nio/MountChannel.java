package org.unplug.fs.internal.nio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.StandardWatchEventKinds;
import java.util.Objects;
import org.unplug.fs.DiskGoneException;
import org.unplug.fs.spi.OpenNode;

/**
 * A file that is open. Reads at positions run side by side; what moves the channel's position takes turns. An interrupt does
 * not close it.
 *
 * <p>Closing always closes. It throws if bytes that were written through this channel were lost, also to a disk that is gone.
 */
final class MountChannel extends FileChannel {
    private static final int SHUTTLE_BYTES = 256 * 1024;

    /** How a channel was opened. */
    record Mode(boolean read, boolean write, boolean append, boolean sync, Runnable atClose) {}

    private final MountFileSystem fileSystem;
    private final Lifeline mount;
    private final OpenNode node;
    private final MountPath path;
    private final Object key;
    private final Mode mode;
    private final Object positionLock = new Object();
    private long position;
    private volatile boolean unforced;
    private volatile boolean wasRead;
    private volatile boolean wasWritten;
    private volatile boolean closingWithMount;
    private volatile boolean dead;

    MountChannel(MountFileSystem fileSystem, OpenNode node, MountPath path, Object key, Mode mode) {
        this.fileSystem = fileSystem;
        this.node = node;
        this.path = path;
        this.key = key;
        this.mode = mode;
        mount = fileSystem.mount();
        fileSystem.opened(this);
    }

    private void checkReadable() throws IOException {
        checkOpen();
        if (!mode.read()) {
            throw new NonReadableChannelException();
        }
    }

    private void checkWritable() throws IOException {
        checkOpen();
        if (!mode.write()) {
            throw new NonWritableChannelException();
        }
    }

    private void checkOpen() throws IOException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
    }

    private int readAt(ByteBuffer into, long at) throws IOException {
        wasRead = true;
        return mount.read(path, superBlock -> node.read(at, into));
    }

    /** @param at -1 for the end */
    private int writeAt(ByteBuffer from, long at) throws IOException {
        return mount.change(path, superBlock -> {
            unforced = true;
            wasWritten = true;
            int written = 0;
            long next = at;
            do {
                int n = node.write(next, from);
                written += n;
                next = next < 0 ? next : next + n;
            } while (from.hasRemaining() && written == 0);
            if (mode.sync()) {
                node.force();
            }
            changed();
            return written;
        });
    }

    /** The name may be another one's by now: then that one's watchers look once for nothing. */
    private void changed() {
        if (fileSystem.isWatched()) {
            fileSystem.tell(StandardWatchEventKinds.ENTRY_MODIFY, path.resolved());
        }
    }

    /** Throws as the specification has it, before an operation is handed to another thread. */
    void checkMode(boolean reading) {
        if (reading && !mode.read()) {
            throw new NonReadableChannelException();
        }
        if (!reading && !mode.write()) {
            throw new NonWritableChannelException();
        }
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        checkReadable();
        synchronized (positionLock) {
            int n = readAt(into, position);
            position += Math.max(0, n);
            return n;
        }
    }

    /** Reads until the buffer is full or the file ends, as one operation; if that fails the position stays. @return how many bytes were read; 0 at the end */
    int readFully(ByteBuffer into) throws IOException {
        checkReadable();
        synchronized (positionLock) {
            wasRead = true;
            long from = position;
            int before = into.position();
            int done = mount.read(path, superBlock -> {
                int n = 0;
                for (long at = from; into.hasRemaining() && n >= 0; at += n) {
                    n = node.read(at, into);
                }
                return into.position() - before;
            });
            position = from + done;
            return done;
        }
    }

    @Override
    public long read(ByteBuffer[] into, int offset, int length) throws IOException {
        checkReadable();
        Objects.checkFromIndexSize(offset, length, into.length);
        synchronized (positionLock) {
            long total = 0;
            for (int i = offset; i < offset + length; i++) {
                while (into[i].hasRemaining()) {
                    int n = readAt(into[i], position);
                    if (n < 0) {
                        return total == 0 ? -1 : total;
                    }
                    position += n;
                    total += n;
                }
            }
            return total;
        }
    }

    @Override
    public int read(ByteBuffer into, long at) throws IOException {
        checkReadable();
        checkPosition(at);
        return readAt(into, at);
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        checkWritable();
        synchronized (positionLock) {
            int n = writeAt(from, mode.append() ? -1 : position);
            position = mode.append() ? node.size() : position + n;
            return n;
        }
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) throws IOException {
        checkWritable();
        Objects.checkFromIndexSize(offset, length, from.length);
        synchronized (positionLock) {
            long total = 0;
            for (int i = offset; i < offset + length; i++) {
                int want = from[i].remaining();
                if (want == 0) {
                    continue;
                }
                int n = write(from[i]);
                total += n;
                if (n < want) {
                    break;
                }
            }
            return total;
        }
    }

    @Override
    public int write(ByteBuffer from, long at) throws IOException {
        checkWritable();
        checkPosition(at);
        return writeAt(from, mode.append() ? -1 : at);
    }

    private static void checkPosition(long at) {
        if (at < 0) {
            throw new IllegalArgumentException("position " + at + " is negative");
        }
    }

    @Override
    public long position() throws IOException {
        checkOpen();
        synchronized (positionLock) {
            return mode.append() ? size() : position;
        }
    }

    @Override
    public FileChannel position(long newPosition) throws IOException {
        checkOpen();
        checkPosition(newPosition);
        mount.read(path, superBlock -> null);
        synchronized (positionLock) {
            position = newPosition;
        }
        return this;
    }

    @Override
    public long size() throws IOException {
        checkOpen();
        return mount.read(path, superBlock -> node.size());
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        checkWritable();
        checkPosition(size);
        synchronized (positionLock) {
            mount.change(path, superBlock -> {
                node.truncate(size);
                changed();
                return null;
            });
            position = Math.min(position, size);
        }
        return this;
    }

    @Override
    public void force(boolean metaData) throws IOException {
        checkOpen();
        if (!mode.write()) {
            return;
        }
        mount.read(path, superBlock -> {
            unforced = false;
            boolean done = false;
            try {
                node.force();
                done = true;
            } finally {
                unforced |= !done;
            }
            return null;
        });
    }

    @Override
    public long transferTo(long from, long count, WritableByteChannel target) throws IOException {
        checkReadable();
        checkPosition(from);
        if (count < 0) {
            throw new IllegalArgumentException("count " + count + " is negative");
        }
        ByteBuffer shuttle = shuttle(Math.min(count, Math.max(0, size() - from)));
        long done = 0;
        while (done < count) {
            shuttle.clear().limit((int) Math.min(shuttle.capacity(), count - done));
            int n = shuttle.hasRemaining() ? readAt(shuttle, from + done) : -1;
            if (n < 0) {
                break;
            }
            shuttle.flip();
            int written = target.write(shuttle);
            done += written;
            if (written < n) {
                break;
            }
        }
        return done;
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long to, long count) throws IOException {
        checkWritable();
        checkPosition(to);
        if (count < 0) {
            throw new IllegalArgumentException("count " + count + " is negative");
        }
        if (to > size()) {
            return 0;
        }
        ByteBuffer shuttle = shuttle(count);
        long done = 0;
        while (done < count) {
            shuttle.clear().limit((int) Math.min(shuttle.capacity(), count - done));
            int n = source.read(shuttle);
            if (n <= 0) {
                break;
            }
            shuttle.flip();
            while (shuttle.hasRemaining()) {
                done += writeAt(shuttle, mode.append() ? -1 : to + done);
            }
        }
        return done;
    }

    private static ByteBuffer shuttle(long bytes) {
        return ByteBuffer.allocate((int) Math.min(SHUTTLE_BYTES, bytes));
    }

    @Override
    public MappedByteBuffer map(MapMode mapMode, long from, long size) {
        throw new UnsupportedOperationException(
                "a file on a disk that may be pulled out is not mapped: touching a page that is gone would kill the Java machine");
    }

    @Override
    public FileLock lock(long from, long size, boolean shared) throws IOException {
        return tryLock(from, size, shared);
    }

    @Override
    public FileLock tryLock(long from, long size, boolean shared) throws IOException {
        return tryLock(this, from, size, shared);
    }

    /** @param asker whose lock it is: this, or the asynchronous channel over this */
    FileLock tryLock(Channel asker, long from, long size, boolean shared) throws IOException {
        checkOpen();
        if (shared) {
            checkReadable();
        } else {
            checkWritable();
        }
        mount.read(path, superBlock -> null);
        return fileSystem.locks().take(this, asker, key, from, size, shared);
    }

    void closeWithMount() throws IOException {
        closingWithMount = true;
        close();
    }

    void closeDead() {
        dead = true;
        try {
            close();
        } catch (IOException impossible) {
            throw new IllegalStateException("closing without the disk failed", impossible);
        }
    }

    boolean isWritable() {
        return mode.write();
    }

    @Override
    protected void implCloseChannel() throws IOException {
        fileSystem.locks().releaseAll(this);
        try {
            closeNode();
        } finally {
            fileSystem.closed(this);
        }
    }

    private void closeNode() throws IOException {
        if (closingWithMount || dead) {
            if (!dead) {
                node.close();
            }
            return;
        }
        keepAccessTime();
        try {
            mount.read(path, superBlock -> {
                node.close();
                return null;
            });
        } catch (DiskGoneException gone) {
            if (unforced) {
                throw gone;
            }
        } finally {
            mode.atClose().run();
            if (wasWritten) {
                mount.writerClosed();
            }
        }
    }

    private void keepAccessTime() {
        if (wasRead && mount.keepsAccessTimes()) {
            try {
                mount.change(path, superBlock -> {
                    node.accessed();
                    return null;
                });
            } catch (IOException lost) {
                // A time of access is worth no error to one who only read.
            }
        }
    }
}
