package org.unplug.itests;

import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CyclicBarrier;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.ExamFactory;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.nat.internal.NativeTestContainerFactory;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.unplug.block.Disk;
import org.unplug.block.DiskState;
import org.unplug.fs.DiskGoneException;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.Mount;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountState;
import org.unplug.fs.MountTable;
import org.unplug.fs.UnmountReport;

/** A disk goes while a FAT file system on it is mounted and being written by several threads. */
@RunWith(PaxExam.class)
@ExamFactory(NativeTestContainerFactory.class)
@ExamReactorStrategy(PerClass.class)
public abstract class MountedRemovals {

    static final String POINT = "/mnt/it";
    private static final long IMAGE_BYTES = 24 << 20;
    private static final int SCRIBES = 4;
    /** Orderly removal writes back what is dirty, some MiB at most; only a deadline that is waited out takes this long. */
    private static final long PROMPT_MS = 5_000;

    @Inject
    private BundleContext context;

    private Rig rig;
    private Medium medium;
    private Path image;

    abstract Medium medium(BundleContext of) throws IOException;

    @Configuration
    public Option[] framework() {
        return new Option[] {TargetPlatform.runtime(), TargetPlatform.unplug()};
    }

    @Before
    public void setUp() throws Exception {
        rig = new Rig(context);
        medium = medium(context);
        image = Files.createTempFile("unplug", ".img");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(IMAGE_BYTES);
        }
        medium.insert(image);
        table().format(medium.disk().info().name(), FormatOptions.of("vfat").withLabel("ITEST"));
    }

    @After
    public void tearDown() throws Exception {
        for (Bundle bundle : context.getBundles()) {
            if (String.valueOf(bundle.getSymbolicName()).startsWith("org.unplug.")) {
                bundle.start();
            }
        }
        for (Mount mount : table().list()) {
            table().unmount(mount.point());
        }
        medium.close();
        Await.until("every disk is released: " + rig.list(), () -> rig.list().isEmpty());
        Files.delete(image);
        assertFalse("the image is still open", Rig.descriptors().contains(image.toString()));
    }

    private MountTable table() {
        return rig.service(MountTable.class);
    }

    private Mount mount() throws IOException {
        Mount mount = table().mount(medium.disk().info().name(), POINT, MountTable.AUTO, MountOptions.DEFAULT);
        assertSame(MountState.MOUNTED, mount.state());
        return mount;
    }

    private FileSystem fileSystem() {
        return rig.service(FileSystem.class, "(" + MountTable.POINT + "=" + POINT + ")");
    }

    /** R9: a dead file system answers each operation with the one typed error, at once. */
    private static void assertAnswersGone(FileSystem dead) {
        long began = System.nanoTime();
        Path path = dead.getPath("/run 0");
        assertThrows(DiskGoneException.class, () -> Files.createFile(dead.getPath("/new")));
        assertThrows(DiskGoneException.class, () -> Files.size(path));
        assertThrows(DiskGoneException.class, () -> {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(dead.getPath("/"))) {
                entries.iterator();
            }
        });
        assertThrows(DiskGoneException.class, () -> Files.delete(path));
        long tookMs = (System.nanoTime() - began) / 1_000_000;
        assertTrue("a dead file system answered in " + tookMs + " ms", tookMs < 1_000);
    }

    private void remountAndVerify(Scribes scribes, boolean orderly) throws IOException {
        mount();
        if (orderly) {
            scribes.assertAllThere(fileSystem());
        } else {
            scribes.assertForcedThere(fileSystem());
        }
        // It is no museum: it can be written.
        Files.writeString(fileSystem().getPath("/after.txt"), "written after the remount");
        UnmountReport report = table().unmount(POINT);
        assertTrue(report.toString(), report.clean());
    }

    @Test
    public void stopOfTheDriver_underWriters_losesNothingAcknowledgedAndLeavesTheVolumeClean() throws Exception {
        stopUnderWriters(medium.driverBundle(), 3);
    }

    @Test
    public void stopOfTheCore_underWriters_losesNothingAcknowledgedAndLeavesTheVolumeClean() throws Exception {
        if (medium.coreBundle() != null) {
            stopUnderWriters(medium.coreBundle(), 2);
        }
    }

    private void stopUnderWriters(String what, int rounds) throws Exception {
        Bundle bundle = rig.bundle(what);
        boolean isDriver = what.equals(medium.driverBundle());
        for (int round = 0; round < rounds; round++) {
            Disk before = medium.disk();
            medium.watch();
            Mount mount = mount();
            FileSystem fileSystem = fileSystem();
            Scribes scribes = new Scribes(fileSystem, "run " + round, SCRIBES);
            scribes.awaitProgress(150);
            long tookMs = Rig.stop(bundle);
            if (isDriver) {
                medium.assertNobodyInside("round " + round);
            }
            assertTrue("round " + round + ": stop took " + tookMs + " ms", tookMs < PROMPT_MS);
            scribes.assertOnlyGone();
            if (isDriver) {
                medium.assertNobodyInside("round " + round + ", after the writers met the end");
            }
            Await.until("the mount is dead", () -> mount.state() == MountState.DEAD);
            assertAnswersGone(fileSystem);
            UnmountReport report = table().unmount(POINT);
            assertTrue("round " + round + ": " + report, report.clean());
            Await.until("the disk is released", () -> before.state() == DiskState.RELEASED);
            if (medium.isPersistent()) {
                Tools.assertClean(image, "round " + round + ", after the stop");
            }
            bundle.start();
            assertNotEquals(before.info().epoch(), medium.disk().info().epoch());
            if (medium.isPersistent()) {
                remountAndVerify(scribes, true);
                Tools.assertClean(image, "round " + round + ", after the remount");
            } else {
                table().format(medium.disk().info().name(), FormatOptions.of("vfat"));
            }
        }
    }

    @Test
    public void yank_underWriters_keepsWhatWasForced() throws Exception {
        for (int round = 0; round < 2; round++) {
            Disk before = medium.disk();
            Mount mount = mount();
            FileSystem fileSystem = fileSystem();
            Scribes scribes = new Scribes(fileSystem, "run " + round, SCRIBES);
            scribes.awaitProgress(150);
            medium.yank();
            scribes.assertOnlyGone();
            Await.until("the mount is dead", () -> mount.state() == MountState.DEAD);
            assertAnswersGone(fileSystem);
            UnmountReport report = table().unmount(POINT);
            if (medium.yankIsSurprise()) {
                assertFalse("what was not written was not told: " + report, report.clean());
            } else {
                assertTrue(report.toString(), report.clean());
            }
            Await.until("the disk is released", () -> before.state() == DiskState.RELEASED);
            medium.insert(image);
            if (medium.isPersistent()) {
                remountAndVerify(scribes, !medium.yankIsSurprise());
            } else {
                table().format(medium.disk().info().name(), FormatOptions.of("vfat"));
            }
        }
    }

    @Test
    public void unmount_whileTheDriverIsStopped_succeedsAndLosesNothing() throws Exception {
        Bundle driver = rig.bundle(medium.driverBundle());
        for (int round = 0; round < 4; round++) {
            mount();
            medium.watch();
            Scribes scribes = new Scribes(fileSystem(), "run " + round, 2);
            scribes.awaitProgress(60);
            scribes.finish();
            CyclicBarrier start = new CyclicBarrier(2);
            Bystander<UnmountReport> unmounter = Bystander.does("unmounter", () -> {
                start.await();
                return table().unmount(POINT);
            });
            start.await();
            long tookMs = Rig.stop(driver);
            assertTrue("round " + round + ": stop took " + tookMs + " ms", tookMs < PROMPT_MS);
            medium.assertNobodyInside("round " + round);
            UnmountReport report = unmounter.get();
            assertTrue("round " + round + ": " + report, report.clean());
            if (medium.isPersistent()) {
                Tools.assertClean(image, "round " + round);
            }
            driver.start();
            if (medium.isPersistent()) {
                remountAndVerify(scribes, true);
            } else {
                table().format(medium.disk().info().name(), FormatOptions.of("vfat"));
            }
        }
    }

    @Test
    public void stopOfTheFileSystemsBundle_underWriters_unmountsInOrder() throws Exception {
        Bundle fsMount = rig.bundle("org.unplug.fs-mount");
        mount();
        FileSystem fileSystem = fileSystem();
        Scribes scribes = new Scribes(fileSystem, "run 0", SCRIBES);
        scribes.awaitProgress(100);
        long tookMs = Rig.stop(fsMount);
        assertTrue("stop took " + tookMs + " ms", tookMs < PROMPT_MS);
        Await.until(
                "the disk is free",
                () -> rig.status(medium.disk().info().name())
                        .orElseThrow()
                        .handles()
                        .isEmpty());
        scribes.close();
        scribes.awaitEnd();
        fsMount.start();
        if (medium.isPersistent()) {
            Tools.assertClean(image, "after the stop of fs-mount");
        }
        mount();
        scribes.assertAllThere(fileSystem());
    }
}
