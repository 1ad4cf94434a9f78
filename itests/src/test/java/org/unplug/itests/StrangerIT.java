package org.unplug.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
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
import org.osgi.framework.ServiceReference;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.Disk;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskState;
import org.unplug.block.GoneException;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.DiskSpec;

/** A driver that we have never seen is stopped: what the block layer promises it and everybody above it. */
@RunWith(PaxExam.class)
@ExamFactory(NativeTestContainerFactory.class)
@ExamReactorStrategy(PerClass.class)
public class StrangerIT {

    private static final long DRAIN_MS = 1_000;
    private static final long SLACK_MS = 1_500;
    private static final DiskSpec SPEC =
            DiskSpec.of("odd", 2048).withTimeouts(new DiskSpec.Timeouts(30_000, 2_000, DRAIN_MS));

    @Inject
    private BundleContext context;

    private Rig rig;
    private Plan plan;
    private final List<Bundle> installed = new ArrayList<>();
    private final List<DiskHandle> opened = new ArrayList<>();

    @Configuration
    public Option[] framework() {
        return new Option[] {TargetPlatform.runtime(), TargetPlatform.bundles("org.unplug.block-core")};
    }

    @Before
    public void setUp() {
        rig = new Rig(context);
    }

    @After
    public void tearDown() throws Exception {
        opened.forEach(DiskHandle::close);
        for (Bundle bundle : installed) {
            Rig.uninstall(bundle);
        }
        if (plan != null) {
            plan.forget();
            plan.close();
        }
        Await.until("every disk is released", () -> rig.list().isEmpty());
    }

    private Bundle driver(DiskSpec spec) throws Exception {
        plan = new Plan(context, "odd", spec);
        return install("driver");
    }

    private Bundle install(String what) throws Exception {
        Bundle bundle = rig.start(
                what.equals("driver") ? Strangers.driver("stranger", "odd") : Strangers.empty("bundle-" + what));
        installed.add(bundle);
        return bundle;
    }

    private DiskHandle open(Holder holder) throws IOException {
        DiskHandle handle = rig.disk("(disk.bus=odd)").open(holder, OpenMode.WRITE);
        opened.add(handle);
        return handle;
    }

    private static ByteBuffer sectors(int count) {
        return ByteBuffer.allocate(count * 512);
    }

    @Test
    public void stop_beforeAnybodyEntered_removesTheDiskAndStartBringsANewOne() throws Exception {
        Bundle driver = driver(SPEC);
        Disk first = rig.disk("(disk.bus=odd)");
        assertEquals("stranger", first.info().driver());
        driver.stop();
        Await.until("the disk is released", () -> first.state() == DiskState.RELEASED);
        assertThrows(GoneException.class, () -> first.open(Holder.named("late"), OpenMode.READ));
        driver.start();
        Disk second = rig.disk("(disk.bus=odd)");
        assertEquals(first.info().name(), second.info().name());
        assertNotEquals(first.info().epoch(), second.info().epoch());
    }

    @Test
    public void stop_whileAThreadIsStuckInQueueRequest_isBoundedAndNamesThreadAndCall() throws Exception {
        Bundle driver = driver(SPEC);
        CountDownLatch latch = new CountDownLatch(1);
        DiskHandle handle = open(Holder.named("writer"));
        Bystander<Void> writer;
        try {
            rig.list();
            Await.until("the partition scan is over", () -> plan.inside.get() == 0 && plan.entered.get() > 0);
            plan.blockOn(latch, Await.BOUND_MS);
            writer = Bystander.does("stuck-writer", () -> {
                handle.write(0, sectors(1));
                return null;
            });
            Await.until("the writer is inside the driver", () -> plan.inside.get() == 1);
            long tookMs = Rig.stop(driver);
            assertTrue("stop took " + tookMs + " ms", tookMs < 2_000 + DRAIN_MS + SLACK_MS);
            RemovalReport report = plan.report();
            assertFalse("somebody is inside, and the report says quiet", report.quiet());
            assertTrue(
                    "names neither thread nor call: " + report.laggards(),
                    report.laggards().stream().anyMatch(l -> l.contains("stuck-writer") && l.contains("queueRequest")));
            assertEquals(1, plan.inside.get());
            int entered = plan.entered.get();
            assertThrows(GoneException.class, () -> handle.write(8, sectors(1)));
            assertEquals("somebody entered the driver after its removal", entered, plan.entered.get());
        } finally {
            latch.countDown();
        }
        assertThrows(GoneException.class, writer::get);
        Await.until("the driver let its thread go", () -> plan.inside.get() == 0);
        assertEquals(0, plan.enteredAfterDeactivate.get());
    }

