package org.unplug.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
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
import org.unplug.block.BlockStatus;
import org.unplug.block.Disk;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskState;
import org.unplug.block.GoneException;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.spi.DiskSpec;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.mmc.sim.MmcSlots;

/** R10: one disk that is stuck neither blocks nor slows the removal of another, on its own bus or on the other. */
@RunWith(PaxExam.class)
@ExamFactory(NativeTestContainerFactory.class)
@ExamReactorStrategy(PerClass.class)
public class IsolationIT {

    private static final long SWIFT_MS = 1_000;

    @Inject
    private BundleContext context;

    private Rig rig;
    private Medium lun;
    private Path image;

    @Configuration
    public Option[] framework() {
        return new Option[] {TargetPlatform.runtime(), TargetPlatform.unplug()};
    }

    @Before
    public void setUp() throws Exception {
        rig = new Rig(context);
        image = Files.createTempFile("unplug", ".img");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(4 << 20);
        }
        lun = Medium.scsi(context);
        lun.insert(image);
    }

    @After
    public void tearDown() throws Exception {
        for (Bundle bundle : context.getBundles()) {
            if (String.valueOf(bundle.getSymbolicName()).startsWith("org.unplug.")) {
                bundle.start();
            }
        }
        lun.close();
        Await.until("every disk is released: " + rig.list(), () -> rig.list().isEmpty());
        Files.delete(image);
    }

    /** Stops the adapter of a busy LUN; it must go as if it were alone. */
    private void assertTheLunGoesSwiftly(String beside) throws Exception {
        Load load = new Load(lun.disk(), 2);
        load.awaitProgress(100);
        long tookMs = Rig.stop(rig.bundle(lun.driverBundle()));
        assertTrue("the LUN took " + tookMs + " ms beside " + beside, tookMs < SWIFT_MS);
        load.awaitGone();
        load.assertOnlyGoneAndEachOnce();
        load.close();
    }

    @Test
    public void stopOfTheAdapter_besideAStrangersDiskThatIsStuckInItsRemoval_isNotDelayed() throws Exception {
        DiskSpec spec = DiskSpec.of("odd", 2048).withTimeouts(new DiskSpec.Timeouts(30_000, 30_000, 4_000));
        CountDownLatch latch = new CountDownLatch(1);
        try (Plan plan = new Plan(context, "odd", spec)) {
            Bundle stranger = rig.start(Strangers.driver("stranger", "odd"));
            Disk disk = rig.disk("(disk.bus=odd)");
            Await.until("the partition scan is over", () -> plan.entered.get() > 0 && plan.inside.get() == 0);
            plan.blockOn(latch, Await.BOUND_MS);
            DiskHandle handle = disk.open(Holder.named("stuck"), OpenMode.READ);
            // Let go in time the read succeeds, else the removal has ended it.
            Bystander<BlockStatus> stuck = Bystander.does("stuck", () -> {
                try {
                    handle.read(0, ByteBuffer.allocate(512));
                    return BlockStatus.OK;
                } catch (GoneException gone) {
                    return BlockStatus.GONE;
                }
            });
            Await.until("a thread is inside", () -> plan.inside.get() == 1);
            Bystander<Long> stopper = Bystander.does("stopper", () -> Rig.stop(stranger));
            Await.until("it is being removed", () -> disk.state() == DiskState.DYING);
            assertTheLunGoesSwiftly("a disk that is stuck");
            assertFalse("the stuck one was over too soon to prove anything", stopper.isDone());
            latch.countDown();
            stopper.get();
            stuck.get();
            assertEquals("the handle keeps it", DiskState.DEAD, disk.state());
            handle.close();
            Rig.uninstall(stranger);
            plan.forget();
        } finally {
            latch.countDown();
        }
    }

    @Test
    public void stopOfTheAdapter_besideACardThatDoesNotAnswer_isNotDelayed() throws Exception {
        MmcSlots slots = rig.service(MmcSlots.class);
        // Each transfer takes so long that a handful of them outlasts the test.
        slots.insert("sluggish", CardSpec.memory(4 << 20).withLatencyMicros(500_000));
        Disk card = rig.disk("(disk.bus=mmc)");
        DiskHandle handle = card.open(Holder.named("sluggish"), OpenMode.WRITE);
        Load load = new Load(handle, 3);
        Await.until(
                "requests wait for the card",
                () -> rig.list().stream()
                        .anyMatch(d -> d.info().name().equals(card.info().name()) && d.inFlight() >= 8));
        Bundle mmcSim = rig.bundle("org.unplug.driver-mmc-sim");
        Bystander<Long> stopper = Bystander.does("stopper", () -> Rig.stop(mmcSim));
        Await.until("the card is being removed", () -> card.state() != DiskState.LIVE);
        assertTheLunGoesSwiftly("a card that does not answer");
        assertFalse("the card was gone too soon to prove anything", stopper.isDone());
        assertTrue("the card took " + stopper.get() + " ms", stopper.get() < 12_000);
        load.awaitGone();
        load.close();
        mmcSim.start();
        rig.service(MmcSlots.class).yank("sluggish");
        Await.until(
                "all threads are out",
                () -> Arrays.asList(DiskState.DEAD, DiskState.RELEASED).contains(card.state()));
    }
}
