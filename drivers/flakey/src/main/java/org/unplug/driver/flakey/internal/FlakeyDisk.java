package org.unplug.driver.flakey.internal;

import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.unplug.block.stack.Filter;
import org.unplug.block.stack.FilterDisk;

/** A power switch as a disk: factory configuration {@code org.unplug.driver.flakey}, property {@code disk}. */
@Component(
        name = "org.unplug.driver.flakey",
        property = "filter.target=(" + Filter.NAME + "=flakey)",
        service = {},
        immediate = true,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class FlakeyDisk extends FilterDisk {}
