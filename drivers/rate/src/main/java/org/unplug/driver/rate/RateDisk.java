package org.unplug.driver.rate;

import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.unplug.block.stack.Filter;
import org.unplug.block.stack.FilterDisk;

/** A limit as a disk: factory configuration {@code org.unplug.driver.rate}, property {@code disk}. */
@Component(
        name = "org.unplug.driver.rate",
        property = "filter.target=(" + Filter.NAME + "=rate)",
        service = {},
        immediate = true,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class RateDisk extends FilterDisk {}
