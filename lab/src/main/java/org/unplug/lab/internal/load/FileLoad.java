package org.unplug.lab.internal.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.unplug.ref.Clockwork;

/**
 * Writers and readers of files on one mount. Each writer makes files of known content, fsyncs some, deletes old ones; each reader
 * verifies what was acknowledged. When the file system fails they go on, with pauses, and {@link FileErrors} notes what
 * they see.
 *
 * <p>{@link #start} and {@link #stop} once each.
 */
public final class FileLoad {

    private static final int KEEP_FILES = 24;
    private static final int CHUNK_MAX = 24 * 1024;
    private static final long PAUSE_NANOS = 4_000_000;
    private static final long REST_NANOS = 1_000_000;

    private final Clockwork clockwork;
    private final FileSystem fileSystem;
    private final FileNotes notes;
    private final FileErrors errors;
    private final int writers;
    private final int readers;
    private final long seed;
    private final AtomicInteger running = new AtomicInteger();
    private final Object monitor = new Object();
    private volatile boolean stopping;

    public FileLoad(
            Clockwork clockwork,
            FileSystem fileSystem,
            FileNotes notes,
            FileErrors errors,
            int writers,
            int readers,
            long seed) {
        this.clockwork = clockwork;
        this.fileSystem = fileSystem;
        this.notes = notes;
        this.errors = errors;
        this.writers = writers;
        this.readers = readers;
        this.seed = seed;
    }

    private interface Step {
        void run() throws IOException;
    }

    public void start() {
        for (int i = 0; i < writers; i++) {
            Writer writer = new Writer("/w" + i, new SplittableRandom(seed + i));
            run("lab file writer " + i, writer::step);
        }
        for (int i = 0; i < readers; i++) {
            SplittableRandom random = new SplittableRandom(seed - 1 - i);
            String directory = "/w" + i % writers;
            run("lab file reader " + i, () -> verify(directory, random));
        }
    }

    private void run(String name, Step step) {
        running.incrementAndGet();
        clockwork.execute(name, () -> {
            try {
                while (!stopping) {
                    pause(errors.attempt(step::run) ? REST_NANOS : PAUSE_NANOS);
                }
            } finally {
                running.decrementAndGet();
                synchronized (monitor) {
                    monitor.notifyAll();
                }
            }
        });
    }

    private void pause(long nanos) {
        long until = clockwork.nanoTime() + nanos;
        synchronized (monitor) {
            clockwork.awaitUntil(monitor, until, () -> stopping);
        }
    }

    /** One thread's files, in a directory of its own. */
    private final class Writer {
        private final String directory;
        private final SplittableRandom random;

        Writer(String directory, SplittableRandom random) {
            this.directory = directory;
            this.random = random;
        }

        void step() throws IOException {
            Path path = fileSystem.getPath(directory);
            if (!Files.isDirectory(path)) {
                Files.createDirectories(path);
            }
            List<FileNotes.Note> old = notes.closed(directory);
            if (old.size() > KEEP_FILES) {
                delete(old.get(0));
            }
            write(notes.begin(directory));
        }

        private void delete(FileNotes.Note note) throws IOException {
            note.deleting = true;
            Files.delete(fileSystem.getPath(note.path));
            note.deleted = true;
        }

        private void write(FileNotes.Note note) throws IOException {
            boolean durable = random.nextInt(3) == 0;
            try (FileChannel channel = FileChannel.open(
                    fileSystem.getPath(note.path), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                int chunks = 1 + random.nextInt(5);
                for (int i = 0; i < chunks && !stopping; i++) {
                    append(note, channel, 1 + random.nextInt(CHUNK_MAX));
                    if (durable && random.nextBoolean()) {
                        force(note, channel);
                    }
                }
                if (durable) {
                    force(note, channel);
                }
            }
            note.closed = true;
        }

        private void append(FileNotes.Note note, FileChannel channel, int bytes) throws IOException {
            ByteBuffer chunk = ByteBuffer.allocate(bytes);
            notes.content(note, note.asked, chunk);
            chunk.flip();
            note.ask(bytes);
            boolean hadFailed = errors.hasFailed();
            while (chunk.hasRemaining()) {
                note.acknowledge(channel.write(chunk));
            }
            errors.acknowledged(bytes, hadFailed);
        }

        private void force(FileNotes.Note note, FileChannel channel) throws IOException {
            long then = note.acknowledged;
            channel.force(true);
            note.durable = then;
        }
    }

    private void verify(String directory, SplittableRandom random) throws IOException {
        List<FileNotes.Note> closed = notes.closed(directory);
        if (closed.isEmpty()) {
            Files.exists(fileSystem.getPath(directory));
            return;
        }
        // The oldest ones may be deleted under our hands.
        FileNotes.Note note = closed.get(closed.size() / 2 + random.nextInt((closed.size() + 1) / 2));
        try (SeekableByteChannel channel = Files.newByteChannel(fileSystem.getPath(note.path))) {
            long differs = notes.difference(note, channel, 0, note.acknowledged);
            if (differs >= 0 && !note.deleting) {
                errors.wrong(note.path + " differs at byte " + differs + " of " + note.acknowledged);
            } else {
                errors.verified(note.acknowledged);
            }
        } catch (IOException e) {
            if (!note.deleting) {
                throw e;
            }
        }
    }

    /**
     * Begins nothing more and waits for the threads.
     *
     * @return false if one was still inside the file system at the time-out
     */
    public boolean stop(long timeoutMs) {
        long deadline = clockwork.nanoTime() + timeoutMs * 1_000_000;
        stopping = true;
        synchronized (monitor) {
            monitor.notifyAll();
            return clockwork.awaitUntil(monitor, deadline, () -> running.get() == 0);
        }
    }

    public FileErrors errors() {
        return errors;
    }
}
