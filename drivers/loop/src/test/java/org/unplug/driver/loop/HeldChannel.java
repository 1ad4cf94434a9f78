package org.unplug.driver.loop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A channel over another one, whose host holds up every write of the first sector until it is let go. */
final class HeldChannel extends FileChannel {
    final CountDownLatch inside = new CountDownLatch(1);
    final CountDownLatch letGo = new CountDownLatch(1);
    final AtomicInteger mostWriters = new AtomicInteger();
    private final AtomicInteger writers = new AtomicInteger();
    private final FileChannel under;

    HeldChannel(FileChannel under) {
        this.under = under;
    }

    @Override
    public int write(ByteBuffer from, long position) throws IOException {
        mostWriters.accumulateAndGet(writers.incrementAndGet(), Math::max);
        try {
            if (position == 0) {
                inside.countDown();
                letGo.await();
            }
            return under.write(from, position);
        } catch (InterruptedException nobodyDoes) {
            throw new IOException(nobodyDoes);
        } finally {
            writers.decrementAndGet();
        }
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
        return under.read(into, position);
    }

    @Override
    public void force(boolean metaData) throws IOException {
        under.force(metaData);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        under.close();
    }

    private static UnsupportedOperationException unused() {
        return new UnsupportedOperationException("the driver does not need this");
    }

    @Override
    public int read(ByteBuffer into) {
        throw unused();
    }

    @Override
    public long read(ByteBuffer[] into, int offset, int length) {
        throw unused();
    }

    @Override
    public int write(ByteBuffer from) {
        throw unused();
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) {
        throw unused();
    }

    @Override
    public long position() {
        throw unused();
    }

    @Override
    public FileChannel position(long newPosition) {
        throw unused();
    }

    @Override
    public long size() {
        throw unused();
    }

    @Override
    public FileChannel truncate(long size) {
        throw unused();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
        throw unused();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
        throw unused();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
        throw unused();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
        throw unused();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
        throw unused();
    }
}
