package org.unplug.driver.log.internal;

import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.unplug.block.stack.Filter;
import org.unplug.block.stack.FilterDisk;

/** A write log as a disk: factory configuration {@code org.unplug.driver.log}, property {@code disk}. */
@Component(
        name = "org.unplug.driver.log",
        property = "filter.target=(" + Filter.NAME + "=log)",
        service = {},
        immediate = true,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class LogDisk extends FilterDisk {}
