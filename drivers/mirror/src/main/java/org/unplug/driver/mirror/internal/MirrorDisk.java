package org.unplug.driver.mirror.internal;

import java.util.List;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.unplug.block.Disks;
import org.unplug.block.stack.Options;
import org.unplug.block.stack.StackPlan;
import org.unplug.block.stack.StackWatch;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** A mirror: factory configuration {@code org.unplug.driver.mirror}, property {@code disk}. */
@Component(
        name = "org.unplug.driver.mirror",
        service = {},
        immediate = true,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class MirrorDisk {

    private final SystemClockwork clockwork = Clockwork.system("unplug-mirror");

    @Reference
    private Disks disks;

    @Reference(
            service = LoggerFactory.class,
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC)
    private volatile Logger log;

    private StackWatch watch;

    /** What the legs are taken for at the start. */
    enum Sync {
        FULL,
        CLEAN
    }

    static StackPlan plan(Map<String, ?> config, Clockwork clockwork) {
        Options options = new Options("mirror", config);
        List<String> lowers = options.texts("disk");
        Sync sync = options.one("sync", Sync.class, Sync.FULL);
        boolean degraded = options.flag("degraded", false);
        long regionSectors = options.whole("regionKiB", 64, 4, 1 << 20) * 2;
        options.refuseOthers();
        if (lowers.size() < 2) {
            throw new IllegalArgumentException("mirror: option disk names " + lowers + ": must be two or more");
        }
        return new StackPlan(
                "mirror",
                lowers,
                degraded ? 1 : lowers.size(),
                below -> new MirrorDriver(below, lowers.size(), sync == Sync.CLEAN, regionSectors, clockwork));
    }

    @Activate
    void start(BundleContext context, Map<String, Object> config) {
        watch = new StackWatch(context, disks, plan(config, clockwork), () -> log);
    }

    @Deactivate
    void stop() {
        watch.close();
        clockwork.close();
    }
}
