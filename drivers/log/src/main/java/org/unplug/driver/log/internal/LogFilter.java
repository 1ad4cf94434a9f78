package org.unplug.driver.log.internal;

import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.unplug.block.DiskHandle;
import org.unplug.block.stack.Filter;
import org.unplug.block.stack.FilterDriver;
import org.unplug.block.stack.Options;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** Makes the drivers. */
@Component(service = Filter.class, property = Filter.NAME + "=log")
public final class LogFilter implements Filter {

    private final SystemClockwork own;
    private final Clockwork clockwork;

    @Activate
    public LogFilter() {
        own = Clockwork.system("unplug-log");
        clockwork = own;
    }

    LogFilter(Clockwork clockwork) {
        own = null;
        this.clockwork = clockwork;
    }

    @Deactivate
    void stop() {
        own.close();
    }

    @Override
    public String name() {
        return "log";
    }

    @Override
    public FilterDriver create(DiskHandle below, Map<String, ?> given) {
        Options options = new Options(name(), given);
        long maxBytes = options.whole("maxBytes", 256L << 20, 0, Long.MAX_VALUE);
        options.refuseOthers();
        return new LogDriver(below, new Journal(maxBytes), clockwork);
    }
}
