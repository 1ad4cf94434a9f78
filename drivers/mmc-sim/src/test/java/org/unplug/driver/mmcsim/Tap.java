package org.unplug.driver.mmcsim;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.unplug.mmc.spi.HostCaps;
import org.unplug.mmc.spi.HostEvents;
import org.unplug.mmc.spi.MmcHost;
import org.unplug.mmc.spi.MmcIos;
import org.unplug.mmc.spi.MmcRequest;

/** Between core and adapter: writes down the commands, and may keep a request to itself. */
class Tap implements MmcHost {

    final MmcHost host;
    final List<Integer> opcodes = new CopyOnWriteArrayList<>();
    private volatile Predicate<MmcRequest> before = request -> true;
    private volatile HostCaps caps;

    Tap(MmcHost host) {
        this.host = host;
    }

    /** Runs ahead of each request, which is swallowed if that says false. */
    void before(Predicate<MmcRequest> hook) {
        before = hook;
    }

    Tap withCaps(HostCaps other) {
        caps = other;
        return this;
    }

    @Override
    public void start(HostEvents events) {
        host.start(events);
    }

    @Override
    public void stop() {
        host.stop();
    }

    @Override
    public HostCaps caps() {
        return caps == null ? host.caps() : caps;
    }

    @Override
    public void request(MmcRequest request) {
        if (request.sbc() != null) {
            opcodes.add(request.sbc().opcode());
        }
        opcodes.add(request.cmd().opcode());
        if (request.stop() != null) {
            opcodes.add(request.stop().opcode());
        }
        if (before.test(request)) {
            host.request(request);
        }
    }

    @Override
    public void cancel(MmcRequest request) {
        host.cancel(request);
    }

    @Override
    public void setIos(MmcIos ios) {
        host.setIos(ios);
    }

    @Override
    public boolean isCardPresent() {
        return host.isCardPresent();
    }

    @Override
    public boolean isCardBusy() {
        return host.isCardBusy();
    }

    @Override
    public boolean isReadOnly() {
        return host.isReadOnly();
    }
}
