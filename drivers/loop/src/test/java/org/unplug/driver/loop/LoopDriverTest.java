package org.unplug.driver.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unplug.block.BlockException;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.testing.DiskDriverContract;
import org.unplug.ref.Clockwork;

class LoopDriverTest extends DiskDriverContract {

    private static final DiskSpec.Timeouts SHORT = new DiskSpec.Timeouts(30_000, 200, 200);

    @TempDir
    Path directory;

    private int images;

    @Override
    protected Candidate make() throws IOException {
        LoopDriver driver = driver(image(2 << 20));
        return new Candidate(driver, driver.spec("loop"));
    }

    private Path image(long bytes) throws IOException {
        Path file = directory.resolve("image" + images++);
        try (RandomAccessFile created = new RandomAccessFile(file.toFile(), "rw")) {
            created.setLength(bytes);
        }
        return file;
    }

    private LoopDriver driver(Path file) throws IOException {
        return new LoopDriver(open(file, 512), clockwork, 2);
    }

    private static Image open(Path file, int block) throws IOException {
        return Image.open(file, false, Image.IfProtected.READ_ONLY, block);
    }

    private static void refused(Path file, String reason) {
        FileSystemException refusal = assertThrows(FileSystemException.class, () -> open(file, 512));
        assertEquals(file + ": " + reason, refusal.getMessage());
    }

    @Test
    void misfits_areRefusedInOneLineThatNamesFileAndReason() throws IOException {
        refused(directory.resolve("none"), "no such file");
        refused(directory, "is a directory");
        refused(image(1000), "1000 bytes are not a positive multiple of the 512 byte block");
        refused(image(0), "0 bytes are not a positive multiple of the 512 byte block");
        refused(Path.of("/dev/zero"), "is neither a file nor a block device");
        Path used = image(4096);
        Image first = open(used, 512);
        refused(used, "is in use by another disk");
        first.channel().close();
        open(used, 4096).channel().close();
        assertThrows(FileSystemException.class, () -> open(image(512), 4096));
        assertThrows(IllegalArgumentException.class, () -> open(used, 1000));
    }

    @Test
    void protectedFile_makesAReadOnlyDisk_orIsRefusedWhereThatWasAsked() throws IOException {
        Path file = image(4096);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
        FileSystemException refusal =
                assertThrows(FileSystemException.class, () -> Image.open(file, false, Image.IfProtected.FAIL, 512));
        assertEquals(file + ": is write protected, and a read-only disk was not asked for", refusal.getMessage());
        LoopDriver driver = driver(file);
        String name = layer.add(driver.spec("loop"), driver).info().name();
        assertEquals(
                BlockStatus.PROTECTED,
                assertThrows(BlockException.class, () -> layer.open(name)).status());
        layer.open(name, Holder.named("reader"), OpenMode.READ).read(0, ByteBuffer.allocate(512));
    }

    @Test
    void acknowledgedAndFlushed_isInTheFile() throws IOException {
        Path file = image(4096);
        LoopDriver driver = driver(file);
        DiskRegistration disk = layer.add(driver.spec("loop"), driver);
        layer.open(disk.info().name()).write(3, ByteBuffer.wrap(new byte[512]).put(511, (byte) 7));
        disk.remove(Removal.ORDERLY);
        driver.close();
        assertEquals(7, Files.readAllBytes(file)[2047]);
    }

    @Test
    void channel_isClosedAfterTheRemoval_andTheFileCanBeUsedAgain() throws IOException {
        Path file = image(4096);
        Image image = open(file, 512);
        LoopDriver driver = new LoopDriver(image, clockwork, 2);
        DiskRegistration disk = layer.add(driver.spec("loop"), driver);
        disk.remove(Removal.SURPRISE);
        assertTrue(image.channel().isOpen());
        driver.close();
        assertFalse(image.channel().isOpen());
        open(file, 512).channel().close();
    }

    @Test
    void imageThatWasTruncated_failsThatRequest_andTheDiskGoesOn() throws IOException {
        Path file = image(4096);
        LoopDriver driver = driver(file);
        DiskHandle handle =
                layer.open(layer.add(driver.spec("loop"), driver).info().name());
        try (RandomAccessFile cut = new RandomAccessFile(file.toFile(), "rw")) {
            cut.setLength(2048);
        }
        assertEquals(
                BlockStatus.IOERR,
                assertThrows(BlockException.class, () -> handle.read(6, ByteBuffer.allocate(512)))
                        .status());
        handle.read(0, ByteBuffer.allocate(512));
    }

    private static LoopDriver held(Image image, HeldChannel channel, Clockwork clockwork) {
        Image held = new Image(image.path(), channel, image.bytes(), image.logicalBlockBytes(), image.readOnly());
        return new LoopDriver(held, clockwork, 4);
    }

