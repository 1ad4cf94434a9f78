package org.unplug.block.internal.genhd;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.unplug.ref.Clockwork;

/**
 * Calls to others - holders, listeners, drivers - that a removal makes in parallel, each on a thread of its own, and waits
 * for until a deadline and no longer. Whoever has not answered by then is named.
 */
public final class Errands {

    private final Clockwork clockwork;
    private final List<Errand> errands = new ArrayList<>();
    private boolean calledOff;

    /** What is called; a throwable is a problem for the report. */
    public interface Call {
        void run() throws Exception;
    }

    private final class Errand implements Runnable {
        private final String what;
        private final Call call;
        private Thread thread;
        private boolean done;
        private String problem;

        Errand(String what, Call call) {
            this.what = what;
            this.call = call;
        }

        @Override
        public void run() {
            synchronized (Errands.this) {
                if (calledOff) {
                    done = true;
                    Errands.this.notifyAll();
                    return;
                }
                thread = Thread.currentThread();
            }
            String failure = null;
            try {
                call.run();
            } catch (Throwable t) {
                failure = what + " failed: " + t;
            }
            synchronized (Errands.this) {
                done = true;
                thread = null;
                problem = failure;
                Errands.this.notifyAll();
            }
        }
    }

    public Errands(Clockwork clockwork) {
        this.clockwork = clockwork;
    }

    /** Sends somebody; returns at once. */
    public void send(String what, Call call) {
        Errand errand = new Errand(what, call);
        synchronized (this) {
            errands.add(errand);
        }
        clockwork.execute(what, errand);
    }

    /** Waits until everybody is back, or the deadline (Long.MAX_VALUE: none) has come, or it does not matter any more. */
    public synchronized boolean await(long deadlineNanos, BooleanSupplier moot) {
        while (!errands.stream().allMatch(e -> e.done)) {
            long left = deadlineNanos == Long.MAX_VALUE ? Long.MAX_VALUE : deadlineNanos - clockwork.nanoTime();
            if (left <= 0 || moot.getAsBoolean()) {
                return false;
            }
            clockwork.await(this, left);
        }
        return true;
    }

    /** Makes the waiter ask again whether it matters. */
    synchronized void recheck() {
        notifyAll();
    }

    /** From now on nobody sets out; whoever has, goes on. */
    synchronized void callOff() {
        calledOff = true;
    }

    /** Who has not come back, with the thread and where it is. */
    public synchronized List<String> laggards() {
        List<String> lines = new ArrayList<>();
        for (Errand errand : errands) {
            if (!errand.done) {
                lines.add(errand.what + whereabouts(errand.thread));
            }
        }
        return lines;
    }

    private static String whereabouts(Thread thread) {
        if (thread == null) {
            return " has not begun";
        }
        StackTraceElement[] stack = thread.getStackTrace();
        return " has not returned, thread " + thread.getName() + (stack.length == 0 ? "" : ", at " + stack[0]);
    }

    public synchronized List<String> problems() {
        List<String> lines = new ArrayList<>();
        for (Errand errand : errands) {
            if (errand.problem != null) {
                lines.add(errand.problem);
            }
        }
        return lines;
    }
}
