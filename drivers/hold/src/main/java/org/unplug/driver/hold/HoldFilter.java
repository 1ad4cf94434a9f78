package org.unplug.driver.hold;

import java.io.IOException;
import java.io.UncheckedIOException;
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
@Component(service = Filter.class, property = Filter.NAME + "=hold")
public final class HoldFilter implements Filter {

    private final SystemClockwork own;
    private final Clockwork clockwork;

    @Activate
    public HoldFilter() {
        own = Clockwork.system("unplug-hold");
        clockwork = own;
    }

    HoldFilter(Clockwork clockwork) {
        own = null;
        this.clockwork = clockwork;
    }

    @Deactivate
    void stop() {
        own.close();
    }

    @Override
    public String name() {
        return "hold";
    }

    @Override
    public FilterDriver create(DiskHandle below, Map<String, ?> given) {
        Options options = new Options(name(), given);
        long waitMs = options.whole("waitMs", 30_000, 1, 86_400_000);
        long redoBytes = options.whole("redoBytes", 16L << 20, 0, Long.MAX_VALUE);
        boolean holdOrderly = options.flag("holdOrderly", false);
        options.refuseOthers();
        try {
            return new HoldDriver(below, Generation.of(below), waitMs, redoBytes, holdOrderly, clockwork);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