    /** The clock is the driver's own and steps an hour whenever it is looked at: so every request is late for memory. */
    @Test
    void requestThatTheHostHoldsUp_letsReadsPassIt_andNoSecondWrite() throws Exception {
        Image image = open(image(1 << 20), 512);
        HeldChannel channel = new HeldChannel(image.channel());
        LoopDriver driver = held(image, channel, new Hours(clockwork, true));
        DiskRegistration disk = layer.add(driver.spec("loop"), driver);
        assertTrue(layer.settle(10_000));
        DiskHandle held = layer.open(disk.info().name());
        CountDownLatch written = new CountDownLatch(3);
        for (int sector = 0; sector < 3; sector++) {
            ByteBuffer content = ByteBuffer.allocate(512).put(0, (byte) (sector + 1));
            held.submit(held.newBio().write(sector, content).onEnd(bio -> written.countDown()));
            assertTrue(channel.inside.await(60, TimeUnit.SECONDS));
        }
        held.read(8, ByteBuffer.allocate(512));
        assertEquals(3, written.getCount());
        channel.letGo.countDown();
        assertTrue(written.await(60, TimeUnit.SECONDS));
        assertEquals(1, channel.mostWriters.get());
        ByteBuffer found = ByteBuffer.allocate(3 * 512);
        held.read(0, found);
        assertEquals(3, found.get(1024));
        disk.remove(Removal.ORDERLY);
        driver.close();
    }

    /** By the driver's clock the host is not late yet when the others come, and nothing happens after them. */
    @Test
    void whatStandsBehindARequestThatTheHostHoldsUp_waitsForNothingElse() throws Exception {
        Image image = open(image(1 << 20), 512);
        HeldChannel channel = new HeldChannel(image.channel());
        LoopDriver driver = held(image, channel, new Hours(clockwork, false));
        DiskRegistration disk = layer.add(driver.spec("loop"), driver);
        assertTrue(layer.settle(10_000));
        DiskHandle held = layer.open(disk.info().name());
        held.submit(held.newBio().write(0, ByteBuffer.allocate(512)));
        assertTrue(channel.inside.await(60, TimeUnit.SECONDS));
        CountDownLatch read = new CountDownLatch(2);
        for (int sector = 8; sector < 10; sector++) {
            held.submit(held.newBio().read(sector, ByteBuffer.allocate(512)).onEnd(bio -> read.countDown()));
        }
        assertTrue(read.await(60, TimeUnit.SECONDS));
        channel.letGo.countDown();
        disk.remove(Removal.ORDERLY);
        driver.close();
    }

    /** The look never comes by itself here, so it is still to come when the disk is removed. */
    @Test
    void removalUnderAWorkerThatTheHostHoldsUp_leavesNobodyToLookLater() throws Exception {
        Image image = open(image(1 << 20), 512);
        HeldChannel channel = new HeldChannel(image.channel());
        List<AtomicBoolean> looks = new CopyOnWriteArrayList<>();
        Clockwork noTimers = new Hours(clockwork, false) {
            @Override
            public Timer schedule(long delayMs, Runnable task) {
                AtomicBoolean wanted = new AtomicBoolean(true);
                looks.add(wanted);
                return () -> wanted.set(false);
            }
        };
        LoopDriver driver = held(image, channel, noTimers);
        DiskRegistration disk = layer.add(driver.spec("loop").withTimeouts(SHORT), driver);
        assertTrue(layer.settle(10_000));
        DiskHandle held = layer.open(disk.info().name());
        held.submit(held.newBio().write(0, ByteBuffer.allocate(512)));
        assertTrue(channel.inside.await(60, TimeUnit.SECONDS));
        CountDownLatch ended = new CountDownLatch(1);
        held.submit(held.newBio().read(8, ByteBuffer.allocate(512)).onEnd(bio -> ended.countDown()));
        assertEquals(1, looks.stream().filter(AtomicBoolean::get).count());
        disk.remove(Removal.SURPRISE);
        driver.close();
        assertTrue(ended.await(60, TimeUnit.SECONDS));
        assertEquals(0, looks.stream().filter(AtomicBoolean::get).count());
        channel.letGo.countDown();
    }

    /** A clockwork that goes on by an hour when a timer is due, and whenever it is looked at if so wanted. */
    private static class Hours implements Clockwork {
        private final Clockwork under;
        private final boolean atEachLook;
        private final AtomicLong hours = new AtomicLong();

        Hours(Clockwork under, boolean atEachLook) {
            this.under = under;
            this.atEachLook = atEachLook;
        }

        @Override
        public long nanoTime() {
            return TimeUnit.HOURS.toNanos(atEachLook ? hours.incrementAndGet() : hours.get());
        }

        @Override
        public void execute(String name, Runnable task) {
            under.execute(name, task);
        }

        @Override
        public Timer schedule(long delayMs, Runnable task) {
            return under.schedule(delayMs, () -> {
                hours.incrementAndGet();
                task.run();
            });
        }

        @Override
        public void await(Object monitor, long timeoutNanos) {
            under.await(monitor, timeoutNanos);
        }
    }
}
