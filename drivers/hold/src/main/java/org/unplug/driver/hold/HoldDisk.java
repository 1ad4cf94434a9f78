package org.unplug.driver.hold;

import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.unplug.block.stack.Filter;
import org.unplug.block.stack.FilterDisk;

/** Patience as a disk: factory configuration {@code org.unplug.driver.hold}, property {@code disk}. */
@Component(
        name = "org.unplug.driver.hold",
        property = "filter.target=(" + Filter.NAME + "=hold)",
        service = {},
        immediate = true,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class HoldDisk extends FilterDisk {}
