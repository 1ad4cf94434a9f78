package org.unplug.block.stack;

import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.unplug.block.Disks;

/**
 * The component of a disk over one other disk: it stands as long as the disk that its configuration names is there, and goes with
 * its bundle. A filter's bundle has one by an empty subclass, which says which filter:
 *
 * <pre>{@code
 * @Component(
 *         name = "com.example.blinky",
 *         property = "filter.target=(filter.name=blinky)",
 *         service = {},
 *         immediate = true,
 *         configurationPolicy = ConfigurationPolicy.REQUIRE)
 * public final class BlinkyDisk extends FilterDisk {}
 * }</pre>
 *
 * The bundle is built with {@code -dsannotations-options: inherit}. The configuration holds {@code disk}, the name of the
 * disk below, and the filter's own options.
 */
public abstract class FilterDisk {

    /** Through which the upper disk is added; bound by the component runtime. */
    @Reference
    protected Disks disks;

    /** Makes the driver; the subclass's property {@code filter.target} says which. */
    @Reference(name = "filter")
    protected Filter filter;

    /** Bound and unbound at any time by the component runtime. */
    @Reference(
            service = LoggerFactory.class,
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC)
    protected volatile Logger log;

    private StackWatch watch;

    /** @param config of the factory configuration */
    @Activate
    protected final void start(BundleContext context, Map<String, Object> config) {
        watch = new StackWatch(context, disks, StackPlan.of(filter, config), () -> log);
    }

    /** Removes the upper disk, in order. */
    @Deactivate
    protected final void stop() {
        watch.close();
    }
}
