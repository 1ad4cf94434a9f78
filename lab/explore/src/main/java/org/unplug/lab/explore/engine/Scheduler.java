package org.unplug.lab.explore.engine;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Runs a scene by a schedule: one task at a time, in virtual time, with a possible switch at each lock, atomic, hand-over and wait of
 * the woven classes. The same schedule gives the same execution.
 *
 * <p><b>Theory of operation.</b> Woven code calls {@link Yield}, which calls here on the running task's thread. Monitors are entered here
 * only, never in earnest: who holds which is in {@link #locks}. The running task goes on unless the schedule says otherwise; when it
 * blocks, another is taken in turn or by the seed. When nobody can run, time goes on to the next deadline; when there is none, the
 * scene is stuck, which is a finding. Steps are counted from {@link #arm} on.
 */
public final class Scheduler {

    private static final int MOST_STEPS = 300_000;
    private static final int MOST_ENDS = 1_000;
    private static final long REAL_LIMIT_S = 10;

    private static volatile Scheduler current;

    private final Schedule schedule;
    private final States states;
    private final Random random;
    private final List<Task> tasks = new ArrayList<>();
    private final IdentityHashMap<Object, Lock> locks = new IdentityHashMap<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private final Semaphore over = new Semaphore(0);
    private final List<String> findings = new ArrayList<>();
    private final List<String> trace;
    private final List<Execution.Mark> marks = new ArrayList<>();

    private Scene scene;
    private Task running;
    private long now;
    private long timerSerial;
    private long shortWait = -1;
    private boolean armed;
    private boolean unplugged;
    private int step;
    private int nextPreemption;
    private long stateHash;
    private volatile boolean aborted;

    private static final class Lock {
        Task owner;
        int count;
    }

    /** A timer that was set. */
    public final class Timer implements Comparable<Timer> {
        private final long due;
        private final long serial;
        private final Runnable task;

        Timer(long due, long serial, Runnable task) {
            this.due = due;
            this.serial = serial;
            this.task = task;
        }

        public void cancel() {
            timers.remove(this);
        }

        @Override
        public int compareTo(Timer other) {
            return due != other.due ? Long.compare(due, other.due) : Long.compare(serial, other.serial);
        }
    }

    /** Ends a task whose scene is over before it. */
    private static final class Aborted extends Error {
        private static final long serialVersionUID = 1;

        Aborted() {
            super("the scene is over", null, false, false);
        }
    }

    /**
     * @param states where visited states are noted
     * @param traced whether switches are told
     */
    public Scheduler(Schedule schedule, States states, boolean traced) {
        this.schedule = schedule;
        this.states = states;
        this.random = schedule.seed() == 0 ? null : new Random(schedule.seed());
        this.trace = traced ? new ArrayList<>() : null;
    }

    /** The scheduler of this thread's task, or null on a thread that is none. */
    static Scheduler here() {
        Scheduler scheduler = current;
        return scheduler != null && scheduler.running != null && scheduler.running.isCurrentThread() ? scheduler : null;
    }

    /** Plays the scene to its end. @return what went wrong while it ran, apart from the scene's own verdict */
    public List<String> run(Scene played) {
        scene = played;
        current = this;
        try {
            running = new Task(this, 0, "scene", played::play);
            tasks.add(running);
            running.grant();
            if (!over.tryAcquire(REAL_LIMIT_S, TimeUnit.SECONDS)) {
                aborted = true;
                findings.add(
                        "STUCK: " + running.name + " blocks outside of the scheduler at " + Sites.name(running.site));
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            current = null;
        }
        tasks.forEach(Task::free);
        return findings;
    }

    /** Steps that were taken since {@link #arm}. */
    public int steps() {
        return step;
    }

    /** The step at which the task that runs began. */
    public int begunAt() {
        return running.begunAt();
    }

    /** The steps that the scene has named itself. */
    public List<Execution.Mark> marks() {
        return marks;
    }

    public List<String> trace() {
        return trace == null ? List.of() : trace;
    }

    public int pendingTimers() {
        return timers.size();
    }

    /** From here on steps count and the unplug may come. */
    public void arm() {
        armed = true;
    }

    /** An unplug that no step brings comes when everybody waits for longer than this, or for ever. */
    public void patience(long nanos) {
        shortWait = nanos;
    }

    /** The removal has begun: states are counted from here on. */
    public void unplugging() {
        unplugged = true;
    }

    public long nanoTime() {
        return now;
    }

    long taskId() {
        return running.id;
    }

    Map<ThreadLocal<?>, Object> locals() {
        return running.locals;
    }

    /** A choice of the schedule's, the same throughout: true without a seed. */
    public boolean coin() {
        return schedule.seed() % 2 == 0;
    }

    /** The name of the task that runs. */
    public String task() {
        return running.name;
    }

    public Timer schedule(long delayMs, Runnable task) {
        Timer timer = new Timer(now + delayMs * 1_000_000, ++timerSerial, task);
        timers.add(timer);
        return timer;
    }

    /** Starts a task. */
    public void execute(String name, Runnable body) {
        start(name, 0, body);
    }

    /** Starts the task that unplugs, when the schedule says. */
    public void executeUnplug(String name, Runnable body) {
        start(name, Math.max(1, schedule.unplugAt()), body);
    }

    private void start(String name, int notBefore, Runnable body) {
        Task task = new Task(this, tasks.size(), name, body);
        task.notBefore = notBefore;
        tasks.add(task);
    }

    /** A task's life. */
    void live(Task me, Runnable body) {
        me.notBefore = 0;
        try {
            if (!aborted) {
                body.run();
            }
        } catch (Aborted end) {
            // Told already.
        } catch (Throwable thrown) {
            StackTraceElement[] stack = thrown.getStackTrace();
            findings.add("THROWN in " + me.name + ": " + thrown + (stack.length > 0 ? " at " + stack[0] : ""));
        }
        me.ended = true;
        note(me, 0);
        if (aborted) {
            handOverToAnyToEnd();
        } else {
            goOn();
        }
    }

    // ---- what woven code calls

    void point(int site) {
        Task me = running;
        note(me, site);
        if (aborted) {
            endOf(me);
        }
        if (!armed) {
            return;
        }
        step++;
        if (step > MOST_STEPS) {
            abort("ENDLESS: " + MOST_STEPS + " steps and no end");
        }
        Task next = preempting(me);
        if (next != null && next != me) {
            switchTo(me, next);
        }
    }

    /** What catches everything and tries again would never end: it is left where it is. */
    private void endOf(Task me) {
        if (++me.ends > MOST_ENDS) {
            me.ended = true;
            handOverToAnyToEnd();
            while (true) {
                java.util.concurrent.locks.LockSupport.park(this);
            }
        }
        throw new Aborted();
    }

    private Task preempting(Task me) {
        if (step == schedule.unplugAt()) {
            for (Task task : tasks) {
                if (task.notBefore > 0 && canRun(task)) {
                    return task;
                }
            }
        }
        List<Schedule.Preemption> all = schedule.preemptions();
        if (nextPreemption < all.size() && all.get(nextPreemption).step() <= step) {
            int choice = all.get(nextPreemption++).choice();
            List<Task> able = able(me);
            return able.isEmpty() ? null : able.get(choice % able.size());
        }
        return null;
    }

    /** A step that the scene names. */
    void mark(int site) {
        if (armed) {
            marks.add(new Execution.Mark(step + 1, site));
        }
        point(site);
    }

    void enter(Object monitor, int site) {
        point(site);
        acquire(monitor);
    }

    private Lock acquire(Object monitor) {
        Task me = running;
        while (true) {
            Lock lock = locks.get(monitor);
            if (lock == null) {
                lock = new Lock();
                locks.put(monitor, lock);
            }
            if (lock.owner == null || lock.owner == me) {
                lock.owner = me;
                lock.count++;
                return lock;
            }
            me.wants = monitor;
            block(me);
            me.wants = null;
        }
    }

    void exit(Object monitor) {
        Lock lock = locks.get(monitor);
        if (lock != null && lock.owner == running && --lock.count == 0) {
            locks.remove(monitor);
        }
    }

    boolean holds(Object monitor) {
        Lock lock = locks.get(monitor);
        return lock != null && lock.owner == running;
    }

    void notifyAll(Object monitor) {
        for (Task task : tasks) {
            if (task.waitsOn == monitor) {
                task.notified = true;
            }
        }
    }

    /** Waits on a monitor that the task holds. */
    public void await(Object monitor, long timeoutNanos) {
        if (aborted) {
            endOf(running);
        }
        if (timeoutNanos <= 0) {
            return;
        }
        Task me = running;
        Lock lock = locks.get(monitor);
        int count = lock == null ? 0 : lock.count;
        if (lock != null) {
            locks.remove(monitor);
        }
        me.waitsOn = monitor;
        me.notified = false;
        me.deadline = timeoutNanos > Task.FOR_EVER - now ? Task.FOR_EVER : now + timeoutNanos;
        block(me);
        me.waitsOn = null;
        me.deadline = Task.FOR_EVER;
        if (count > 0) {
            acquire(monitor).count = count;
        }
    }

    /** Waits for a condition that some other task makes true. */
    public void until(BooleanSupplier condition) {
        Task me = running;
        me.condition = condition;
        if (!condition.getAsBoolean()) {
            block(me);
        }
        me.condition = null;
    }

    /** Waits for something that can only be tried, a little at a time. */
    void tryUntil(BooleanSupplier attempt) {
        while (!attempt.getAsBoolean()) {
            await(this, 1_000_000);
        }
    }

    // ---- choosing

    private boolean canRun(Task task) {
        if (task.ended || task.notBefore > step && !onlyUnplugLeft()) {
            return false;
        }
        if (task.wants != null) {
            Lock lock = locks.get(task.wants);
            return lock == null || lock.owner == null;
        }
        if (task.condition != null) {
            return task.condition.getAsBoolean();
        }
        return task.waitsOn == null || task.notified || task.deadline <= now;
    }

    /** Whoever else there is has ended or waits: the unplug comes now if it has not come yet. */
    private boolean onlyUnplugLeft() {
        return idle;
    }

    private boolean idle;

    /** Those that can run, in turn after this one, without it. */
    private List<Task> able(Task me) {
        List<Task> able = new ArrayList<>();
        int count = tasks.size();
        for (int i = 1; i < count; i++) {
            Task task = tasks.get((me.id + i) % count);
            if (canRun(task)) {
                able.add(task);
            }
        }
        return able;
    }

    private void switchTo(Task me, Task next) {
        told(me, next);
        running = next;
        next.grant();
        me.awaitGrant();
        if (aborted) {
            throw new Aborted();
        }
    }

    private void told(Task me, Task next) {
        if (trace != null && armed) {
            trace.add(String.format(
                    "%6d  %-28s %-58s -> %s", step, me.name, me.ended ? "ends" : Sites.name(me.site), next.name));
        }
    }

    private void block(Task me) {
        Task next = choose(me);
        if (next != me) {
            switchTo(me, next);
        }
    }

    /** The running task has ended. */
    private void goOn() {
        boolean left = false;
        for (Task task : tasks) {
            left |= !task.ended;
        }
        if (!left) {
            over.release();
            return;
        }
        try {
            Task next = choose(running);
            told(running, next);
            running = next;
            next.grant();
        } catch (Aborted stuck) {
            handOverToAnyToEnd();
        }
    }

    private Task choose(Task me) {
        while (true) {
            List<Task> able = able(me);
            if (!me.ended && canRun(me)) {
                able.add(me);
            }
            if (!able.isEmpty()) {
                idle = false;
                return able.get(random == null ? 0 : random.nextInt(able.size()));
            }
            if (!idle && armed && nextDeadline() - now > shortWait && isUnplugAwaited()) {
                idle = true;
                continue;
            }
            letTimePass();
        }
    }

    private boolean isUnplugAwaited() {
        return tasks.stream().anyMatch(t -> !t.ended && t.notBefore > step);
    }

    private long nextDeadline() {
        long next = timers.isEmpty() ? Task.FOR_EVER : timers.peek().due;
        for (Task task : tasks) {
            if (!task.ended && task.waitsOn != null) {
                next = Math.min(next, task.deadline);
            }
        }
        return next;
    }

    private void letTimePass() {
        long next = nextDeadline();
        if (next == Task.FOR_EVER) {
            StringBuilder who = new StringBuilder();
            tasks.stream()
                    .filter(t -> !t.ended)
                    .forEach(t -> who.append(t.name)
                            .append(" at ")
                            .append(Sites.name(t.site))
                            .append("; "));
            abort("STUCK: everybody waits for ever: " + who);
        }
        now = Math.max(now, next);
        while (!timers.isEmpty() && timers.peek().due <= now) {
            execute("timer", timers.poll().task);
        }
    }

    private void abort(String why) {
        findings.add(why);
        aborted = true;
        throw new Aborted();
    }

    /** Lets every thread run into its end, one after another. */
    private void handOverToAnyToEnd() {
        for (Task task : tasks) {
            if (!task.ended) {
                running = task;
                task.grant();
                return;
            }
        }
        over.release();
    }

    // ---- states

    private void note(Task me, int site) {
        stateHash ^= position(me) ^ position(me, site);
        me.site = site;
        if (unplugged && !aborted) {
            states.add(
                    States.mix(stateHash ^ scene.probe() * 31 + schedule.scene().hashCode()));
        }
    }

    private static long position(Task task) {
        return position(task, task.site);
    }

    private static long position(Task task, int site) {
        return site == 0 ? 0 : States.mix((long) task.name.hashCode() << 32 | site);
    }
}