    @Test
    public void stop_whileAThreadIsInQueueRequestForAShortTime_waitsForIt() throws Exception {
        Bundle driver = driver(SPEC.withTimeouts(new DiskSpec.Timeouts(30_000, 2_000, 20_000)));
        CountDownLatch latch = new CountDownLatch(1);
        DiskHandle handle = open(Holder.named("writer"));
        Await.until("the partition scan is over", () -> plan.inside.get() == 0 && plan.entered.get() > 0);
        plan.blockOn(latch, Await.BOUND_MS);
        Bystander<Void> writer = Bystander.does("slow-writer", () -> {
            handle.write(0, sectors(1));
            return null;
        });
        Await.until("the writer is inside the driver", () -> plan.inside.get() == 1);
        Disk disk = rig.disk("(disk.bus=odd)");
        AtomicInteger insideAtReturn = new AtomicInteger(-1);
        Bystander<Long> stopper = Bystander.does("stopper", () -> {
            long ms = Rig.stop(driver);
            insideAtReturn.set(plan.inside.get());
            return ms;
        });
        try {
            Await.until("the removal drains", () -> disk.state() == DiskState.DYING);
            assertFalse(
                    "stop returned while a thread was inside the driver",
                    Await.happens(100, () -> stopper.isDone() || disk.state() == DiskState.DEAD));
        } finally {
            latch.countDown();
        }
        stopper.get();
        assertEquals(0, insideAtReturn.get());
        assertEquals(0, plan.insideAtDeactivate.get());
        assertTrue(plan.report().laggards().toString(), plan.report().quiet());
        assertEquals("an accepted write that the driver completes is acknowledged", null, writer.get());
    }

