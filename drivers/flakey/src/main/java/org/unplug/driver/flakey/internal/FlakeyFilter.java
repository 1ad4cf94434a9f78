package org.unplug.driver.flakey.internal;

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
@Component(service = Filter.class, property = Filter.NAME + "=flakey")
public final class FlakeyFilter implements Filter {

    private final SystemClockwork own;
    private final Clockwork clockwork;

    @Activate
    public FlakeyFilter() {
        own = Clockwork.system("unplug-flakey");
        clockwork = own;
    }

    FlakeyFilter(Clockwork clockwork) {
        own = null;
        this.clockwork = clockwork;
    }

    @Deactivate
    void stop() {
        own.close();
    }

    @Override
    public String name() {
        return "flakey";
    }

    @Override
    public FilterDriver create(DiskHandle below, Map<String, ?> given) {
        Options options = new Options(name(), given);
        long cacheBytes = options.whole("cacheBytes", 64L << 20, 1 << 16, Long.MAX_VALUE);
        long seed = options.whole("seed", 1, Long.MIN_VALUE, Long.MAX_VALUE);
        options.refuseOthers();
        return new FlakeyDriver(below, cacheBytes, seed, clockwork);
    }
}
