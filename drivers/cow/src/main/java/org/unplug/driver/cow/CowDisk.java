package org.unplug.driver.cow;

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
import org.unplug.block.stack.StackWatch;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** A snapshot as a disk: factory configuration {@code org.unplug.driver.cow}, property {@code disk}. */
@Component(
        name = "org.unplug.driver.cow",
        service = {},
        immediate = true,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class CowDisk {

    private final SystemClockwork clockwork = Clockwork.system("unplug-cow");

    @Reference
    private Disks disks;

    @Reference(
            service = LoggerFactory.class,
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC)
    private volatile Logger log;

    private StackWatch watch;

    @Activate
    void start(BundleContext context, Map<String, Object> config) {
        watch = new StackWatch(context, disks, CowMaker.plan(config, clockwork), () -> log);
    }

    @Deactivate
    void stop() {
        watch.close();
        clockwork.close();
    }
}
