package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.unplug.block.BioOp;
import org.unplug.fs.DiskGoneException;
import org.unplug.fs.Mount;
import org.unplug.fs.MountState;
import org.unplug.fs.UnmountReport;

/** The disk goes: R6, R8 and R9 of the removal contract, as a mount keeps them. */
@Timeout(60)
class RemovalTest {
    private static final StandardOpenOption[] NEW = {StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW};

    private static byte[] noise(int seed, int size) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Runs on a thread of its own; its failure comes out of the future. */
    private static CompletableFuture<Void> run(Rig rig, Executable work) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        rig.clockwork.execute("test", () -> {
            try {
                work.execute();
                done.complete(null);
            } catch (Throwable failure) {
                done.completeExceptionally(failure);
            }
        });
        return done;
    }

    private static Throwable failureOf(CompletableFuture<Void> future) throws Exception {
        return future.handle((nothing, failure) -> failure).get(10, TimeUnit.SECONDS);
    }

    /** Creates, writes, forces; then more without force. */
    private static void session(Rig rig, Runnable forced) throws IOException {
        Files.createDirectory(rig.path("/dir"));
        try (FileChannel channel = FileChannel.open(rig.path("/dir/forced file.bin"), NEW)) {
            channel.write(ByteBuffer.wrap(noise(1, 200_000)));
            channel.force(true);
            forced.run();
        }
        Files.write(rig.path("/dir/not forced.bin"), noise(2, 100_000));
        Files.delete(rig.path("/old.bin"));
        rig.table.find(Rig.POINT).orElseThrow().sync();
    }

    @Test
    void diskGoneAtEachRequest_failsTypedAndUnmountsAndKeepsWhatWasForced() throws IOException {
        int total;
        try (Rig rig = prepared()) {
            rig.mount();
            int before = rig.disk.requests();
            session(rig, () -> {});
            total = rig.disk.requests() - before;
        }
        assertTrue(total > 20, "the session makes " + total + " requests");
        for (int n = 0; n < total; n++) {
            checkAfter(n);
        }
    }

    private static Rig prepared() throws IOException {
        Rig rig = Rig.formatted("fat16", 20 << 20);
        rig.mount();
        Files.write(rig.path("/old.bin"), noise(3, 50_000));
        rig.unmount();
        return rig;
    }

    private static void checkAfter(int n) throws IOException {
        try (Rig rig = prepared()) {
            rig.mount();
            rig.disk.goneAfter(n);
            AtomicBoolean forced = new AtomicBoolean();
            assertThrows(DiskGoneException.class, () -> session(rig, () -> forced.set(true)), "request " + n);
            int asked = rig.disk.requests();
            assertThrows(DiskGoneException.class, () -> Files.readAttributes(rig.path("/"), "size"));
            assertThrows(DiskGoneException.class, () -> Files.write(rig.path("/new"), new byte[1]));
            assertEquals(MountState.DEAD, rig.table.list().get(0).state());
            assertFalse(rig.unmount().clean());
            assertEquals(asked, rig.disk.requests(), "a dead disk was asked");
            assertFalse(rig.disk.isOpen());
            rig.disk = rig.disk.again();
            rig.mount();
            Path file = rig.path("/dir/forced file.bin");
            if (forced.get() || (Files.exists(file) && Files.size(file) > 0)) {
                assertArrayEquals(noise(1, 200_000), Files.readAllBytes(file), "gone at request " + n);
            }
            if (Files.exists(rig.path("/old.bin"))) {
                assertArrayEquals(noise(3, 50_000), Files.readAllBytes(rig.path("/old.bin")), "gone at request " + n);
            }
        }
    }

    @Test
    void eachOperationOnADeadMount_throwsTheOneTypedException() throws IOException {
        try (Rig rig = Rig.formatted("fat16", 20 << 20)) {
            Mount mount = rig.mount();
            Path file = rig.path("/file");
            Path directory = Files.createDirectory(rig.path("/directory"));
            Files.write(file, new byte[100]);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
            FileStore store = Files.getFileStore(file);
            try (var stream = Files.newDirectoryStream(rig.path("/"))) {
                var iterator = stream.iterator();
                rig.disk.yankTellingFirst();
                assertInstanceOf(
                        DiskGoneException.class,
                        assertThrows(DirectoryIteratorException.class, iterator::next)
                                .getCause());
            }
            int asked = rig.disk.requests();
            Map<String, Executable> operations = new LinkedHashMap<>();
            operations.put("read", () -> channel.read(ByteBuffer.allocate(1)));
            operations.put("read at", () -> channel.read(ByteBuffer.allocate(1), 0));
            operations.put("read past the end", () -> channel.read(ByteBuffer.allocate(1), 1000));
            operations.put("write", () -> channel.write(ByteBuffer.allocate(1)));
            operations.put("write at", () -> channel.write(ByteBuffer.allocate(1), 5));
            operations.put("size", channel::size);
            operations.put("position", () -> channel.position(1));
            operations.put("truncate", () -> channel.truncate(1));
            operations.put("force", () -> channel.force(true));
            operations.put("lock", channel::tryLock);
            operations.put("transferTo", () -> channel.transferTo(0, 1, channel));
            operations.put("open", () -> FileChannel.open(file));
            operations.put("create", () -> Files.createFile(rig.path("/another")));
            operations.put("list", () -> {
                try (var content = Files.newDirectoryStream(directory)) {
                    content.iterator();
                }
            });
            operations.put("mkdir", () -> Files.createDirectory(rig.path("/another")));
            operations.put("delete", () -> Files.delete(file));
            operations.put("move", () -> Files.move(file, rig.path("/moved")));
            operations.put("copy", () -> Files.copy(file, rig.path("/copied")));
            operations.put("stat", () -> Files.size(file));
            operations.put("attributes", () -> Files.readAttributes(file, "dos:*"));
            operations.put("times", () -> Files.setLastModifiedTime(file, FileTime.fromMillis(0)));
            operations.put("flags", () -> Files.setAttribute(file, "dos:hidden", true));
            operations.put("real path", file::toRealPath);
            operations.put("hidden", () -> Files.isHidden(file));
            operations.put("store", () -> Files.getFileStore(file));
            operations.put("space", store::getTotalSpace);
            operations.put("sync", mount::sync);
            operations.forEach((name, operation) -> {
                DiskGoneException gone = assertThrows(DiskGoneException.class, operation, name);
                assertEquals("fake0", gone.disk(), name);
            });
            assertFalse(Files.exists(file));
            assertEquals(asked, rig.disk.requests(), "a dead disk was asked");
            assertEquals(MountState.DEAD, mount.state());
            assertTrue(mount.fileSystem().isOpen());
            assertEquals(List.of(), rig.left);
            assertFalse(rig.unmount().clean());
            assertEquals(List.of(Rig.POINT), rig.left);
            assertFalse(channel.isOpen());
            assertFalse(mount.fileSystem().isOpen());
            assertThrows(ClosedFileSystemException.class, () -> Files.size(file));
        }
    }

    @Test
    void threadBlockedInWriteBack_wakesWithTheDeathAndNotWithTheRequest() throws Exception {
        try (Rig rig = Rig.formatted("fat32", 40 << 20)) {
            Mount mount = rig.mount();
            Files.write(rig.path("/first"), new byte[10]);
            rig.disk.hold(bio -> bio.op() == BioOp.WRITE);
            CompletableFuture<Void> blocked = run(rig, () -> {
                try (FileChannel channel = FileChannel.open(rig.path("/blocked"), NEW)) {
                    channel.write(ByteBuffer.allocate(100_000));
                    channel.force(true);
                }
            });
            rig.disk.awaitHeld();
            CompletableFuture<Void> behind = run(rig, () -> Files.createDirectory(rig.path("/behind the lock")));
            // As block-core tells its holders: while the requests are still with the driver.
            ((org.unplug.block.Holder) mount).markDead(org.unplug.block.Removal.SURPRISE);
            assertInstanceOf(DiskGoneException.class, failureOf(blocked));
            assertInstanceOf(DiskGoneException.class, failureOf(behind));
            assertTrue(rig.disk.heldCount() > 0, "the driver still holds requests");
            UnmountReport report = rig.unmount();
            assertFalse(report.clean());
            assertTrue(rig.disk.heldCount() > 0, "the driver still holds requests");
            rig.disk.yank();
        }
    }

    @Test
    void threadBlockedInRead_wakesWithTheDeath() throws Exception {
        try (Rig rig = Rig.formatted("fat32", 40 << 20)) {
            rig.mount();
            Files.write(rig.path("/file"), noise(5, 100_000));
            rig.unmount();
            Mount mount = rig.mount();
            Path file = rig.path("/file");
            FileChannel channel = FileChannel.open(file);
            rig.disk.hold(bio -> bio.op() == BioOp.READ);
            CompletableFuture<Void> blocked = run(rig, () -> channel.read(ByteBuffer.allocate(50_000)));
            rig.disk.awaitHeld();
            ((org.unplug.block.Holder) mount).markDead(org.unplug.block.Removal.SURPRISE);
            assertInstanceOf(DiskGoneException.class, failureOf(blocked));
            channel.close();
            rig.disk.yank();
        }
    }

    @Test
    void orderlyRemoval_writesEverythingAndLeavesTheVolumeClean() throws IOException {
        try (Rig rig = Rig.formatted("fat32", 40 << 20)) {
            Mount mount = rig.mount();
            Files.createDirectory(rig.path("/dir"));
            Files.write(rig.path("/dir/file"), noise(4, 500_000));
            FileChannel open = FileChannel.open(rig.path("/open and deleted"), NEW);
            open.write(ByteBuffer.wrap(noise(6, 100_000)));
            Files.delete(rig.path("/open and deleted"));
            rig.disk.remove();
            assertEquals(MountState.DEAD, mount.state());
            Peers.check(rig.disk, "after an orderly removal");
            assertTrue(rig.unmount().clean(), "everything was synced before the disk died");
            rig.disk = rig.disk.again();
            rig.mount();
            assertArrayEquals(noise(4, 500_000), Files.readAllBytes(rig.path("/dir/file")));
            assertTrue(rig.log.stream().noneMatch(line -> line.contains("not unmounted")), rig.log.toString());
        }
    }

    @Test
    void quiescedMount_isReadAndRefusesChanges() throws IOException {
        try (Rig rig = Rig.formatted("fat16", 20 << 20)) {
            Mount mount = rig.mount();
            Files.writeString(rig.path("/file"), "content");
            ((org.unplug.block.Holder) mount).sync(5_000);
            assertEquals(MountState.QUIESCED, mount.state());
            assertEquals("content", Files.readString(rig.path("/file")));
            assertThrows(DiskGoneException.class, () -> Files.writeString(rig.path("/file"), "other"));
            assertTrue(rig.unmount().clean());
        }
    }

    @Test
    void surpriseRemoval_leavesTheVolumeMarkedDirty() throws IOException {
        try (Rig rig = Rig.formatted("fat16", 20 << 20)) {
            rig.mount();
            Files.writeString(rig.path("/file"), "content");
            rig.disk.yankTellingFirst();
            rig.unmount();
            rig.disk = rig.disk.again();
            rig.mount();
            assertTrue(rig.log.stream().anyMatch(line -> line.contains("not unmounted orderly")), rig.log.toString());
        }
    }

    @Test
    void unmountOfADiskThatDoesNotAnswer_returnsAfterItsTimeOut() throws Exception {
        try (Rig rig = Rig.formatted("fat16", 20 << 20)) {
            rig.mount();
            Files.write(rig.path("/file"), new byte[100_000]);
            rig.disk.hold(bio -> bio.op() == BioOp.WRITE);
            UnmountReport report = rig.unmount();
            assertFalse(report.clean());
            assertEquals(1, report.problems().size(), report.toString());
            assertFalse(rig.disk.isOpen());
            assertEquals(List.of(), rig.table.list());
            rig.disk.yank();
        }
    }

    @Test
    void changesReachTheDiskOnTheirOwn() throws Exception {
        try (Rig rig = Rig.formatted("fat16", 20 << 20)) {
            Mount mount = rig.mount();
            Files.write(rig.path("/file"), new byte[100_000]);
            assertTrue(mount.isDirty());
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (mount.isDirty() && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
            assertFalse(mount.isDirty());
        }
    }
}
