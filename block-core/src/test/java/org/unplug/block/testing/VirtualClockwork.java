package org.unplug.block.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.unplug.ref.Clockwork;

/**
 * Virtual time and one thread at a time: the same test takes the same steps on every run, and a time-out of half a minute
 * takes none.
 *
 * <p><b>Theory of operation.</b> Every task has a real thread, so that thread locals and monitors are what they are in
 * production, but only the holder of the baton runs. It passes the baton on when it waits, {@linkplain #pause pauses},
 * {@linkplain #settle settles} or ends. Who comes next is the one that ran longest ago, or, with a seed, any that can run:
 * so a schedule is a number. A waiter can run again after anybody else has taken a step, since it may have been notified;
 * it looks at its condition and waits again if it was not. When nobody can run, time goes on to the next timer or the next
 * waiter's time-out.
 *
 * <p>The thread that makes it takes part: it holds the baton first. Threads that do not take part may execute and schedule
 * but not wait.
 */
public final class VirtualClockwork implements Clockwork, AutoCloseable {

    private static final long FOR_EVER = Long.MAX_VALUE;
    private static final long REAL_LIMIT_MS = 20_000;

    /** Ends a thread that is still waiting when the clockwork is closed. */
    private static final class Closed extends Error {
        private static final long serialVersionUID = 1;
    }

    private final Random random;
    /** Guards what follows. */
    private final Object lock = new Object();

    /** Everybody but the holder of the baton, the one that ran longest ago first. */
    private final List<Participant> others = new ArrayList<>();

    private final List<VirtualTimer> timers = new ArrayList<>();
    private final BlockingQueue<Object> notifications = new LinkedBlockingQueue<>();
    private Participant running;
    private long now;
    private long steps = 1;
    private long serial;
    private boolean interplay;
    private volatile boolean closed;
    private volatile String deadlock;

    private enum Wish {
        /** Runs as soon as it is its turn. */
        RUN,
        /** Runs after somebody else took a step, or at its deadline. */
        LOOK,
        /** Runs at its deadline. */
        SLEEP,
        /** Runs when nobody else can at this time. */
        SETTLE
    }

    private static final class Participant {
        private final String name;
        private final Thread thread;
        private Wish wish = Wish.RUN;
        private Object monitor;
        private long deadline = FOR_EVER;
        private long looked;
        private volatile boolean granted;

        Participant(String name, Thread thread) {
            this.name = name;
            this.thread = thread;
        }
    }

    private final class VirtualTimer implements Timer {
        private final long due;
        private final long number;
        private final Runnable task;

        VirtualTimer(long due, long number, Runnable task) {
            this.due = due;
            this.number = number;
            this.task = task;
        }

        @Override
        public void cancel() {
            synchronized (lock) {
                timers.remove(this);
            }
        }
    }

    /** A task that was started, to be asked whether it ended. */
    public static final class Started<T> {
        private volatile boolean done;
        private volatile T result;
        private volatile Throwable failure;

        public boolean isDone() {
            return done;
        }

        /** What it returned; fails if it threw or has not ended. */
        public T result() {
            if (failure != null) {
                throw new AssertionError("the task failed", failure);
            }
            if (!done) {
                throw new AssertionError("the task has not ended");
            }
            return result;
        }
    }

    /** What a started task does. */
    public interface Body<T> {
        T run() throws Exception;
    }

    /** In turn. */
    public VirtualClockwork() {
        this(null);
    }

    /** By a schedule that the seed names. */
    public VirtualClockwork(long seed) {
        this(new Random(seed));
    }

    private VirtualClockwork(Random random) {
        this.random = random;
        this.running = new Participant("test", Thread.currentThread());
        Thread notifier = new Thread(this::deliverNotifications, "virtual notifier");
        notifier.setDaemon(true);
        notifier.start();
    }

    @Override
    public long nanoTime() {
        synchronized (lock) {
            return now;
        }
    }

    public long milliTime() {
        return nanoTime() / 1_000_000;
    }

    @Override
    public void execute(String name, Runnable task) {
        Runnable body = () -> {
            Participant self = self();
            try {
                awaitGrant(self);
                task.run();
            } catch (Closed end) {
                return;
            } finally {
                passOn();
            }
        };
        Thread thread = new Thread(null, body, "virtual " + name, 0, false);
        thread.setDaemon(true);
        synchronized (lock) {
            interplay = true;
            others.add(new Participant(name, thread));
        }
        thread.start();
    }

    /** Starts a task whose outcome is asked for later. */
    public <T> Started<T> start(String name, Body<T> body) {
        Started<T> started = new Started<>();
        execute(name, () -> {
            try {
                started.result = body.run();
            } catch (Closed end) {
                throw end;
            } catch (Throwable t) {
                started.failure = t;
            }
            started.done = true;
        });
        return started;
    }

    @Override
    public Timer schedule(long delayMs, Runnable task) {
        synchronized (lock) {
            interplay = true;
            VirtualTimer timer = new VirtualTimer(now + delayMs * 1_000_000, ++serial, task);
            timers.add(timer);
            return timer;
        }
    }

    /** How many timers wait for their time. */
    public int timers() {
        synchronized (lock) {
            return timers.size();
        }
    }

    @Override
    public void await(Object monitor, long timeoutNanos) {
        if (timeoutNanos <= 0) {
            return;
        }
        long deadline;
        synchronized (lock) {
            deadline = timeoutNanos > FOR_EVER - now ? FOR_EVER : now + timeoutNanos;
        }
        pass(Wish.LOOK, monitor, deadline);
    }