    @Test
    public void stop_whileACallLingersInTheDriverAfterItsRequestWasCompleted_waitsForIt() throws Exception {
        Bundle driver = driver(SPEC.withTimeouts(new DiskSpec.Timeouts(30_000, 2_000, 20_000)));
        CountDownLatch latch = new CountDownLatch(1);
        DiskHandle handle = open(Holder.named("writer"));
        Await.until("the partition scan is over", () -> plan.inside.get() == 0 && plan.entered.get() > 0);
        plan.onRequest(request -> {
            request.complete(BlockStatus.OK);
            try {
                latch.await(Await.BOUND_MS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return Plan.KEEP;
        });
        Bystander<Void> writer = Bystander.does("lingering-writer", () -> {
            handle.write(0, sectors(1));
            return null;
        });
        Await.until("the writer is inside the driver", () -> plan.inside.get() == 1);
        AtomicInteger insideAtReturn = new AtomicInteger(-1);
        Bystander<Void> stopper = Bystander.does("stopper", () -> {
            driver.stop();
            insideAtReturn.set(plan.inside.get());
            return null;
        });
        try {
            assertFalse("stop returned with a thread in the driver", Await.happens(200, stopper::isDone));
        } finally {
            latch.countDown();
        }
        stopper.get();
        writer.get();
        assertEquals(0, insideAtReturn.get());
        assertTrue(plan.report().laggards().toString(), plan.report().quiet());
    }

    @Test
    public void stop_whileTheDriverNeverCompletes_endsTheRequestGoneAndKeepsItsBufferOut() throws Exception {
        Bundle driver = driver(SPEC);
        AtomicReference<Object> kept = new AtomicReference<>();
        DiskHandle handle = open(Holder.named("writer"));
        Await.until("the partition scan is over", () -> plan.inside.get() == 0 && plan.entered.get() > 0);
        plan.onRequest(request -> {
            kept.set(request);
            return Plan.KEEP;
        });
        AtomicInteger ends = new AtomicInteger();
        Bio bio = handle.newBio().write(0, sectors(1)).onEnd(ended -> ends.incrementAndGet());
        handle.submit(bio);
        Await.until("the driver keeps it", () -> kept.get() != null);
        long tookMs = Rig.stop(driver);
        assertTrue("stop took " + tookMs + " ms", tookMs < 2_000 + DRAIN_MS + SLACK_MS);
        assertEquals(BlockStatus.GONE, bio.status());
        assertEquals(1, ends.get());
        assertTrue("the driver may still write into it", bio.bufferHeld());
        assertEquals(1, plan.report().overTheHead());
        assertTrue(plan.report().quiet());
        assertEquals("asked to cancel", 1, plan.cancelled.size());
        ((org.unplug.block.spi.Request) kept.get()).complete(BlockStatus.OK);
        assertEquals("a late completion ended it again", 1, ends.get());
        assertEquals(BlockStatus.GONE, bio.status());
    }

    @Test
    public void stop_underLoad_leavesNobodyInsideAndEndsEveryRequestOnce() throws Exception {
        for (int round = 0; round < 10; round++) {
            Bundle driver = driver(SPEC);
            Load load = new Load(rig.disk("(disk.bus=odd)"), 4);
            load.awaitProgress(200);
            long tookMs = Rig.stop(driver);
            int inside = plan.inside.get();
            int entered = plan.entered.get();
            load.awaitGone();
            assertTrue("round " + round + ": stop took " + tookMs + " ms", tookMs < DRAIN_MS + SLACK_MS);
            assertEquals("round " + round + ": inside when stop returned", 0, inside);
            assertEquals("round " + round + ": entered after stop returned", entered, plan.entered.get());
            assertEquals("round " + round + ": inside when deactivated", 0, plan.insideAtDeactivate.get());
            load.assertOnlyGoneAndEachOnce();
            load.close();
            Rig.uninstall(driver);
            plan.forget();
            plan.close();
            plan = null;
        }
    }

    @Test
    public void stop_whileTheDiskIsYanked_isOneRemovalThatBothRemoversSee() throws Exception {
        for (int round = 0; round < 20; round++) {
            Bundle driver = driver(SPEC);
            Load load = new Load(rig.disk("(disk.bus=odd)"), 2);
            AtomicInteger told = new AtomicInteger();
            DiskHandle handle = open(new Holder() {
                @Override
                public String holderName() {
                    return "counting";
                }

                @Override
                public void sync(long timeoutMs) {}

                @Override
                public void markDead(Removal kind) {
                    told.incrementAndGet();
                }
            });
            load.awaitProgress(50);
            CyclicBarrier start = new CyclicBarrier(2);
            boolean announced = round % 2 == 0;
            Bystander<RemovalReport> yanker = Bystander.does("yanker", () -> {
                start.await();
                if (announced) {
                    plan.added().markDead();
                }
                return plan.added().remove(Removal.SURPRISE);
            });
            start.await();
            driver.stop();
            RemovalReport yanked = yanker.get();
            assertSame("round " + round + ": two removals of one disk", yanked, plan.report());
            assertEquals("round " + round + ": told", 1, told.get());
            assertEquals("round " + round, 0, plan.insideAtDeactivate.get());
            load.awaitGone();
            load.assertOnlyGoneAndEachOnce();
            load.close();
            handle.close();
            Rig.uninstall(driver);
            plan.forget();
            plan.close();
            plan = null;
        }
    }

    @Test
    public void stop_fromInsideAnEndAction_excusesThatCallAndReturns() throws Exception {
        Bundle driver = driver(SPEC);
        DiskHandle handle = open(Holder.named("suicide"));
        AtomicReference<Long> tookMs = new AtomicReference<>();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Bio bio = handle.newBio().write(0, sectors(1)).onEnd(ended -> {
            try {
                tookMs.set(Rig.stop(driver));
            } catch (Exception e) {
                thrown.set(e);
            }
        });
        handle.submit(bio);
        Await.until("the end action ran", () -> tookMs.get() != null || thrown.get() != null);
        assertEquals(null, thrown.get());
        assertTrue("stop took " + tookMs.get() + " ms", tookMs.get() < DRAIN_MS);
        assertTrue(plan.report().laggards().toString(), plan.report().quiet());
        assertEquals(Bundle.RESOLVED, driver.getState());
    }

    @Test
    public void stop_withAUserThatFetchedTheServiceManyTimes_releasesTheDisk() throws Exception {
        Bundle driver = driver(SPEC);
        rig.disk("(disk.bus=odd)");
        ServiceReference<Disk> reference =
                rig.find(Disk.class, "(disk.bus=odd)").orElseThrow();
        for (int fetches : new int[] {1, 2, 3, 7}) {
            Bundle user = install("fetches-" + fetches);
            for (int i = 0; i < fetches; i++) {
                assertTrue(user.getBundleContext().getService(reference) != null);
            }
        }
        assertTrue(
                rig.status("odd0").orElseThrow().users().containsAll(List.of("bundle-fetches-3", "bundle-fetches-7")));
        driver.stop();
        Await.until(
                "the references are reconciled: " + rig.list(),
                () -> rig.status("odd0").isEmpty());
    }

    @Test
    public void stop_ofAUserThatNeverPuts_putsForIt() throws Exception {
        driver(SPEC);
        Disk disk = rig.disk("(disk.bus=odd)");
        ServiceReference<Disk> reference =
                rig.find(Disk.class, "(disk.bus=odd)").orElseThrow();
        rig.settle();
        int before = rig.status("odd0").orElseThrow().references();
        Bundle user = install("user");
        for (int i = 0; i < 5; i++) {
            user.getBundleContext().getService(reference);
        }
        assertEquals(before + 1, rig.status("odd0").orElseThrow().references());
        user.stop();
        assertEquals(before, rig.status("odd0").orElseThrow().references());
        assertEquals(DiskState.LIVE, disk.state());
    }

    @Test
    public void stop_ofABundleWithOpenHandles_closesThem() throws Exception {
        driver(SPEC);
        Bundle squatter = install("squatter");
        rig.disk("(disk.bus=odd)");
        ServiceReference<Disk> reference =
                rig.find(Disk.class, "(disk.bus=odd)").orElseThrow();
        Disk disk = squatter.getBundleContext().getService(reference);
        rig.settle();
        int before = rig.status("odd0").orElseThrow().references();
        DiskHandle shared = disk.open(Holder.named("forgotten"), OpenMode.READ);
        DiskHandle exclusive = disk.open(Holder.named("forgotten too"), OpenMode.EXCLUSIVE);
        var held = rig.status("odd0").orElseThrow().handles();
        assertEquals(2, held.size());
        assertEquals("bundle-squatter", held.get(0).owner());
        assertEquals("forgotten", held.get(0).holder());
        assertTrue(
                "not where it was opened: " + held.get(0).where(),
                held.get(0).where().contains("StrangerIT"));
        squatter.stop();
        assertEquals(List.of(), rig.status("odd0").orElseThrow().handles());
        assertEquals(before - 1, rig.status("odd0").orElseThrow().references());
        assertThrows(GoneException.class, () -> shared.read(0, sectors(1)));
        assertThrows(GoneException.class, () -> exclusive.write(0, sectors(1)));
        shared.close();
        // Exclusive again, so the claim went with the handle.
        rig.disk("(disk.bus=odd)")
                .open(Holder.named("next"), OpenMode.EXCLUSIVE)
                .close();
        assertThrows(IllegalStateException.class, () -> disk.open(Holder.named("ghost"), OpenMode.READ));
    }

    @Test
    public void stop_withAHolderThatNeverAnswers_isBoundedAndNamesIt() throws Exception {
        Bundle driver = driver(SPEC);
        CountDownLatch latch = new CountDownLatch(1);
        open(new Holder() {
            @Override
            public String holderName() {
                return "sleeper";
            }

            @Override
            public void sync(long timeoutMs) {
                hang();
            }

            @Override
            public void markDead(Removal kind) {
                hang();
            }

            private void hang() {
                try {
                    latch.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        try {
            long tookMs = Rig.stop(driver);
            assertTrue("stop took " + tookMs + " ms", tookMs < 2_000 + DRAIN_MS + SLACK_MS);
            assertTrue(
                    plan.report().laggards().toString(),
                    plan.report().laggards().stream().anyMatch(l -> l.contains("sleeper")));
            assertTrue("nobody is inside the driver", plan.report().quiet());
            assertFalse("not all was synced", plan.report().synced());
        } finally {
            latch.countDown();
        }
    }

    @Test
    public void stop_withAListenerThatSleeps_isBoundedAndNamesIt() throws Exception {
        Bundle driver = driver(SPEC);
        rig.disk("(disk.bus=odd)");
        CountDownLatch latch = new CountDownLatch(1);
        org.osgi.framework.ServiceListener sleeper = event -> {
            if (event.getType() == org.osgi.framework.ServiceEvent.UNREGISTERING) {
                try {
                    latch.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        };
        context.addServiceListener(sleeper, "(disk.bus=odd)");
        try {
            long tookMs = Rig.stop(driver);
            assertTrue("stop took " + tookMs + " ms", tookMs < DRAIN_MS + SLACK_MS);
            assertTrue(
                    plan.report().laggards().toString(),
                    plan.report().laggards().stream().anyMatch(l -> l.contains("listener")));
            assertTrue(plan.report().quiet());
        } finally {
            latch.countDown();
            context.removeServiceListener(sleeper);
        }
    }
}
