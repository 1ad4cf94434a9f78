package org.unplug.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Threads that write files until their file system dies, and remember what was acknowledged: how far each file was written,
 * and how far it was forced. Knows only types of the JDK, so that it outlives any bundle.
 */
final class Scribes implements AutoCloseable {

    private static final String GONE = "org.unplug.fs.DiskGoneException";
    private static final int CHUNK_BYTES = 6000;
    private static final int FILES_EACH = 25;

    /** What one file must hold. */
    private static final class Deed {
        private final long seed;
        private volatile long writtenBytes;
        private volatile long forcedBytes;

        Deed(long seed) {
            this.seed = seed;
        }
    }

    private final Map<String, Deed> deeds = new ConcurrentHashMap<>();
    private final List<Bystander<Void>> threads = new ArrayList<>();
    private final List<Throwable> ends = new CopyOnWriteArrayList<>();
    private final AtomicLong acknowledged = new AtomicLong();
    private volatile boolean over;

    /** @param folder each run's own, below the root */
    Scribes(FileSystem fileSystem, String folder, int count) throws IOException {
        Path home = Files.createDirectories(fileSystem.getPath("/" + folder));
        for (int i = 0; i < count; i++) {
            int number = i;
            threads.add(Bystander.does("scribe-" + i, () -> write(home, number)));
        }
    }

    private Void write(Path home, int number) {
        Random random = new Random(number);
        try {
            Path own = Files.createDirectories(home.resolve("scribe number " + number));
            for (int n = 0; !over; n++) {
                Path file = own.resolve("file " + n % FILES_EACH + ".bin");
                deeds.remove(file.toString());
                Files.deleteIfExists(file);
                writeOne(file, random);
            }
        } catch (IOException | RuntimeException e) {
            ends.add(e);
        }
        return null;
    }

    private void writeOne(Path file, Random random) throws IOException {
        Deed deed = new Deed(random.nextLong());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            deeds.put(file.toString(), deed);
            long written = 0;
            int chunks = 1 + random.nextInt(6);
            for (int i = 0; i < chunks; i++) {
                ByteBuffer chunk = content(deed.seed, deed.writtenBytes, 1 + random.nextInt(CHUNK_BYTES));
                while (chunk.hasRemaining()) {
                    written += channel.write(chunk);
                    deed.writtenBytes = written;
                }
                acknowledged.incrementAndGet();
                if (random.nextInt(8) == 0) {
                    long before = deed.writtenBytes;
                    channel.force(true);
                    deed.forcedBytes = before;
                }
            }
        }
    }

    private static ByteBuffer content(long seed, long position, int length) {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        for (int i = 0; i < length; i++) {
            long mixed = (seed + position + i) * 0x9E3779B97F4A7C15L;
            bytes.put(i, (byte) (mixed >>> 56));
        }
        return bytes;
    }

    void awaitProgress(long more) {
        long from = acknowledged.get();
        Await.until(
                more + " writes are acknowledged: " + ends, () -> acknowledged.get() >= from + more || !ends.isEmpty());
        assertTrue("a scribe ended too soon: " + ends, ends.isEmpty());
    }

    /** Waits until each has met the end, and checks that it was the one typed error and nothing else. */
    void assertOnlyGone() throws Exception {
        for (Bystander<Void> thread : threads) {
            thread.get();
        }
        assertEquals("how the scribes ended: " + ends, threads.size(), ends.size());
        for (Throwable end : ends) {
            if (!end.getClass().getName().equals(GONE)) {
                throw new AssertionError("a scribe met something else than DiskGoneException: " + end, end);
            }
        }
    }

    /** Waits until each has ended, however. */
    void awaitEnd() throws Exception {
        for (Bystander<Void> thread : threads) {
            thread.get();
        }
    }

    /** Lets them finish the file that they are at. */
    void finish() throws Exception {
        over = true;
        for (Bystander<Void> thread : threads) {
            thread.get();
        }
        assertTrue("the scribes met errors: " + ends, ends.isEmpty());
    }

    /** Everything that was acknowledged is there (R8, orderly). */
    void assertAllThere(FileSystem fileSystem) throws IOException {
        assertThere(fileSystem, false);
    }

    /** Everything that was forced is there (R8, after a surprise). */
    void assertForcedThere(FileSystem fileSystem) throws IOException {
        assertThere(fileSystem, true);
    }

    private void assertThere(FileSystem fileSystem, boolean forcedOnly) throws IOException {
        long bytes = 0;
        for (Map.Entry<String, Deed> entry : deeds.entrySet()) {
            Deed deed = entry.getValue();
            long length = forcedOnly ? deed.forcedBytes : deed.writtenBytes;
            if (!forcedOnly || length > 0) {
                compare(fileSystem.getPath(entry.getKey()), deed.seed, length);
            }
            bytes += length;
        }
        assertTrue("nothing was acknowledged, so nothing was checked", bytes > 0);
    }

    private void compare(Path file, long seed, long length) throws IOException {
        byte[] there;
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            assertTrue(
                    file + " has " + channel.size() + " bytes, " + length + " were acknowledged",
                    channel.size() >= length);
            ByteBuffer buffer = ByteBuffer.allocate((int) length);
            int got = 0;
            while (buffer.hasRemaining() && got >= 0) {
                got = channel.read(buffer);
            }
            there = buffer.array();
        } catch (NoSuchFileException e) {
            throw new AssertionError(file + " is lost; " + length + " bytes of it were acknowledged", e);
        }
        byte[] wanted = content(seed, 0, (int) length).array();
        for (int i = 0; i < length; i++) {
            if (there[i] != wanted[i]) {
                throw new AssertionError(file + " differs at byte " + i + " of " + length + " acknowledged");
            }
        }
    }

    long acknowledged() {
        return acknowledged.get();
    }

    @Override
    public void close() {
        over = true;
    }
}
