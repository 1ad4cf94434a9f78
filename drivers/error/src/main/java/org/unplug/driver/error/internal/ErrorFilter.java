package org.unplug.driver.error.internal;

import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.unplug.block.DiskHandle;
import org.unplug.block.stack.Filter;
import org.unplug.block.stack.FilterDriver;
import org.unplug.block.stack.Options;
import org.unplug.driver.error.ErrorRule;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** Makes the drivers. */
@Component(service = Filter.class, property = Filter.NAME + "=error")
public final class ErrorFilter implements Filter {

    private final SystemClockwork own;
    private final Clockwork clockwork;

    @Activate
    public ErrorFilter() {
        own = Clockwork.system("unplug-error");
        clockwork = own;
    }

    ErrorFilter(Clockwork clockwork) {
        own = null;
        this.clockwork = clockwork;
    }

    @Deactivate
    void stop() {
        own.close();
    }

    @Override
    public String name() {
        return "error";
    }

    @Override
    public FilterDriver create(DiskHandle below, Map<String, ?> given) {
        Options options = new Options(name(), given);
        ErrorRule rule = ErrorRules.parse(options, below.info().capacitySectors());
        boolean armed = options.flag("armed", true);
        options.refuseOthers();
        ErrorDriver driver = new ErrorDriver(below, clockwork);
        if (armed) {
            driver.arm(rule);
        }
        return driver;
    }
}
