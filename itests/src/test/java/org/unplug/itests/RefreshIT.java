package org.unplug.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
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
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.QueueLimits;

/** A driver's bundle is uninstalled, refreshed, updated under load, and nothing of it remains. */
@RunWith(PaxExam.class)
@ExamFactory(NativeTestContainerFactory.class)
@ExamReactorStrategy(PerClass.class)
public class RefreshIT {

    private static final DiskSpec SPEC = DiskSpec.of("odd", 2048)
            .withLimits(QueueLimits.DEFAULT.withWriteCache(true, false))
            .withTimeouts(new DiskSpec.Timeouts(30_000, 5_000, 5_000));

    @Inject
    private BundleContext context;

    private Rig rig;
    private Plan plan;
    private Bundle driver;

    @Configuration
    public Option[] framework() {
        return new Option[] {TargetPlatform.runtime(), TargetPlatform.bundles("org.unplug.block-core")};
    }

    @Before
    public void setUp() throws Exception {
        rig = new Rig(context);
        plan = new Plan(context, "odd", SPEC);
        driver = rig.start(Strangers.driver("stranger", "odd"));
    }

    @After
    public void tearDown() throws Exception {
        Rig.uninstall(driver);
        plan.forget();
        plan.close();
        Await.until("every disk is released", () -> rig.list().isEmpty());
    }

    /** Reads and writes until the disk goes, one writer at least inside the driver all the time. */
    private Load load() throws Exception {
        Load load = new Load(rig.disk("(disk.bus=odd)"), 3);
        load.awaitProgress(100);
        return load;
    }

    private void assertQuietAfter(Load load, String what) throws Exception {
        int inside = plan.inside.get();
        int entered = plan.entered.get();
        load.awaitGone();
        assertEquals(what + ": inside the driver", 0, inside);
        assertEquals(what + ": entered the driver afterwards", entered, plan.entered.get());
        assertEquals(what + ": inside at deactivation", 0, plan.insideAtDeactivate.get());
        load.assertOnlyGoneAndEachOnce();
        load.close();
    }

    @Test
    public void uninstall_underLoad_drainsWithClassesThatAreFirstLoadedThen() throws Exception {
        Load load = load();
        assertEquals("no flush yet, or the class is loaded already", 0, plan.lateFlushes.get());
        driver.uninstall();
        assertQuietAfter(load, "uninstall");
        assertTrue("the cache was not flushed", plan.lateFlushes.get() > 0);
        assertTrue(plan.report().toString(), plan.report().synced());
        assertEquals(List.of(), plan.report().problems());
    }

    @Test
    public void uninstallAndRefresh_underLoad_leavesTheDriversClassLoaderCollectable() throws Exception {
        OldClasses old = OldClasses.of(driver);
        Load load = load();
        // A handle that outlives the driver keeps the disk's memory, and nothing of the driver.
        Disk disk = rig.disk("(disk.bus=odd)");
        DiskHandle handle = disk.open(Holder.named("survivor"), OpenMode.READ);
        handle.read(0, ByteBuffer.allocate(512));
        driver.uninstall();
        rig.refresh();
        assertQuietAfter(load, "uninstall");
        plan.forget();
        assertEquals(DiskState.DEAD, disk.state());
        old.assertCollected("the driver that was uninstalled");
        handle.close();
        Await.until("the disk is released", () -> disk.state() == DiskState.RELEASED);
    }

    @Test
    public void refresh_ofTheDriverUnderLoad_bringsANewDiskAndCollectsTheOldClasses() throws Exception {
        OldClasses old = OldClasses.of(driver);
        Disk before = rig.disk("(disk.bus=odd)");
        Load load = load();
        Bystander<Integer> enteredThen = Bystander.does("look", () -> {
            load.awaitGone();
            return plan.reports.size();
        });
        rig.refresh(driver);
        enteredThen.get();
        load.assertOnlyGoneAndEachOnce();
        load.close();
        assertEquals(0, plan.insideAtDeactivate.get());
        assertEquals(Bundle.ACTIVE, driver.getState());
        Disk after = rig.disk("(disk.bus=odd)");
        assertNotEquals(before.info().epoch(), after.info().epoch());
        old.assertCollected("the refreshed driver");
        Load again = load();
        again.close();
    }

    @Test
    public void update_ofTheDriverUnderLoad_bringsANewDisk() throws Exception {
        Disk before = rig.disk("(disk.bus=odd)");
        Load load = load();
        driver.update();
        load.awaitGone();
        load.assertOnlyGoneAndEachOnce();
        load.close();
        Disk after = rig.disk("(disk.bus=odd)");
        assertNotEquals(before.info().epoch(), after.info().epoch());
        rig.refresh();
        Await.until("it is back", () -> rig.find(Disk.class, "(disk.bus=odd)").isPresent());
    }

    @Test
    public void uninstall_thirtyTimes_leavesNoThreadsDescriptorsOrDisks() throws Exception {
        Await.until(
                "earlier threads have ended",
                () -> Rig.unplugThreads().isEmpty() || rig.list().size() == 1);
        driver.uninstall();
        Await.until("idle threads end", () -> Rig.unplugThreads().isEmpty());
        Set<Thread> threads = Thread.getAllStackTraces().keySet();
        int descriptors = Rig.descriptors().size();
        for (int i = 0; i < 30; i++) {
            driver = rig.start(Strangers.driver("stranger", "odd"));
            Load load = load();
            driver.uninstall();
            load.awaitGone();
            load.close();
        }
        rig.refresh();
        Await.until("idle threads end", () -> Rig.unplugThreads().isEmpty());
        rig.awaitNoDisk("after the last of them");
        Await.until(
                "no thread is left that was not there before: "
                        + Thread.getAllStackTraces().keySet(),
                () -> {
                    Set<Thread> now = Thread.getAllStackTraces().keySet();
                    now.removeAll(threads);
                    now.removeIf(t -> !t.isAlive());
                    return now.isEmpty();
                });
        Await.until("descriptors are back at " + descriptors + ": " + Rig.descriptors(), () -> {
            System.gc();
            return Rig.descriptors().size() <= descriptors;
        });
    }
}
