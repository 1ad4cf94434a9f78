package org.unplug.itests;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.Request;

/**
 * What a stranger's driver is to do, and what it saw: the test's side of {@code StrangerDriver}. It stands inside the driver,
 * so what it counts is what the removal contract speaks of.
 */
final class Plan implements BiFunction<String, Object, Object>, AutoCloseable {

    /** What {@link #onRequest} answers when the driver shall keep the request and not complete it. */
    static final Object KEEP = "keep";

    private final ServiceRegistration<?> registration;
    private final DiskSpec spec;
    private volatile Function<Request, Object> onRequest = request -> null;

    final AtomicInteger entered = new AtomicInteger();
    final AtomicInteger inside = new AtomicInteger();
    final AtomicInteger insideAtDeactivate = new AtomicInteger(-1);
    final AtomicInteger enteredAfterDeactivate = new AtomicInteger();
    final AtomicInteger lateFlushes = new AtomicInteger();
    final List<RemovalReport> reports = new CopyOnWriteArrayList<>();
    final List<Request> cancelled = new CopyOnWriteArrayList<>();
    private volatile boolean removed;
    private volatile DiskRegistration added;

    Plan(BundleContext context, String name, DiskSpec spec) {
        this.spec = spec;
        registration = context.registerService(
                BiFunction.class.getName(), this, FrameworkUtil.asDictionary(Map.of("stranger.plan", name)));
    }

    /** What to do inside queueRequest: null lets the driver do its work, {@link #KEEP} lets it keep the request. */
    Plan onRequest(Function<Request, Object> action) {
        onRequest = action;
        return this;
    }

    /** Blocks everybody who comes into queueRequest until the latch opens or the bound is met. */
    Plan blockOn(CountDownLatch latch, long boundMs) {
        return onRequest(request -> {
            try {
                latch.await(boundMs, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts a driver's thread", e);
            }
            return null;
        });
    }

    @Override
    public Object apply(String what, Object argument) {
        return switch (what) {
            case "spec" -> spec;
            case "added" -> {
                added = (DiskRegistration) argument;
                removed = false;
                yield null;
            }
            case "queueRequest" -> {
                entered.incrementAndGet();
                inside.incrementAndGet();
                if (removed) {
                    enteredAfterDeactivate.incrementAndGet();
                }
                yield onRequest.apply((Request) argument);
            }
            case "left" -> inside.decrementAndGet();
            case "cancel" -> cancelled.add((Request) argument);
            case "flushed" -> lateFlushes.incrementAndGet();
            case "deactivating" -> null;
            case "removed" -> {
                removed = true;
                insideAtDeactivate.set(inside.get());
                reports.add((RemovalReport) argument);
                yield null;
            }
            default -> throw new IllegalArgumentException(what);
        };
    }

    DiskRegistration added() {
        return added;
    }

    /** The report of the last removal that the driver's deactivation has seen. */
    RemovalReport report() {
        if (reports.isEmpty()) {
            throw new AssertionError("the driver was not deactivated");
        }
        return reports.get(reports.size() - 1);
    }

    /** Forgets what would keep the block layer's objects alive. */
    void forget() {
        added = null;
        cancelled.clear();
    }

    @Override
    public void close() {
        registration.unregister();
    }
}
