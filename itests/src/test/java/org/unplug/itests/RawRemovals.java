package org.unplug.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NoSuchElementException;
import java.util.concurrent.Callable;
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
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskState;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;

/** One of our drivers loses its disk while threads read and write it without a file system: the contract on the raw disk. */
@RunWith(PaxExam.class)
@ExamFactory(NativeTestContainerFactory.class)
@ExamReactorStrategy(PerClass.class)
public abstract class RawRemovals {

    private static final long IMAGE_BYTES = 4 << 20;
    /** Load that answers needs milliseconds; only a deadline that is waited out takes this long. */
    private static final long PROMPT_MS = 3_000;

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
        medium.watch();
    }

    @After
    public void tearDown() throws Exception {
        for (Bundle bundle : context.getBundles()) {
            if (String.valueOf(bundle.getSymbolicName()).startsWith("org.unplug.")) {
                bundle.start();
            }
        }
        medium.close();
        Await.until("every disk is released: " + rig.list(), () -> rig.list().isEmpty());
        Files.delete(image);
        assertFalse("the image is still open", Rig.descriptors().contains(image.toString()));
    }

    private Load load() throws IOException {
        Load load = new Load(medium.disk(), 3);
        load.awaitProgress(100);
        return load;
    }

    @Test
    public void stopOfTheDriver_underLoad_leavesNobodyInsideAndStartBringsANewDisk() throws Exception {
        Bundle driver = rig.bundle(medium.driverBundle());
        for (int round = 0; round < 5; round++) {
            Disk before = medium.disk();
            medium.watch();
            Load load = load();
            long tookMs = Rig.stop(driver);
            medium.assertNobodyInside("round " + round);
            assertTrue("round " + round + ": stop took " + tookMs + " ms", tookMs < PROMPT_MS);
            assertFalse(medium.isThere());
            load.awaitGone();
            load.assertOnlyGoneAndEachOnce();
            medium.assertNobodyInside("round " + round + ", after the load met GONE");
            load.close();
            Await.until("the disk is released", () -> before.state() == DiskState.RELEASED);
            driver.start();
            assertNotEquals(before.info().epoch(), medium.disk().info().epoch());
        }
    }

    @Test
    public void stopOfTheCore_underLoad_removesTheDiskAndStartBringsItBack() throws Exception {
        if (medium.coreBundle() == null) {
            return;
        }
        Bundle core = rig.bundle(medium.coreBundle());
        for (int round = 0; round < 3; round++) {
            Disk before = medium.disk();
            Load load = load();
            long tookMs = Rig.stop(core);
            assertTrue("round " + round + ": stop took " + tookMs + " ms", tookMs < PROMPT_MS);
            assertFalse(medium.isThere());
            load.awaitGone();
            load.assertOnlyGoneAndEachOnce();
            load.close();
            core.start();
            assertNotEquals(before.info().epoch(), medium.disk().info().epoch());
        }
    }

    @Test
    public void yank_underLoad_meetsOnlyGone() throws Exception {
        Disk before = medium.disk();
        Load load = load();
        medium.yank();
        load.awaitGone();
        load.assertOnlyGoneAndEachOnce();
        load.close();
        Await.until("the disk is released", () -> before.state() == DiskState.RELEASED);
    }

    @Test
    public void stop_whileTheMediumIsYanked_isBoundedAndLeavesNobodyInside() throws Exception {
        Bundle driver = rig.bundle(medium.driverBundle());
        for (int round = 0; round < 8; round++) {
            Disk before = medium.disk();
            medium.watch();
            Load load = load();
            CyclicBarrier start = new CyclicBarrier(2);
            Callable<Void> hand = medium.hand();
            Bystander<Void> yanker = Bystander.does("yanker", () -> {
                start.await();
                return hand.call();
            });
            start.await();
            long tookMs = Rig.stop(driver);
            medium.assertNobodyInside("round " + round);
            try {
                yanker.get();
            } catch (IOException | IllegalStateException | NoSuchElementException tooLate) {
                // The hand at the slot was gone with the driver; that is its right.
            }
            assertTrue("round " + round + ": stop took " + tookMs + " ms", tookMs < PROMPT_MS);
            load.awaitGone();
            load.assertOnlyGoneAndEachOnce();
            load.close();
            Await.until("the disk is released", () -> before.state() == DiskState.RELEASED);
            driver.start();
            medium.close();
            Await.until("it is out", () -> !medium.isThere());
            medium.insert(image);
        }
    }

    @Test
    public void stop_afterFlushedWrites_losesNothing() throws Exception {
        if (!medium.isPersistent()) {
            return;
        }
        Bundle driver = rig.bundle(medium.driverBundle());
        for (int round = 0; round < 3; round++) {
            ByteBuffer pattern = ByteBuffer.allocate(64 * 512);
            for (int i = 0; i < pattern.capacity(); i++) {
                pattern.put(i, (byte) (i * 31 + round));
            }
            try (DiskHandle handle = medium.disk().open(Holder.named("writer"), OpenMode.WRITE)) {
                // Acknowledged, not flushed: the orderly removal has to do that.
                handle.write(128L * (round + 1), pattern);
                driver.stop();
            }
            driver.start();
            try (DiskHandle handle = medium.disk().open(Holder.named("reader"), OpenMode.READ)) {
                ByteBuffer back = ByteBuffer.allocate(pattern.capacity());
                handle.read(128L * (round + 1), back);
                assertEquals("round " + round, pattern, back.rewind());
            }
        }
    }
}
