package org.unplug.driver.stats.internal;

import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.unplug.block.stack.Filter;
import org.unplug.block.stack.FilterDisk;

/** Counting as a disk: factory configuration {@code org.unplug.driver.stats}, property {@code disk}. */
@Component(
        name = "org.unplug.driver.stats",
        property = "filter.target=(" + Filter.NAME + "=stats)",
        service = {},
        immediate = true,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class StatsDisk extends FilterDisk {}