    /** Lets any other take a step here: a place where a schedule may switch. */
    public void pause() {
        pass(Wish.RUN, null, FOR_EVER);
    }

    /** Waits for a condition that another participant makes true, for as long as it takes. */
    public void until(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            pass(Wish.LOOK, null, FOR_EVER);
        }
    }

    /** Never returns, until the clockwork is closed: what a stuck driver does. */
    public void hang() {
        pass(Wish.SLEEP, null, FOR_EVER);
        throw new AssertionError("woken without a reason");
    }

    /** Lets the others run as far as they come without time going on. */
    public void settle() {
        pass(Wish.SETTLE, null, FOR_EVER);
    }

    /** Sleeps, and so lets time go on. */
    public void sleepMs(long ms) {
        pass(Wish.SLEEP, null, nanoTime() + ms * 1_000_000);
    }

    /** Ends every waiting thread. */
    @Override
    public void close() {
        List<Participant> left;
        synchronized (lock) {
            closed = true;
            left = new ArrayList<>(others);
        }
        left.forEach(this::wake);
        notifications.add(notifications);
    }

    private Participant self() {
        Thread me = Thread.currentThread();
        synchronized (lock) {
            if (running != null && running.thread == me) {
                return running;
            }
            return others.stream()
                    .filter(p -> p.thread == me)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException(me.getName() + " does not take part"));
        }
    }

    private void pass(Wish wish, Object monitor, long deadline) {
        if (closed) {
            throw new Closed();
        }
        Participant self = self();
        Participant next;
        synchronized (lock) {
            boolean merelyLooked = !interplay && self.wish == Wish.LOOK && wish == Wish.LOOK && self.monitor == monitor;
            if (!merelyLooked) {
                steps++;
            }
            self.wish = wish;
            self.monitor = monitor;
            self.deadline = deadline;
            self.looked = steps;
            self.granted = false;
            others.add(self);
            next = choose();
        }
        wake(next);
        awaitGrant(self);
    }

    /** The running thread ends. */
    private void passOn() {
        if (closed) {
            return;
        }
        Participant next;
        synchronized (lock) {
            steps++;
            next = choose();
        }
        wake(next);
    }

    private Participant choose() {
        while (true) {
            List<Participant> able = new ArrayList<>();
            for (Participant p : others) {
                if (p.wish == Wish.RUN || p.deadline <= now || (p.wish == Wish.LOOK && p.looked < steps)) {
                    able.add(p);
                }
            }
            if (able.isEmpty()) {
                others.stream().filter(p -> p.wish == Wish.SETTLE).forEach(able::add);
            }
            if (!able.isEmpty()) {
                Participant next = able.get(random == null ? 0 : random.nextInt(able.size()));
                others.remove(next);
                running = next;
                interplay = false;
                next.granted = true;
                return next;
            }
            goOn();
        }
    }

    private void goOn() {
        long next = FOR_EVER;
        for (Participant p : others) {
            next = Math.min(next, p.deadline);
        }
        for (VirtualTimer timer : timers) {
            next = Math.min(next, timer.due);
        }
        if (next == FOR_EVER) {
            List<String> names = others.stream().map(p -> p.name).toList();
            deadlock = "deadlock: everybody waits for ever: " + names;
            closed = true;
            others.forEach(this::wake);
            throw new AssertionError(deadlock);
        }
        now = Math.max(now, next);
        List<VirtualTimer> due = new ArrayList<>();
        timers.stream().filter(t -> t.due <= now).forEach(due::add);
        due.sort((a, b) -> a.due != b.due ? Long.compare(a.due, b.due) : Long.compare(a.number, b.number));
        timers.removeAll(due);
        due.forEach(t -> execute("timer", t.task));
    }

    private void wake(Participant next) {
        Object monitor = next.monitor;
        if (monitor == null) {
            LockSupport.unpark(next.thread);
        } else {
            notifications.add(monitor);
        }
    }

    /**
     * On a thread of its own: whoever passes the baton holds the monitor that it is about to wait on, and the one that gets
     * the baton may be up already, hold its own and want that one.
     */
    private void deliverNotifications() {
        try {
            while (true) {
                Object monitor = notifications.take();
                synchronized (monitor) {
                    monitor.notifyAll();
                }
                if (monitor == notifications) {
                    return;
                }
            }
        } catch (InterruptedException end) {
            return;
        }
    }

    /** Bounded in real time, so that a thread that blocks in earnest while it has the baton fails the test. */
    private void awaitGrant(Participant self) {
        Object monitor = self.monitor;
        long realDeadline = System.nanoTime() + REAL_LIMIT_MS * 1_000_000;
        boolean interrupted = false;
        while (!self.granted && !closed) {
            long leftMs = (realDeadline - System.nanoTime()) / 1_000_000;
            if (leftMs <= 0) {
                throw new AssertionError("the baton did not come back to " + self.name + ": "
                        + (running == null ? "nobody" : running.name + " blocks outside of the clockwork"));
            }
            if (monitor == null) {
                LockSupport.parkNanos(this, leftMs * 1_000_000);
                interrupted |= Thread.interrupted();
            } else {
                try {
                    monitor.wait(leftMs);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (!self.granted) {
            if (deadlock != null) {
                throw new AssertionError(deadlock);
            }
            throw new Closed();
        }
    }
}
