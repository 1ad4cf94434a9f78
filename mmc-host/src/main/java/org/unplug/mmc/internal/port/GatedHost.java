package org.unplug.mmc.internal.port;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.unplug.mmc.spi.HostCaps;
import org.unplug.mmc.spi.HostEvents;
import org.unplug.mmc.spi.MmcError;
import org.unplug.mmc.spi.MmcHost;
import org.unplug.mmc.spi.MmcIos;
import org.unplug.mmc.spi.MmcRequest;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Gate;

/**
 * An adapter as the core may use it: every call passes a gate, and is remembered while it lasts, so that a removal can close
 * the gate, wait for those inside, and name whoever does not come out.
 *
 * <p>A call that throws counts as an adapter without a card; what it threw is told to the log.
 */
public final class GatedHost {

    private final Clockwork clockwork;
    private final CoreLog log;
    private final String name;
    private final Gate gate = new Gate();
    private final Trace trace;
    private final Map<Thread, Call> inside = new ConcurrentHashMap<>();
    private volatile MmcHost host;

    /** A call on some thread; calls of one thread nest when the adapter completes a request inside of it. */
    private record Call(String what, long sinceNanos, Call outer) {
        int depth() {
            return outer == null ? 1 : 1 + outer.depth();
        }
    }

    public GatedHost(String name, MmcHost host, Clockwork clockwork, CoreLog log) {
        this.name = name;
        this.host = host;
        this.clockwork = clockwork;
        this.log = log;
        this.trace = new Trace(clockwork);
    }

    public String name() {
        return name;
    }

    /** What went over this adapter's line. */
    public Trace trace() {
        return trace;
    }

    public void start(HostEvents events) {
        run("start", () -> host.start(events));
    }

    public void stop() {
        run("stop", () -> host.stop());
    }

    public HostCaps caps() {
        return ask("caps", () -> host.caps(), null);
    }

    public boolean isCardPresent() {
        return ask("isCardPresent", () -> host.isCardPresent(), false);
    }

    public boolean isCardBusy() {
        return ask("isCardBusy", () -> host.isCardBusy(), false);
    }

    public boolean isReadOnly() {
        return ask("isReadOnly", () -> host.isReadOnly(), false);
    }

    public void setIos(MmcIos ios) {
        trace.ios(ios);
        run("setIos", () -> host.setIos(ios));
    }

    public void cancel(MmcRequest request) {
        run("cancel", () -> host.cancel(request));
    }

    /** Gives a request that has begun; one that cannot be given is ended with NO_MEDIUM on the calling thread. */
    public void request(MmcRequest request) {
        if (!enter("request")) {
            request.fail(MmcError.NO_MEDIUM);
            return;
        }
        try {
            host.request(request);
        } catch (RuntimeException | LinkageError e) {
            log.warn(name + ": the adapter's request failed for " + request + ": " + e);
            request.fail(MmcError.INVALID);
        } finally {
            exit();
        }
    }

    /** Lets nobody in any more. */
    public void kill() {
        gate.kill();
    }

    public boolean isKilled() {
        return gate.isKilled();
    }

    /** Waits until nobody is inside but the calling thread itself, or the deadline has come. */
    public boolean awaitQuiet(long deadlineNanos) {
        Call own = inside.get(Thread.currentThread());
        int excused = own == null ? 0 : own.depth();
        return gate.awaitDrained(clockwork, deadlineNanos, () -> excused);
    }

    /** Who is inside now, in words: thread, call, and for how long. */
    public List<String> insiders() {
        long now = clockwork.nanoTime();
        return inside.entrySet().stream()
                .map(e -> e.getKey().getName() + " in " + e.getValue().what() + " for "
                        + (now - e.getValue().sinceNanos()) / 1_000_000 + " ms")
                .sorted()
                .toList();
    }

    /** Forgets the adapter, so that its bundle's classes can go. After {@link #kill}. */
    public void drop() {
        host = null;
    }

    private void run(String what, Runnable call) {
        ask(
                what,
                () -> {
                    call.run();
                    return true;
                },
                false);
    }

    private <T> T ask(String what, Supplier<T> call, T otherwise) {
        if (!enter(what)) {
            return otherwise;
        }
        try {
            return call.get();
        } catch (RuntimeException | LinkageError e) {
            log.warn(name + ": the adapter's " + what + " failed: " + e);
            return otherwise;
        } finally {
            exit();
        }
    }

    private boolean enter(String what) {
        if (!gate.enter()) {
            return false;
        }
        Thread self = Thread.currentThread();
        inside.put(self, new Call(what, clockwork.nanoTime(), inside.get(self)));
        return true;
    }

    private void exit() {
        Thread self = Thread.currentThread();
        Call outer = inside.get(self).outer();
        if (outer == null) {
            inside.remove(self);
        } else {
            inside.put(self, outer);
        }
        gate.exit();
    }
}
