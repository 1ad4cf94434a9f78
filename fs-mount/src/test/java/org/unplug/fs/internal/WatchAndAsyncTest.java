package org.unplug.fs.internal;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;
import static java.nio.file.StandardWatchEventKinds.OVERFLOW;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileLock;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.unplug.fs.DiskGoneException;

/** Watching directories, and files read and written by other threads. */
class WatchAndAsyncTest {
    private Rig rig;

    @BeforeEach
    void mount() throws IOException {
        rig = Rig.formatted("fat16", 20 << 20);
        rig.mount();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private WatchService watcher() throws IOException {
        return rig.path("/").getFileSystem().newWatchService();
    }

    private static List<String> told(WatchKey key) {
        List<String> events = new ArrayList<>();
        for (WatchEvent<?> event : key.pollEvents()) {
            events.add(event.kind().name() + " " + event.context());
        }
        return events;
    }

    @Test
    void watch_tellsOfCreatingChangingMovingAndDeleting() throws Exception {
        Files.createDirectories(rig.path("/d/sub"));
        try (WatchService watcher = watcher()) {
            WatchKey key = rig.path("/D").register(watcher, ENTRY_CREATE, ENTRY_MODIFY, ENTRY_DELETE);
            assertNull(watcher.poll());
            Files.writeString(rig.path("/d/f"), "content");
            Files.writeString(rig.path("/other"), "not here");
            Files.writeString(rig.path("/d/sub/f"), "nor here");
            assertSame(key, watcher.poll(10, TimeUnit.SECONDS));
            assertEquals(List.of("ENTRY_CREATE f", "ENTRY_MODIFY f"), told(key));
            Files.move(rig.path("/d/f"), rig.path("/d/g"));
            assertNull(watcher.poll());
            assertTrue(key.reset());
            assertSame(key, watcher.take());
            assertEquals(List.of("ENTRY_DELETE f", "ENTRY_CREATE g"), told(key));
            Files.setAttribute(rig.path("/d/g"), "dos:hidden", true);
            Files.delete(rig.path("/d/g"));
            assertEquals(List.of("ENTRY_MODIFY g", "ENTRY_DELETE g"), told(key));
            assertTrue(key.reset());
            assertNull(watcher.poll());
            assertEquals(rig.path("/d"), key.watchable());
            key.cancel();
            assertFalse(key.isValid());
            Files.createFile(rig.path("/d/h"));
            assertNull(watcher.poll());
        }
    }

    @Test
    void watch_tellsOnlyOfTheKindsAskedFor() throws Exception {
        try (WatchService watcher = watcher()) {
            WatchKey key = rig.path("/").register(watcher, ENTRY_DELETE);
            Files.writeString(rig.path("/f"), "content");
            assertNull(watcher.poll());
            Files.delete(rig.path("/f"));
            assertSame(key, watcher.poll());
            assertSame(key, rig.path("/").register(watcher, ENTRY_CREATE));
        }
    }

    @Test
    void watchOfADirectoryThatGoes_becomesInvalid() throws Exception {
        Files.createDirectory(rig.path("/d"));
        try (WatchService watcher = watcher()) {
            WatchKey key = rig.path("/d").register(watcher, ENTRY_CREATE);
            Files.delete(rig.path("/d"));
            assertSame(key, watcher.poll());
            assertFalse(key.reset());
        }
    }

    @Test
    void moreEventsThanAnyoneReads_overflow() throws Exception {
        try (WatchService watcher = watcher()) {
            WatchKey key = rig.path("/").register(watcher, ENTRY_CREATE, ENTRY_DELETE);
            for (int i = 0; i < 300; i++) {
                Files.createFile(rig.path("/f"));
                Files.delete(rig.path("/f"));
            }
            List<WatchEvent<?>> events = key.pollEvents();
            assertSame(OVERFLOW, events.get(0).kind());
            assertTrue(events.size() < 512);
        }
    }

    @Test
    void watch_refusesWhatIsNoDirectoryHere() throws Exception {
        Files.createFile(rig.path("/f"));
        try (WatchService watcher = watcher();
                WatchService host = Path.of("/").getFileSystem().newWatchService()) {
            assertThrows(NotDirectoryException.class, () -> rig.path("/f").register(watcher, ENTRY_CREATE));
            assertThrows(ProviderMismatchException.class, () -> rig.path("/").register(host, ENTRY_CREATE));
            assertThrows(IllegalArgumentException.class, () -> rig.path("/").register(watcher));
            watcher.close();
            assertThrows(ClosedWatchServiceException.class, watcher::poll);
            assertThrows(ClosedWatchServiceException.class, () -> rig.path("/").register(watcher, ENTRY_CREATE));
        }
    }

    @Test
    void yank_wakesWhoTakes() throws Exception {
        WatchService watcher = watcher();
        rig.path("/").register(watcher, ENTRY_CREATE);
        AtomicReference<Throwable> woken = new AtomicReference<>();
        Thread waiter = new Thread(() -> {
            try {
                watcher.take();
            } catch (Throwable expected) {
                woken.set(expected);
            }
        });
        waiter.start();
        while (waiter.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        rig.disk.yankTellingFirst();
        waiter.join(10_000);
        assertInstanceOf(ClosedWatchServiceException.class, woken.get());
        assertInstanceOf(DiskGoneException.class, woken.get().getCause());
    }

    @Test
    void unmount_closesWatchers() throws Exception {
        WatchService watcher = watcher();
        rig.unmount();
        assertThrows(ClosedWatchServiceException.class, watcher::take);
    }

    @Test
    void asynchronousChannel_readsAndWritesAtPositions() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(2);
        try (AsynchronousFileChannel channel =
                AsynchronousFileChannel.open(rig.path("/f"), java.util.Set.of(CREATE, READ, WRITE), pool)) {
            List<Future<Integer>> writes = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                writes.add(channel.write(ByteBuffer.wrap(new byte[] {(byte) i}), i * 1000L));
            }
            for (Future<Integer> write : writes) {
                assertEquals(1, write.get(10, TimeUnit.SECONDS));
            }
            assertEquals(49_001, channel.size());
            for (int i = 0; i < 50; i++) {
                ByteBuffer one = ByteBuffer.allocate(1);
                assertEquals(1, channel.read(one, i * 1000L).get(10, TimeUnit.SECONDS));
                assertEquals(i, one.get(0));
            }
            assertEquals(-1, channel.read(ByteBuffer.allocate(1), 1 << 20).get());
            channel.truncate(10);
            channel.force(true);
            assertEquals(10, channel.size());
        } finally {
            pool.shutdown();
        }
    }

