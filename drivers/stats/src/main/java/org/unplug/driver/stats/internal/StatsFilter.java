package org.unplug.driver.stats.internal;

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
@Component(service = Filter.class, property = Filter.NAME + "=stats")
public final class StatsFilter implements Filter {

    private final SystemClockwork own;
    private final Clockwork clockwork;

    @Activate
    public StatsFilter() {
        own = Clockwork.system("unplug-stats");
        clockwork = own;
    }

    StatsFilter(Clockwork clockwork) {
        own = null;
        this.clockwork = clockwork;
    }

    @Deactivate
    void stop() {
        own.close();
    }

    @Override
    public String name() {
        return "stats";
    }

    @Override
    public FilterDriver create(DiskHandle below, Map<String, ?> given) {
        Options options = new Options(name(), given);
        options.refuseOthers();
        return new StatsDriver(below, clockwork);
    }
}
