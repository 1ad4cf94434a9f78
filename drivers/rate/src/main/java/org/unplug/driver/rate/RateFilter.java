package org.unplug.driver.rate;

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
@Component(service = Filter.class, property = Filter.NAME + "=rate")
public final class RateFilter implements Filter {

    private final SystemClockwork own;
    private final Clockwork clockwork;

    @Activate
    public RateFilter() {
        own = Clockwork.system("unplug-rate");
        clockwork = own;
    }

    RateFilter(Clockwork clockwork) {
        own = null;
        this.clockwork = clockwork;
    }

    @Deactivate
    void stop() {
        own.close();
    }

    @Override
    public String name() {
        return "rate";
    }

    @Override
    public FilterDriver create(DiskHandle below, Map<String, ?> given) {
        Options options = new Options(name(), given);
        long bytesPerSecond = options.whole("bytesPerSecond", 0, 0, Long.MAX_VALUE);
        long iops = options.whole("iops", 0, 0, 1_000_000_000);
        long burstMs = options.whole("burstMs", 100, 1, 60_000);
        options.refuseOthers();
        return new RateDriver(below, new Buckets(bytesPerSecond, iops, burstMs, clockwork.nanoTime()), clockwork);
    }
}
