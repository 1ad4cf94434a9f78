package org.unplug.block.stack;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.unplug.ref.Clockwork;

/**
 * Things that wait for their time. What is due is handed out in order of time, and of arrival where that is equal, by one
 * thread at a time, which may block; the timer thread is only used to wake it. Any thread may call.
 *
 * @param <T> what waits, told apart by object identity; nothing waits twice at a time
 */
public final class DueQueue<T> {

    private final String name;
    private final Clockwork clockwork;
    private final Consumer<T> due;
    private final PriorityQueue<Entry<T>> waiting = new PriorityQueue<>(
            Comparator.<Entry<T>>comparingLong(e -> e.dueNanos).thenComparingLong(e -> e.order));
    private long lastOrder;
    private boolean working;
    private Clockwork.Timer timer = () -> {};
    private long timerNanos;
    private boolean armed;

    private record Entry<T>(long dueNanos, long order, T item) {}

    /**
     * @param name for the thread
     * @param due gets what is due, under no lock
     */
    public DueQueue(String name, Clockwork clockwork, Consumer<T> due) {
        this.name = name;
        this.clockwork = clockwork;
        this.due = due;
    }

    /** Has something handed out at a time on the clockwork's clock. Never hands out on the calling thread. */
    public void at(long dueNanos, T item) {
        synchronized (this) {
            waiting.add(new Entry<>(dueNanos, ++lastOrder, item));
            arm();
        }
    }

    /** Takes something back. False if it was handed out already, or is just being. */
    public synchronized boolean remove(T item) {
        return waiting.removeIf(entry -> entry.item == item);
    }

    /** Takes everything back, in the order in which it would have been handed out. */
    public synchronized List<T> removeAll() {
        List<T> all = new ArrayList<>();
        for (Entry<T> entry = waiting.poll(); entry != null; entry = waiting.poll()) {
            all.add(entry.item);
        }
        timer.cancel();
        armed = false;
        return all;
    }

    private void arm() {
        Entry<T> first = waiting.peek();
        if (first == null || working || (armed && timerNanos - first.dueNanos <= 0)) {
            return;
        }
        timer.cancel();
        armed = true;
        timerNanos = first.dueNanos;
        long leftNanos = Math.max(0, first.dueNanos - clockwork.nanoTime());
        timer = clockwork.schedule((leftNanos + 999_999) / 1_000_000, this::tick);
    }

    private void tick() {
        synchronized (this) {
            armed = false;
            if (working || waiting.isEmpty()) {
                return;
            }
            working = true;
        }
        clockwork.execute(name, this::work);
    }

    private void work() {
        T item = next();
        while (item != null) {
            due.accept(item);
            item = next();
        }
    }

    private synchronized T next() {
        Entry<T> first = waiting.peek();
        if (first != null && first.dueNanos - clockwork.nanoTime() <= 0) {
            return waiting.remove().item;
        }
        working = false;
        arm();
        return null;
    }
}
