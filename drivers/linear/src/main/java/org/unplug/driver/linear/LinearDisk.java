package org.unplug.driver.linear;

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

/** Disks one after another: factory configuration {@code org.unplug.driver.linear}, property {@code disk}. */
@Component(
        name = "org.unplug.driver.linear",
        service = {},
        immediate = true,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class LinearDisk {

    private final SystemClockwork clockwork = Clockwork.system("unplug-linear");

    @Reference
    private Disks disks;

    @Reference(
            service = LoggerFactory.class,
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC)
    private volatile Logger log;

    private StackWatch watch;

    static StackPlan plan(Map<String, ?> config, Clockwork clockwork) {
        Options options = new Options("linear", config);
        List<String> lowers = options.texts("disk");
        options.refuseOthers();
        return new StackPlan("linear", lowers, lowers.size(), below -> new LinearDriver(below, clockwork));
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
