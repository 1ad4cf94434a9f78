package org.unplug.driver.delay;

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

/** Makes delays. */
@Component(service = Filter.class, property = Filter.NAME + "=delay")
public final class DelayFilter implements Filter {

    private static final long MOST_MS = 3_600_000;

    private final SystemClockwork own;
    private final Clockwork clockwork;

    @Activate
    public DelayFilter() {
        own = Clockwork.system("unplug-delay");
        clockwork = own;
    }

    DelayFilter(Clockwork clockwork) {
        own = null;
        this.clockwork = clockwork;
    }

    @Deactivate
    void stop() {
        own.close();
    }

    @Override
    public String name() {
        return "delay";
    }

    @Override
    public FilterDriver create(DiskHandle below, Map<String, ?> given) {
        Options options = new Options(name(), given);
        Delays delays = new Delays(
                options.whole("readMs", 0, 0, MOST_MS),
                options.whole("writeMs", 0, 0, MOST_MS),
                options.whole("flushMs", 0, 0, MOST_MS),
                options.whole("discardMs", 0, 0, MOST_MS),
                options.whole("jitterMs", 0, 0, MOST_MS),
                options.whole("seed", 1, Long.MIN_VALUE, Long.MAX_VALUE));
        options.refuseOthers();
        return new DelayDriver(below, delays, clockwork);
    }
}