    @Test
    void asynchronousChannel_tellsItsHandler() throws Exception {
        Files.writeString(rig.path("/f"), "content");
        CountDownLatch told = new CountDownLatch(2);
        List<Object> outcomes = java.util.Collections.synchronizedList(new ArrayList<>());
        CompletionHandler<Integer, String> handler = new CompletionHandler<>() {
            @Override
            public void completed(Integer result, String attachment) {
                outcomes.add(attachment + result);
                told.countDown();
            }

            @Override
            public void failed(Throwable failure, String attachment) {
                outcomes.add(attachment + failure.getClass().getSimpleName());
                told.countDown();
            }
        };
        AsynchronousFileChannel channel = AsynchronousFileChannel.open(rig.path("/f"));
        channel.read(ByteBuffer.allocate(100), 0, "read ", handler);
        while (told.getCount() > 1) {
            Thread.onSpinWait();
        }
        rig.disk.yankTellingFirst();
        channel.read(ByteBuffer.allocate(100), 0, "gone ", handler);
        assertTrue(told.await(10, TimeUnit.SECONDS));
        assertEquals(List.of("read 7", "gone DiskGoneException"), outcomes);
        channel.close();
        ExecutionException closed = assertThrows(
                ExecutionException.class,
                () -> channel.read(ByteBuffer.allocate(1), 0).get());
        assertInstanceOf(java.nio.channels.ClosedChannelException.class, closed.getCause());
    }

    @Test
    void asynchronousChannel_refusesTheCallersMistakesAtOnce() throws Exception {
        Files.createFile(rig.path("/f"));
        try (AsynchronousFileChannel reader = AsynchronousFileChannel.open(rig.path("/f"));
                AsynchronousFileChannel writer = AsynchronousFileChannel.open(rig.path("/f"), WRITE)) {
            assertThrows(NonWritableChannelException.class, () -> reader.write(ByteBuffer.allocate(1), 0));
            assertThrows(NonReadableChannelException.class, () -> writer.read(ByteBuffer.allocate(1), 0));
            assertThrows(IllegalArgumentException.class, () -> writer.write(ByteBuffer.allocate(1), -1));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> reader.read(ByteBuffer.allocate(1).asReadOnlyBuffer(), 0));
        }
        assertThrows(
                UnsupportedOperationException.class, () -> AsynchronousFileChannel.open(rig.path("/f"), WRITE, APPEND));
    }

    @Test
    void asynchronousLocks_meetThoseOfOtherChannels() throws Exception {
        Files.createFile(rig.path("/f"));
        try (AsynchronousFileChannel one = AsynchronousFileChannel.open(rig.path("/f"), WRITE);
                java.nio.channels.FileChannel two = java.nio.channels.FileChannel.open(rig.path("/F"), WRITE)) {
            FileLock lock = one.lock(0, 10, false).get(10, TimeUnit.SECONDS);
            assertSame(one, lock.acquiredBy());
            Files.move(rig.path("/f"), rig.path("/elsewhere"));
            assertThrows(OverlappingFileLockException.class, () -> two.tryLock(5, 1, false));
            one.close();
            assertFalse(lock.isValid());
            assertTrue(two.tryLock(5, 1, false).isValid());
        }
    }
}
