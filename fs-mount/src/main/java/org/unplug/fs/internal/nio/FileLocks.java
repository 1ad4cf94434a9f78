package org.unplug.fs.internal.nio;

import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.Channel;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.util.ArrayList;
import java.util.List;

/** The locks that channels of this mount hold. They hold within this Java machine, which is the only one that writes the disk. */
final class FileLocks {
    private final List<Held> held = new ArrayList<>();

    /** A lock on bytes of a file. */
    final class Held extends FileLock {
        private final MountChannel channel;
        private final Object file;
        private boolean released;

        private Held(MountChannel channel, FileChannel asker, Object file, long position, long size, boolean shared) {
            super(asker, position, size, shared);
            this.channel = channel;
            this.file = file;
        }

        private Held(
                MountChannel channel,
                AsynchronousFileChannel asker,
                Object file,
                long position,
                long size,
                boolean shared) {
            super(asker, position, size, shared);
            this.channel = channel;
            this.file = file;
        }

        @Override
        public boolean isValid() {
            synchronized (held) {
                return !released && acquiredBy().isOpen();
            }
        }

        @Override
        public void release() {
            synchronized (held) {
                released = true;
                held.remove(this);
            }
        }
    }

    FileLock take(MountChannel channel, Channel asker, Object file, long position, long size, boolean shared) {
        synchronized (held) {
            for (Held other : held) {
                if (other.file.equals(file) && other.overlaps(position, size)) {
                    throw new OverlappingFileLockException();
                }
            }
            Held lock = asker instanceof AsynchronousFileChannel asynchronous
                    ? new Held(channel, asynchronous, file, position, size, shared)
                    : new Held(channel, (FileChannel) asker, file, position, size, shared);
            held.add(lock);
            return lock;
        }
    }

    void releaseAll(MountChannel channel) {
        synchronized (held) {
            for (Held lock : List.copyOf(held)) {
                if (lock.channel == channel) {
                    lock.release();
                }
            }
        }
    }
}
