package org.unplug.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
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
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.spi.DiskSpec;

/** The block layer itself is stopped, refreshed and restarted under load, between drivers and users of its disks. */
@RunWith(PaxExam.class)
@ExamFactory(NativeTestContainerFactory.class)
@ExamReactorStrategy(PerClass.class)
public class BlockCoreStopIT {

    private static final DiskSpec SPEC =
            DiskSpec.of("odd", 2048).withTimeouts(new DiskSpec.Timeouts(30_000, 5_000, 5_000));

    @Inject
    private BundleContext context;

    private Rig rig;
    private Plan plan;
    private Bundle driver;
    private Bundle core;
    private final List<Load> loads = new ArrayList<>();

    @Configuration
    public Option[] framework() {
        return new Option[] {TargetPlatform.runtime(), TargetPlatform.bundles("org.unplug.block-core")};
    }

    @Before
    public void setUp() throws Exception {
        rig = new Rig(context);
        plan = new Plan(context, "odd", SPEC);
        driver = rig.start(Strangers.driver("stranger", "odd"));
        core = rig.bundle("org.unplug.block-core");
    }

    @After
    public void tearDown() throws Exception {
        loads.forEach(Load::close);
        core.start();
        Rig.uninstall(driver);
        plan.forget();
        plan.close();
        Await.until("every disk is released", () -> rig.list().isEmpty());
    }

    private Load load() throws Exception {
        Load load = new Load(rig.disk("(disk.bus=odd)"), 3);
        loads.add(load);
        load.awaitProgress(100);
        return load;
    }

    @Test
    public void stop_underLoad_removesEveryDiskAndStartBringsThemBack() throws Exception {
        for (int round = 0; round < 10; round++) {
            Disk disk = rig.disk("(disk.bus=odd)");
            Load load = load();
            long tookMs = Rig.stop(core);
            assertEquals("round " + round + ": inside", 0, plan.inside.get());
            assertTrue("round " + round + ": stop took " + tookMs + " ms", tookMs < 5_000);
            load.awaitGone();
            load.assertOnlyGoneAndEachOnce();
            load.close();
            assertEquals("the driver saw the removal", 0, plan.insideAtDeactivate.get());
            assertTrue(plan.report().toString(), plan.report().quiet());
            Await.until("the disk is released", () -> disk.state() == DiskState.RELEASED);
            assertThrows(Exception.class, () -> disk.open(Holder.named("late"), OpenMode.READ));
            assertTrue(rig.find(Disk.class, null).isEmpty());
            core.start();
            assertEquals(Bundle.ACTIVE, driver.getState());
        }
        load();
    }
}
