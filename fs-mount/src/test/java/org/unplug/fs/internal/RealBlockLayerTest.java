package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskState;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.internal.genhd.DiskEvents;
import org.unplug.block.internal.genhd.DiskTable;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.internal.genhd.Owner;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.spi.Request;
import org.unplug.fs.DiskGoneException;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.Mount;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountState;
import org.unplug.fs.MountTable;
import org.unplug.fs.internal.fat.Vfat;
import org.unplug.fs.internal.mount.Mounts;
import org.unplug.fs.internal.mount.Patience;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Leaks;
import org.unplug.ref.SystemClockwork;

/** A mount over the real block layer, whose driver completes on a thread of its own: the two sides of the removal together. */
@Timeout(120)
class RealBlockLayerTest {
    private static final int BYTES = 24 << 20;

    private final SystemClockwork clockwork = Clockwork.system("real");
    private final List<String> faults = new CopyOnWriteArrayList<>();
    private final DiskTable disks = new DiskTable(clockwork, new Events());
    private final Owner driverBundle = new Owner(1, "driver");
    private final Owner mountBundle = new Owner(2, "fs-mount");
    private final Mounts table = new Mounts(
            (name, epoch, holder, mode) -> {
                Gendisk disk = disks.find(name);
                if (disk == null) {
                    throw new NoSuchFileException(name, null, "no such disk");
                }
                return disk.open(mountBundle, holder, mode);
            },
            Patience.none(),
            () -> List.of(new Vfat(InstantSource.system(), ZoneOffset.UTC)),
            clockwork,
            new Mounts.Settings(1 << 20, 5_000),
            Mounts.Listener.none(),
            line -> {});

    private final class Events implements DiskEvents {
        @Override
        public Published publish(Gendisk disk) {
            return () -> {};
        }

        @Override
        public void added(DiskInfo disk) {}

        @Override
        public void removed(RemovalReport report) {}

        @Override
        public void released(DiskInfo disk) {}

        @Override
        public void fault(String line) {
            faults.add(line);
        }

        @Override
        public void leaked(Leaks.Held held) {
            faults.add("leaked " + held);
        }
    }

    /** Bytes in memory. */
    private final class MemoryDriver implements DiskDriver {
        private final byte[] bytes;
        private final AtomicInteger inside = new AtomicInteger();
        private final AtomicBoolean stuck = new AtomicBoolean();

        MemoryDriver(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public boolean queueRequest(Request request) {
            inside.incrementAndGet();
            if (!stuck.get()) {
                clockwork.execute("driver", () -> request.complete(perform(request)));
            }
            inside.decrementAndGet();
            return true;
        }

        private BlockStatus perform(Request request) {
            int at = (int) request.sector() * 512;
            for (int i = 0; i < request.segmentCount(); i++) {
                ByteBuffer segment = request.segment(i).duplicate();
                int n = segment.remaining();
                if (request.op() == BioOp.READ) {
                    segment.put(bytes, at, n);
                } else {
                    segment.get(bytes, at, n);
                }
                at += n;
            }
            return BlockStatus.OK;
        }
    }

    private Gendisk add(MemoryDriver driver) {
        DiskSpec spec = DiskSpec.of("mem", BYTES / 512)
                .withLimits(QueueLimits.DEFAULT.withQueueDepth(8).withWriteCache(true, false))
                .withTimeouts(new DiskSpec.Timeouts(30_000, 5_000, 500));
        return disks.add(driverBundle, spec, driver);
    }

    private Mount mount() throws IOException {
        return table.mount("mem0", "/mnt", MountTable.AUTO, MountOptions.DEFAULT);
    }

    @AfterEach
    void close() {
        table.close();
        disks.close();
        clockwork.close();
        assertEquals(List.of(), faults);
    }

    private CompletableFuture<Throwable> writeForEver(Mount mount, String name) {
        CompletableFuture<Throwable> ended = new CompletableFuture<>();
        clockwork.execute("writer", () -> {
            Throwable failure = null;
            for (int i = 0; failure == null; i++) {
                try {
                    Path file = mount.fileSystem().getPath("/" + name + " " + i % 20);
                    Files.write(file, new byte[60_000 + i]);
                    assertEquals(60_000 + i, Files.size(file));
                } catch (Throwable e) {
                    failure = e;
                }
            }
            ended.complete(failure);
        });
        return ended;
    }

