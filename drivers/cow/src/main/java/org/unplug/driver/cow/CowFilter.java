package org.unplug.driver.cow;

import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.unplug.block.DiskHandle;
import org.unplug.block.stack.Filter;
import org.unplug.block.stack.FilterDriver;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** Makes snapshots in memory. Taken out of a live disk's queue, such a one takes what was written with it. */
@Component(service = Filter.class, property = Filter.NAME + "=cow")
public final class CowFilter implements Filter {

    private final SystemClockwork clockwork = Clockwork.system("unplug-cow");

    @Activate
    public CowFilter() {}

    @Deactivate
    void stop() {
        clockwork.close();
    }

    @Override
    public String name() {
        return "cow";
    }

    @Override
    public FilterDriver create(DiskHandle below, Map<String, ?> given) {
        return new CowMaker(given, clockwork).make(List.of(below));
    }
}
