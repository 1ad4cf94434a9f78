package org.unplug.driver.stats.internal;

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
import org.unplug.block.stack.Filter;
import org.unplug.block.stack.StackPlan;
import org.unplug.block.stack.StackWatch;

/** Counting as a disk: factory configuration {@code org.unplug.driver.stats}, property {@code disk}. */
@Component(
        name = "org.unplug.driver.stats",
        service = {},
        immediate = true,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class StatsDisk {

    @Reference
    private Disks disks;

    @Reference(target = "(" + Filter.NAME + "=stats)")
    private Filter filter;

    @Reference(
            service = LoggerFactory.class,
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC)
    private volatile Logger log;

    private StackWatch watch;

    @Activate
    void start(BundleContext context, Map<String, Object> config) {
        watch = new StackWatch(context, disks, StackPlan.of(filter, config), () -> log);
    }

    @Deactivate
    void stop() {
        watch.close();
    }
}
