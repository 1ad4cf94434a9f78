package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unplug.block.Bio;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskInfo;
import org.unplug.fs.DiskGoneException;

/** How many requests a disk sees for what is done to files. */
@Timeout(120)
class RequestsTest {
    private static final int FILES = 400;
    private static final int FILE_BYTES = 3000;

    private static byte[] content(int i) {
        byte[] content = new byte[FILE_BYTES];
        Arrays.fill(content, (byte) i);
        ByteBuffer.wrap(content).put(String.format("This is file %04d.", i).getBytes(StandardCharsets.US_ASCII));
        return content;
    }

    private static String name(int i) {
        return "/F" + i + ".TXT";
    }

    private static Rig withSmallFiles(String type) throws IOException {
        Rig rig = Rig.formatted(type, 64 << 20);
        rig.mount();
        for (int i = 0; i < FILES; i++) {
            Files.write(rig.path(name(i)), content(i));
        }
        return rig;
    }

    @ParameterizedTest
    @ValueSource(strings = {"fat16", "fat32", "exfat"})
    void rowOfSmallFiles_isWrittenInFewRequests(String type) throws IOException {
        try (Rig rig = withSmallFiles(type)) {
            int before = rig.disk.requests();
            assertTrue(rig.unmount().clean());
            int requests = rig.disk.requests() - before;
            assertTrue(requests < FILES / 5, requests + " requests for " + FILES + " files");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fat16", "fat32", "exfat"})
    void rowOfSmallFiles_isReadInFewRequests(String type) throws IOException {
        try (Rig rig = withSmallFiles(type)) {
            assertTrue(rig.unmount().clean());
            rig.mount();
            int before = rig.disk.requests();
            for (int i = 0; i < FILES; i++) {
                assertArrayEquals(content(i), Files.readAllBytes(rig.path(name(i))));
            }
            int requests = rig.disk.requests() - before;
            assertTrue(requests < FILES / 10, requests + " requests for " + FILES + " files");
        }
    }

    /** Its clusters lie between those of its files. */
    @Test
    void directoryInManyPlaces_isAskedForAtOnce() throws Exception {
        try (Rig rig = withSmallFiles("fat32")) {
            assertTrue(rig.unmount().clean());
            rig.disk.hold(bio -> bio.op() == BioOp.READ && holdsNames(rig.disk.bytes, bio));
            CompletableFuture<Integer> count = CompletableFuture.supplyAsync(() -> mountAndCount(rig));
            try {
                rig.disk.awaitHeld(8);
            } finally {
                rig.disk.release();
            }
            assertEquals(FILES, count.get(60, TimeUnit.SECONDS));
        }
    }

    private static boolean holdsNames(byte[] disk, Bio bio) {
        int from = (int) bio.sector() * DiskInfo.SECTOR_BYTES;
        int bytes = (int) bio.sectors() * DiskInfo.SECTOR_BYTES;
        return new String(disk, from, bytes, StandardCharsets.ISO_8859_1).contains("TXT ");
    }

    private static int mountAndCount(Rig rig) {
        try {
            rig.mount();
            try (Stream<Path> all = Files.list(rig.path("/"))) {
                return (int) all.count();
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Test
    void sectorThatCannotBeRead_failsItsFileAlone() throws IOException {
        try (Rig rig = withSmallFiles("fat32")) {
            assertTrue(rig.unmount().clean());
            int bad = FILES / 2;
            long sector = find(rig.disk.bytes, content(bad)) / DiskInfo.SECTOR_BYTES;
            rig.disk.fail(
                    bio -> bio.op() == BioOp.READ && bio.sector() <= sector && sector < bio.sector() + bio.sectors(),
                    BlockStatus.MEDIUM);
            rig.mount();
            int pageMates = 0;
            for (int i = 0; i < FILES; i++) {
                int file = i;
                if (i == bad) {
                    assertThrows(IOException.class, () -> Files.readAllBytes(rig.path(name(file))));
                } else {
                    pageMates += isRead(rig, i) ? 0 : 1;
                }
            }
            // A page of 16 KiB is read as a whole, as it was before anything was read ahead.
            assertTrue(pageMates < 2 * 16384 / FILE_BYTES, pageMates + " other files cannot be read");
        }
    }

    /** The entry that is to be written over is not in the cache any more. */
    @ParameterizedTest
    @ValueSource(strings = {"fat16", "fat32", "exfat"})
    void moveThatFailsInAnEntry_leavesBothFilesFound(String type) throws IOException {
        int files = 16;
        try (Rig rig = Rig.formatted(type, 64 << 20)) {
            rig.mount();
            Files.createDirectory(rig.path("/d"));
            for (int i = 0; i < files; i++) {
                Files.write(rig.path("/d" + name(i)), content(i));
            }
            Files.write(rig.path("/large"), new byte[12 << 20]);
            rig.table.sync();
            assertEquals(12 << 20, Files.readAllBytes(rig.path("/large")).length);
            rig.disk.fail(bio -> bio.op() == BioOp.READ, BlockStatus.MEDIUM);
            for (int i = 0; i < files * files; i++) {
                Path from = rig.path("/d" + name(i / files));
                Path to = rig.path("/d" + name(i % files));
                if (!from.equals(to)) {
                    assertThrows(IOException.class, () -> Files.move(from, to, StandardCopyOption.REPLACE_EXISTING));
                }
                assertTrue(Files.exists(from) && Files.exists(to), from + " to " + to);
            }
            rig.disk.fail(bio -> false, BlockStatus.OK);
            for (int i = 0; i < files; i++) {
                assertArrayEquals(content(i), Files.readAllBytes(rig.path("/d" + name(i))));
            }
            assertTrue(rig.unmount().clean());
            Peers.check(rig.disk, type);
        }
    }

    private static boolean isRead(Rig rig, int i) {
        try {
            assertArrayEquals(content(i), Files.readAllBytes(rig.path(name(i))));
            return true;
        } catch (IOException unread) {
            return false;
        }
    }

    private static int find(byte[] disk, byte[] content) {
        for (int at = 0; at < disk.length; at += DiskInfo.SECTOR_BYTES) {
            if (Arrays.equals(disk, at, at + DiskInfo.SECTOR_BYTES, content, 0, DiskInfo.SECTOR_BYTES)) {
                return at;
            }
        }
        throw new AssertionError("the file is not on the disk");
    }

    @Test
    void smallFilesAndLargeOnes_areWhatTheyWereAfterManyMountsThatShareMemory() throws IOException {
        try (Rig rig = withSmallFiles("fat32")) {
            for (int round = 0; round < 3; round++) {
                byte[] large = new byte[(3 << 20) + round];
                Arrays.fill(large, (byte) (round + 1));
                Files.write(rig.path("/large"), large);
                assertTrue(rig.unmount().clean());
                rig.mount();
                assertArrayEquals(large, Files.readAllBytes(rig.path("/large")));
                assertEquals(FILE_BYTES, Files.size(rig.path(name(round))));
                assertArrayEquals(content(round), Files.readAllBytes(rig.path(name(round))));
            }
        }
    }

    private static CompletableFuture<Void> later(Work work) {
        return CompletableFuture.runAsync(() -> {
            try {
                work.run();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
    }

    /** What another thread does. */
    private interface Work {
        void run() throws IOException;
    }

    private static boolean isOf(BioOp op, Bio bio) {
        return bio.op() == op;
    }

    /** In the boot sector and in both copies of the table. */
    @Test
    void markOfAVolumeInUse_goesToTheDiskAsOne() throws Exception {
        try (Rig rig = withSmallFiles("fat32")) {
            assertTrue(rig.unmount().clean());
            rig.mount();
            rig.disk.hold(bio -> isOf(BioOp.WRITE, bio));
            CompletableFuture<Void> deleting = later(() -> Files.delete(rig.path(name(0))));
            try {
                rig.disk.awaitHeld(3);
            } finally {
                rig.disk.release();
            }
            deleting.get(60, TimeUnit.SECONDS);
            assertTrue(rig.unmount().clean());
        }
    }

    /** A mark is in the boot sector, and of FAT in both copies of the table. */
    @ParameterizedTest
    @CsvSource({"fat16, 3", "fat32, 3", "exfat, 1"})
    void flushAfterWrites_isSubmittedByWhoeverEndsTheLast(String type, int writes) throws Exception {
        try (Rig rig = withSmallFiles(type)) {
            assertTrue(rig.unmount().clean());
            rig.mount();
            List<Thread> flushing = new CopyOnWriteArrayList<>();
            rig.disk.hold(bio -> isOf(BioOp.WRITE, bio));
            rig.disk.fail(
                    bio -> {
                        if (isOf(BioOp.FLUSH, bio)) {
                            flushing.add(Thread.currentThread());
                        }
                        return false;
                    },
                    BlockStatus.OK);
            AtomicReference<Thread> deleter = new AtomicReference<>();
            CompletableFuture<Void> deleting = later(() -> {
                deleter.set(Thread.currentThread());
                Files.delete(rig.path(name(0)));
            });
            rig.disk.awaitHeld(writes);
            // Once all is held he waits for one thing only.
            while (deleter.get().getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
            rig.disk.release();
            deleting.get(60, TimeUnit.SECONDS);
            assertEquals(List.of(Thread.currentThread()), flushing);
            assertTrue(rig.unmount().clean());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fat16", "fat32", "exfat"})
    void writeThatFails_isNotFlushedAndIsWrittenTheNextTime(String type) throws IOException {
        try (Rig rig = Rig.formatted(type, 64 << 20)) {
            rig.mount();
            AtomicInteger flushes = new AtomicInteger();
            rig.disk.fail(
                    bio -> {
                        flushes.addAndGet(isOf(BioOp.FLUSH, bio) ? 1 : 0);
                        return isOf(BioOp.WRITE, bio);
                    },
                    BlockStatus.IOERR);
            assertThrows(IOException.class, () -> Files.write(rig.path("/a"), new byte[] {1}));
            assertEquals(0, flushes.get());
            rig.disk.fail(bio -> false, BlockStatus.OK);
            Files.write(rig.path("/a"), new byte[] {1});
            assertTrue(rig.unmount().clean());
            Peers.check(rig.disk, type);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fat16", "fat32", "exfat"})
    void flushThatFails_isToldAndComesAgain(String type) throws IOException {
        try (Rig rig = Rig.formatted(type, 64 << 20)) {
            rig.mount();
            rig.disk.fail(bio -> isOf(BioOp.FLUSH, bio), BlockStatus.IOERR);
            IOException told = assertThrows(IOException.class, () -> Files.write(rig.path("/a"), new byte[] {1}));
            assertTrue(told.getMessage().contains("flush"), told.getMessage());
            rig.disk.fail(bio -> false, BlockStatus.OK);
            Files.write(rig.path("/a"), new byte[] {1});
            int before = rig.disk.requests();
            rig.table.sync();
            assertTrue(rig.disk.requests() > before, "nothing was asked of the disk");
            assertTrue(rig.unmount().clean());
        }
    }

    @Test
    void diskThatGoesBeforeItsFlush_endsTheWait() throws Exception {
        try (Rig rig = withSmallFiles("fat32")) {
            assertTrue(rig.unmount().clean());
            rig.mount();
            rig.disk.hold(bio -> isOf(BioOp.FLUSH, bio));
            CompletableFuture<Void> deleting = later(() -> Files.delete(rig.path(name(0))));
            rig.disk.awaitHeld();
            rig.disk.yankTellingFirst();
            ExecutionException ended = assertThrows(ExecutionException.class, () -> deleting.get(60, TimeUnit.SECONDS));
            assertInstanceOf(DiskGoneException.class, ended.getCause().getCause());
        }
    }

    /** Of such a stream a piece that is not full is the last one. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 128 * 1024 - 1, 128 * 1024, 128 * 1024 + 1, 3 * 128 * 1024})
    void streamOfAFile_hasAllOfItFromWhereItIs(int bytes) throws IOException {
        try (Rig rig = Rig.formatted("fat32", 64 << 20)) {
            rig.mount();
            byte[] content = new byte[bytes];
            new Random(bytes).nextBytes(content);
            Files.write(rig.path("/a"), content);
            for (int skipped : new int[] {0, Math.min(bytes, 7), bytes}) {
                try (InputStream in = Files.newInputStream(rig.path("/a"))) {
                    in.skipNBytes(skipped);
                    ByteArrayOutputStream out = new ByteArrayOutputStream();
                    assertEquals(bytes - skipped, in.transferTo(out));
                    assertArrayEquals(Arrays.copyOfRange(content, skipped, bytes), out.toByteArray());
                    assertEquals(-1, in.read());
                }
            }
        }
    }
}
