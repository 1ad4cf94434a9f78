package org.unplug.scsi.debug.internal.adapter;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import org.unplug.ref.Clockwork;
import org.unplug.scsi.spi.ScsiCommand;

/**
 * The adapter's own threads: commands come in, wait for their latency if they have one, and are executed in batches. A command is
 * at each instant in one place: in a queue, from which whoever takes it ends it, held for ever likewise, or in the hands of a worker.
 */
final class Service {

    /** Executes and completes one command. */
    interface Work {
        void serve(ScsiCommand command, Worker worker);
    }

    private record Delayed(ScsiCommand command, long dueNanos, long serial) implements Comparable<Delayed> {
        @Override
        public int compareTo(Delayed other) {
            int order = Long.compare(dueNanos - other.dueNanos, 0);
            return order != 0 ? order : Long.compare(serial, other.serial);
        }
    }

    private static final int BATCH = 64;
    private static final long LONG_NANOS = 3_600_000_000_000L;

    private final String name;
    private final Clockwork clockwork;
    private final Work work;
    private final int mostWorkers;

    // Guarded by this.
    private final ArrayDeque<ScsiCommand> ready;
    private final PriorityQueue<Delayed> delayed = new PriorityQueue<>();
    private final List<ScsiCommand> held = new ArrayList<>();
    private final List<Worker> workers = new ArrayList<>();
    private int idle;
    private long serial;
    private boolean closed;

    Service(String name, Clockwork clockwork, int workers, int depth, Work work) {
        this.name = name;
        this.clockwork = clockwork;
        this.work = work;
        mostWorkers = Math.max(1, workers);
        ready = new ArrayDeque<>(depth + 1);
    }

    /** Takes a command; false once closed. */
    synchronized boolean put(ScsiCommand command, long latencyNanos) {
        if (closed) {
            return false;
        }
        if (latencyNanos == 0) {
            ready.add(command);
        } else {
            delayed.add(new Delayed(command, clockwork.nanoTime() + latencyNanos, serial++));
        }
        if (idle > 0) {
            // All, since who waits for the end of batches waits here too, and might take a single wake-up away.
            notifyAll();
        } else if (workers.size() < mostWorkers) {
            Worker worker = new Worker();
            workers.add(worker);
            clockwork.execute(name + " worker " + workers.size(), worker);
        }
        return true;
    }

    /** Takes a command that no worker will ever get; false once closed. */
    synchronized boolean hold(ScsiCommand command) {
        return !closed && held.add(command);
    }

    /** Takes commands that no worker has yet; the caller ends them. */
    synchronized List<ScsiCommand> take(Predicate<ScsiCommand> which) {
        List<ScsiCommand> taken = new ArrayList<>();
        for (Iterator<ScsiCommand> all = ready.iterator(); all.hasNext(); ) {
            ScsiCommand command = all.next();
            if (which.test(command)) {
                all.remove();
                taken.add(command);
            }
        }
        delayed.removeIf(entry -> which.test(entry.command) && taken.add(entry.command));
        held.removeIf(command -> which.test(command) && taken.add(command));
        return taken;
    }

    /**
     * Waits until every worker has ended the batch that it has now, but for the calling thread's own; false if that took longer.
     */
    synchronized boolean awaitBatches(long timeoutMs) {
        long deadline = clockwork.nanoTime() + timeoutMs * 1_000_000;
        for (Worker worker : new ArrayList<>(workers)) {
            long batch = worker.batches;
            if (worker.thread != Thread.currentThread()
                    && !clockwork.awaitUntil(this, deadline, () -> !worker.busy || worker.batches != batch)) {
                return false;
            }
        }
        return true;
    }

    /** Takes nothing any more; the workers go once what they have is done. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }

    /** A thread, and what it uses again for each command. */
    final class Worker implements Runnable {
        final Execution execution = new Execution();
        private final ScsiCommand[] batch = new ScsiCommand[BATCH];
        private Thread thread;
        private boolean busy;
        private long batches;

        @Override
        public void run() {
            int count = next();
            while (count > 0) {
                for (int i = 0; i < count; i++) {
                    ScsiCommand command = batch[i];
                    batch[i] = null;
                    work.serve(command, this);
                }
                count = next();
            }
        }

        /** Waits for commands; how many there are in the batch, none once closed. */
        private int next() {
            synchronized (Service.this) {
                thread = Thread.currentThread();
                busy = false;
                batches++;
                if (workers.size() > 0) {
                    Service.this.notifyAll();
                }
                while (true) {
                    int count = fill();
                    if (count > 0) {
                        busy = true;
                        return count;
                    }
                    if (closed) {
                        workers.remove(this);
                        return 0;
                    }
                    Delayed first = delayed.peek();
                    idle++;
                    clockwork.await(Service.this, first == null ? LONG_NANOS : first.dueNanos - clockwork.nanoTime());
                    idle--;
                }
            }
        }

        private int fill() {
            int count = 0;
            int share = Math.max(1, ready.size() / mostWorkers);
            while (count < Math.min(BATCH, share) && !ready.isEmpty()) {
                batch[count++] = ready.remove();
            }
            if (!delayed.isEmpty()) {
                long now = clockwork.nanoTime();
                while (count < BATCH && !delayed.isEmpty() && delayed.peek().dueNanos - now <= 0) {
                    batch[count++] = delayed.remove().command;
                }
            }
            return count;
        }
    }
}
