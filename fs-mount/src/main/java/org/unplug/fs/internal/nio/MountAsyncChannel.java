package org.unplug.fs.internal.nio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileLock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;

/**
 * A file that is open for operations that somebody else's thread does. Each reads or writes at a position of its own, so they
 * run side by side. An operation that was begun is done: cancelling a future only forgets its result.
 */
final class MountAsyncChannel extends AsynchronousFileChannel {
    private final MountChannel channel;
    private final Executor executor;

    MountAsyncChannel(MountChannel channel, Executor executor) {
        this.channel = channel;
        this.executor = executor;
    }

    /** What an operation does. */
    private interface Work<V> {
        V run() throws IOException;
    }

    private <V> Future<V> submit(Work<V> work) {
        CompletableFuture<V> future = new CompletableFuture<>();
        executor.execute(() -> {
            try {
                future.complete(work.run());
            } catch (IOException | RuntimeException failure) {
                future.completeExceptionally(failure);
            }
        });
        return future;
    }

    private <V, A> void submit(Work<V> work, A attachment, CompletionHandler<V, ? super A> handler) {
        if (handler == null) {
            throw new NullPointerException("handler");
        }
        executor.execute(() -> {
            V result;
            try {
                result = work.run();
            } catch (IOException | RuntimeException failure) {
                handler.failed(failure, attachment);
                return;
            }
            handler.completed(result, attachment);
        });
    }

    private static void check(long position) {
        if (position < 0) {
            throw new IllegalArgumentException("position " + position + " is negative");
        }
    }

    private static void checkWritable(ByteBuffer into) {
        if (into.isReadOnly()) {
            throw new IllegalArgumentException("the buffer is read-only");
        }
    }

    @Override
    public <A> void read(ByteBuffer into, long position, A attachment, CompletionHandler<Integer, ? super A> handler) {
        check(position);
        checkWritable(into);
        channel.checkMode(true);
        submit(() -> channel.read(into, position), attachment, handler);
    }

    @Override
    public Future<Integer> read(ByteBuffer into, long position) {
        check(position);
        checkWritable(into);
        channel.checkMode(true);
        return submit(() -> channel.read(into, position));
    }

    @Override
    public <A> void write(ByteBuffer from, long position, A attachment, CompletionHandler<Integer, ? super A> handler) {
        check(position);
        channel.checkMode(false);
        submit(() -> channel.write(from, position), attachment, handler);
    }

    @Override
    public Future<Integer> write(ByteBuffer from, long position) {
        check(position);
        channel.checkMode(false);
        return submit(() -> channel.write(from, position));
    }

    @Override
    public <A> void lock(
            long position, long size, boolean shared, A attachment, CompletionHandler<FileLock, ? super A> handler) {
        submit(() -> tryLock(position, size, shared), attachment, handler);
    }

    @Override
    public Future<FileLock> lock(long position, long size, boolean shared) {
        return submit(() -> tryLock(position, size, shared));
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
        return channel.tryLock(this, position, size, shared);
    }

    @Override
    public long size() throws IOException {
        return channel.size();
    }

    @Override
    public AsynchronousFileChannel truncate(long size) throws IOException {
        // By its specification this one, unlike a FileChannel's, moves no position.
        channel.truncate(size);
        return this;
    }

    @Override
    public void force(boolean metaData) throws IOException {
        channel.force(metaData);
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
