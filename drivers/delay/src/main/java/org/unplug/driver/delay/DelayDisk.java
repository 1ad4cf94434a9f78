package org.unplug.driver.delay;

import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.unplug.block.stack.Filter;
import org.unplug.block.stack.FilterDisk;

/** A delay as a disk: factory configuration {@code org.unplug.driver.delay}, property {@code disk}. */
@Component(
        name = "org.unplug.driver.delay",
        property = "filter.target=(" + Filter.NAME + "=delay)",
        service = {},
        immediate = true,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class DelayDisk extends FilterDisk {}
