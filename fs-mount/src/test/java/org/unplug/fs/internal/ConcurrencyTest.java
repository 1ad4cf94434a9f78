package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.block.BioOp;
import org.unplug.fs.DiskGoneException;
import org.unplug.fs.Mount;

/** Several threads at once. */
@Timeout(120)
class ConcurrencyTest {
    private static final int WORKERS = 4;

    private static byte[] content(int worker, int round) {
        byte[] bytes = new byte[20_000 + worker * 3_000 + round * 100];
        new Random(worker * 1000L + round).nextBytes(bytes);
        return bytes;
    }

    private static void work(FileSystemUser user, int worker, int rounds) throws IOException {
        Path directory = Files.createDirectories(user.path("/worker " + worker));
        for (int round = 0; round < rounds; round++) {
            Path file = directory.resolve("file number " + round % 7);
            byte[] bytes = content(worker, round);
            Files.write(file, bytes);
            assertArrayEquals(bytes, Files.readAllBytes(file));
            if (round % 3 == 0) {
                Files.move(file, directory.resolve("moved"), StandardCopyOption.REPLACE_EXISTING);
                assertArrayEquals(bytes, Files.readAllBytes(directory.resolve("moved")));
            }
            if (round % 5 == 0) {
                try (FileChannel channel = FileChannel.open(
                        directory.resolve("forced"), StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
                    channel.write(ByteBuffer.wrap(bytes), 0);
                    channel.force(false);
                }
            }
        }
    }

    /** Where paths come from. */
    private interface FileSystemUser {
        Path path(String text);
    }

    private static List<CompletableFuture<Void>> start(Rig rig, int rounds) {
        FileSystemUser user = rig.table.find(Rig.POINT).orElseThrow().fileSystem()::getPath;
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int worker = 0; worker < WORKERS; worker++) {
            int number = worker;
            CompletableFuture<Void> done = new CompletableFuture<>();
            rig.clockwork.execute("worker " + worker, () -> {
                try {
                    work(user, number, rounds);
                    done.complete(null);
                } catch (Throwable failure) {
                    done.completeExceptionally(failure);
                }
            });
            all.add(done);
        }
        return all;
    }

    @Test
    void workersOnFilesOfTheirOwn_doNotDisturbEachOther() throws Exception {
        try (Rig rig = Rig.formatted("fat32", new FakeDisk("fake0", 48 << 20), 1 << 20)) {
            rig.mount();
            for (CompletableFuture<Void> worker : start(rig, 60)) {
                worker.get(60, TimeUnit.SECONDS);
            }
            assertTrue(rig.unmount().clean());
            Peers.check(rig.disk, "after four workers");
        }
    }

    @Test
    void unmountUnderLoad_endsEveryWorkerAndLeavesACleanVolume() throws Exception {
        for (int round = 0; round < 10; round++) {
            try (Rig rig = Rig.formatted("fat16", new FakeDisk("fake0", 24 << 20), 1 << 20)) {
                rig.mount();
                List<CompletableFuture<Void>> workers = start(rig, 100_000);
                awaitRequests(rig, 200 + round * 50);
                assertTrue(rig.unmount().clean());
                for (CompletableFuture<Void> worker : workers) {
                    Throwable failure = worker.handle((nothing, f) -> f).get(10, TimeUnit.SECONDS);
                    boolean closed = failure instanceof ClosedFileSystemException
                            || failure instanceof java.nio.channels.ClosedChannelException;
                    assertTrue(closed, String.valueOf(failure));
                }
                Peers.check(rig.disk, "round " + round);
            }
        }
    }

    @Test
    void yankUnderLoad_endsEveryWorkerWithTheOneTypedException() throws Exception {
        for (int round = 0; round < 20; round++) {
            try (Rig rig = Rig.formatted("fat16", new FakeDisk("fake0", 24 << 20), 1 << 20)) {
                rig.mount();
                List<CompletableFuture<Void>> workers = start(rig, 100_000);
                awaitRequests(rig, 50 + round * 30);
                if (round % 2 == 0) {
                    rig.disk.yank();
                } else {
                    rig.disk.yankTellingFirst();
                }
                for (CompletableFuture<Void> worker : workers) {
                    Throwable failure = worker.handle((nothing, f) -> f).get(10, TimeUnit.SECONDS);
                    assertEquals(DiskGoneException.class, failure.getClass(), String.valueOf(failure));
                }
                rig.unmount();
                rig.disk = rig.disk.again();
                rig.mount();
            }
        }
    }

    @Test
    void orderlyRemovalUnderLoad_leavesACleanVolume() throws Exception {
        for (int round = 0; round < 10; round++) {
            try (Rig rig = Rig.formatted("fat16", new FakeDisk("fake0", 24 << 20), 1 << 20)) {
                rig.mount();
                List<CompletableFuture<Void>> workers = start(rig, 100_000);
                awaitRequests(rig, 100 + round * 40);
                rig.disk.remove();
                for (CompletableFuture<Void> worker : workers) {
                    Throwable failure = worker.handle((nothing, f) -> f).get(10, TimeUnit.SECONDS);
                    assertEquals(DiskGoneException.class, failure.getClass(), String.valueOf(failure));
                }
                assertTrue(rig.unmount().clean());
                Peers.check(rig.disk, "round " + round);
            }
        }
    }

    @Test
    void readerOfOneFile_isNotHeldUpByABlockedReaderOfAnother() throws Exception {
        try (Rig rig = Rig.formatted("fat32", 40 << 20)) {
            rig.mount();
            Files.write(rig.path("/one"), new byte[500_000]);
            Files.write(rig.path("/two"), content(2, 2));
            rig.unmount();
            Mount mount = rig.mount();
            FileChannel one = FileChannel.open(rig.path("/one"));
            assertArrayEquals(content(2, 2), Files.readAllBytes(rig.path("/two")));
            rig.disk.hold(bio -> bio.op() == BioOp.READ);
            CountDownLatch ended = new CountDownLatch(1);
            rig.clockwork.execute("blocked", () -> {
                try {
                    one.read(ByteBuffer.allocate(23_000), 400_000);
                } catch (IOException gone) {
                    // At the end of this test.
                }
                ended.countDown();
            });
            rig.disk.awaitHeld();
            assertArrayEquals(content(2, 2), Files.readAllBytes(rig.path("/two")));
            assertEquals(1, ended.getCount());
            rig.disk.release();
            assertTrue(ended.await(10, TimeUnit.SECONDS));
            assertEquals("/mnt/card", mount.point());
        }
    }

    private static void awaitRequests(Rig rig, int count) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (rig.disk.requests() < count && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertTrue(rig.disk.requests() >= count, "the workers make no progress");
    }
}