    /** Until the mount was seen dirty once: write-back may have cleaned it again by the time this returns. */
    private static void awaitDirty(Mount mount, CompletableFuture<Throwable> writer) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!mount.isDirty()) {
            if (writer.isDone()) {
                throw new AssertionError("the writer ended before the removal", writer.join());
            }
            assertTrue(System.nanoTime() < deadline, "nothing was dirty within 20 s");
            Thread.onSpinWait();
        }
    }

    /** A dead mount keeps no handle: it closes its own when it is told of the removal, for which remove() does not wait. */
    private static void awaitReleased(Gendisk disk) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (disk.state() != DiskState.RELEASED) {
            assertTrue(System.nanoTime() < deadline, () -> "a dead mount keeps a handle of " + disk);
            Thread.onSpinWait();
        }
    }

    @Test
    void orderlyRemovalUnderLoad_isSyncedAndTheVolumeClean() throws Exception {
        byte[] medium = new byte[BYTES];
        Gendisk disk = add(new MemoryDriver(medium));
        table.format("mem0", FormatOptions.of("fat16"));
        for (int round = 0; round < 5; round++) {
            Mount mount = mount();
            CompletableFuture<Throwable> one = writeForEver(mount, "one");
            CompletableFuture<Throwable> two = writeForEver(mount, "two");
            awaitDirty(mount, one);
            RemovalReport report = disk.remove(Removal.ORDERLY);
            assertTrue(report.synced() && report.quiet() && report.laggards().isEmpty(), report.summary());
            for (CompletableFuture<Throwable> writer : List.of(one, two)) {
                assertTrue(writer.get(10, TimeUnit.SECONDS) instanceof FileSystemException);
            }
            assertEquals(MountState.DEAD, mount.state());
            assertTrue(table.unmount("/mnt").clean());
            awaitReleased(disk);
            Peers.check(new FakeDisk("copy", medium, 512, false), "round " + round);
            disk = add(new MemoryDriver(medium));
        }
    }

    @Test
    void surpriseRemovalUnderLoad_endsWritersTypedAndUnmounts() throws Exception {
        byte[] medium = new byte[BYTES];
        Gendisk disk = add(new MemoryDriver(medium));
        table.format("mem0", FormatOptions.of("fat16"));
        for (int round = 0; round < 10; round++) {
            Mount mount = mount();
            CompletableFuture<Throwable> writer = writeForEver(mount, "round " + round);
            awaitDirty(mount, writer);
            RemovalReport report = disk.remove(Removal.SURPRISE);
            assertTrue(report.quiet() && report.laggards().isEmpty(), report.summary());
            assertEquals(
                    DiskGoneException.class, writer.get(10, TimeUnit.SECONDS).getClass());
            assertThrows(
                    DiskGoneException.class, () -> Files.size(mount.fileSystem().getPath("/")));
            awaitReleased(disk);
            table.unmount("/mnt");
            disk = add(new MemoryDriver(medium));
        }
    }

    @Test
    void driverThatNeverCompletes_keepsNeitherTheMountNorUnmount() throws Exception {
        MemoryDriver driver = new MemoryDriver(new byte[BYTES]);
        Gendisk disk = add(driver);
        table.format("mem0", FormatOptions.of("fat16"));
        Mount mount = mount();
        CompletableFuture<Throwable> writer = writeForEver(mount, "file");
        awaitDirty(mount, writer);
        driver.stuck.set(true);
        CompletableFuture<Throwable> forced = new CompletableFuture<>();
        clockwork.execute("sync", () -> {
            try {
                mount.sync();
                forced.complete(null);
            } catch (Throwable failure) {
                forced.complete(failure);
            }
        });
        disk.remove(Removal.SURPRISE);
        assertEquals(DiskGoneException.class, writer.get(10, TimeUnit.SECONDS).getClass());
        Throwable sync = forced.get(10, TimeUnit.SECONDS);
        assertTrue(sync == null || sync instanceof DiskGoneException, String.valueOf(sync));
        assertFalse(table.unmount("/mnt").clean());
    }
}
