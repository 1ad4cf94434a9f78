package org.unplug.driver.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.unplug.block.Disk;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskState;
import org.unplug.block.Removal;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.spi.Request;
import org.unplug.block.stack.FilterDriver;
import org.unplug.block.stack.StackPlan;
import org.unplug.block.stack.StackWatch;
import org.unplug.driver.testkit.Platter;
import org.unplug.driver.testkit.Rig;

/** The watch for lower disks over a real service registry, Felix's, without any bundle. */
@Timeout(60)
class StackWatchTest {

    @TempDir
    private Path cache;

    private final Rig rig = new Rig();
    private Framework felix;
    private BundleContext context;
    private final Map<Gendisk, ServiceRegistration<Disk>> services = new HashMap<>();

    @BeforeEach
    void start() throws Exception {
        Map<String, String> config = new HashMap<>();
        config.put(Constants.FRAMEWORK_STORAGE, cache.toString());
        config.put("felix.log.level", "0");
        felix = ServiceLoader.load(FrameworkFactory.class)
                .findFirst()
                .orElseThrow()
                .newFramework(config);
        felix.start();
        context = felix.getBundleContext();
    }

    @AfterEach
    void stop() throws Exception {
        felix.stop();
        felix.waitForStop(TimeUnit.SECONDS.toMillis(10));
        rig.close();
    }

    private Gendisk insert(String serial) {
        Gendisk disk = rig.insert(new Platter(1024, true, serial, rig.clockwork()));
        DiskInfo info = disk.info();
        Hashtable<String, Object> properties = new Hashtable<>();
        properties.put(Disk.NAME, info.name());
        properties.put(Disk.BUS, info.bus());
        properties.put(Disk.MODEL, info.model());
        properties.put(Disk.SERIAL, info.serial());
        properties.put(Disk.BYTES, info.capacityBytes());
        properties.put(Disk.EPOCH, info.epoch());
        services.put(disk, context.registerService(Disk.class, rig.disk(disk), properties));
        return disk;
    }

    /** As the block layer does: holders first, then the service. */
    private void remove(Gendisk disk, Removal kind) {
        disk.remove(kind);
        services.remove(disk).unregister();
    }

    private StackWatch watch(StackPlan plan) {
        return new StackWatch(context, rig, plan, () -> null);
    }

    private StackPlan linear(String... names) {
        return LinearDisk.plan(Map.of("disk", names), rig.clockwork());
    }

    @Test
    void built_whenTheLastLowerComes_removedWhenOneGoes_andBuiltAgain() {
        Gendisk first = insert("a");
        try (StackWatch watch = watch(linear("plat0", "plat1"))) {
            assertNull(watch.stack());
            Gendisk second = insert("b");
            Rig.await("the stack", () -> watch.stack() != null);
            String upper = watch.stack().info().name();
            assertEquals(2048, watch.stack().info().capacitySectors());
            remove(second, Removal.ORDERLY);
            Gendisk left = rig.find(upper);
            assertFalse(left != null && left.state().admits(), "gone with its lower");
            Rig.await("no stack", () -> watch.stack() == null);
            insert("b");
            Rig.await("the stack again", () -> watch.stack() != null);
            assertEquals(DiskState.LIVE, first.state());
            remove(first, Removal.SURPRISE);
            Rig.await("no stack", () -> watch.stack() == null);
        }
    }

    @Test
    void closed_leavesNoDiskHandleOrServiceBehind() {
        insert("a");
        StackWatch watch = watch(linear("plat0"));
        Rig.await("the stack", () -> watch.stack() != null);
        watch.close();
        rig.awaitNoHandle();
        // Who looks for partitions may have been the last to have it open.
        Rig.await("its name is free", () -> rig.find("linear0") == null);
        services.values().forEach(s -> assertNull(s.getReference().getUsingBundles()));
        insert("b");
        assertNull(watch.stack());
    }

    /** Registers a service of its own, and takes its lower disk back when that comes. */
    private static final class Returning implements FilterDriver {
        private volatile boolean joined;

        @Override
        public boolean queueRequest(Request request) {
            request.complete(org.unplug.block.BlockStatus.OK);
            return true;
        }

        @Override
        public Map<Class<?>, Object> services() {
            return Map.of(Returning.class, this);
        }

        @Override
        public boolean lowerGoes(org.unplug.block.DiskHandle below, Removal kind) {
            return true;
        }

        @Override
        public void lowerComes(org.unplug.block.DiskHandle below) throws IOException {
            if (!below.info().serial().equals("card")) {
                throw new IOException("another medium");
            }
            joined = true;
        }

        @Override
        public void close() {}
    }

    @Test
    void lowerBack_underAnotherName_joinsByIdentity_andAStrangerDoesNot() {
        Returning driver = new Returning();
        Gendisk lower = insert("card");
        try (StackWatch watch = watch(new StackPlan("returning", List.of("plat0"), 1, below -> driver))) {
            Rig.await("the stack", () -> watch.stack() != null);
            Rig.await("its service", () -> context.getServiceReference(Returning.class) != null);
            remove(lower, Removal.SURPRISE);
            assertNotNull(watch.stack());
            Rig.await("its name is free", () -> lower.state() == DiskState.RELEASED);
            insert("stranger");
            Gendisk back = insert("card");
            assertEquals("plat1", back.info().name());
            Rig.await("the join", () -> driver.joined);
            Rig.await("the stranger put out", () -> watch.stack().below().size() == 1);
            assertEquals(
                    List.of("plat1"),
                    watch.stack().below().stream().map(DiskInfo::name).toList());
        }
        assertNull(context.getServiceReference(Returning.class));
    }

    @Test
    void planThatFails_isNotTriedAgain_beforeAnotherIncarnation() {
        int[] tries = new int[1];
        StackPlan plan = new StackPlan("failing", List.of("plat0"), 1, below -> {
            tries[0]++;
            throw new IOException("no");
        });
        Gendisk lower = insert("a");
        try (StackWatch watch = watch(plan)) {
            Rig.await("the try", () -> tries[0] == 1);
            insert("b");
            remove(lower, Removal.ORDERLY);
            Rig.await("its name is free", () -> lower.state() == DiskState.RELEASED);
            insert("c");
            Rig.await("another try", () -> tries[0] == 2);
            assertNull(watch.stack());
        }
        assertEquals(2, tries[0]);
        rig.awaitNoHandle();
    }
}
