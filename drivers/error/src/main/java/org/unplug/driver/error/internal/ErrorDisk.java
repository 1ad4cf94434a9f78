package org.unplug.driver.error.internal;

import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.unplug.block.stack.Filter;
import org.unplug.block.stack.FilterDisk;

/** Errors as a disk: factory configuration {@code org.unplug.driver.error}, property {@code disk}. */
@Component(
        name = "org.unplug.driver.error",
        property = "filter.target=(" + Filter.NAME + "=error)",
        service = {},
        immediate = true,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class ErrorDisk extends FilterDisk {}
