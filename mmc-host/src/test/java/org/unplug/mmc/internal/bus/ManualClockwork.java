package org.unplug.mmc.internal.bus;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.unplug.ref.Clockwork;

/** A clock that a test moves on; timers fire on the test's thread, in order. */
final class ManualClockwork implements Clockwork {

    private record Alarm(long atNanos, long serial, Runnable task) {}

    private final List<Alarm> alarms = new ArrayList<>();
    private long now = 1_000_000_000L;
    private long serial;

    @Override
    public long nanoTime() {
        return now;
    }

    @Override
    public void execute(String name, Runnable task) {
        task.run();
    }

    @Override
    public Timer schedule(long delayMs, Runnable task) {
        Alarm alarm = new Alarm(now + delayMs * 1_000_000, serial++, task);
        alarms.add(alarm);
        return () -> alarms.remove(alarm);
    }

    @Override
    public void await(Object monitor, long timeoutNanos) {
        throw new UnsupportedOperationException("nothing waits here");
    }

    void advanceMs(long ms) {
        long end = now + ms * 1_000_000;
        while (true) {
            Alarm next = alarms.stream()
                    .filter(a -> a.atNanos() <= end)
                    .min(Comparator.comparingLong(Alarm::atNanos).thenComparingLong(Alarm::serial))
                    .orElse(null);
            if (next == null) {
                now = end;
                return;
            }
            alarms.remove(next);
            now = Math.max(now, next.atNanos());
            next.task().run();
        }
    }

    int pending() {
        return alarms.size();
    }
}
