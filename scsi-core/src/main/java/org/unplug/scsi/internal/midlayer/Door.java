package org.unplug.scsi.internal.midlayer;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.unplug.ref.Clockwork;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.internal.midlayer.Calls.Call;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.HostLimits;
import org.unplug.scsi.spi.ScsiHost;

/**
 * The one door into an adapter's driver. Every call is counted by {@link Calls} while it lasts, and once the door is killed none
 * enters any more. What may not return in time is an {@linkplain #errand errand}, on a thread of its own.
 */
final class Door {

    /** What became of a command that was offered to the driver. */
    enum Offer {
        TAKEN,
        /** No room: it was not touched. */
        BUSY,
        /** The adapter is removed. */
        GONE
    }

    private final String host;
    private final Clockwork clockwork;
    private final Journal journal;
    private final Waiters waiters;
    private final Runnable roomAgain;
    private final Calls calls = new Calls();
    private final AtomicInteger busy = new AtomicInteger();
    private final AtomicInteger completedTwice = new AtomicInteger();

    private volatile ScsiHost driver;
    private volatile String name;
    private volatile HostLimits limits = HostLimits.DEFAULT;
    private volatile boolean commits;
    private volatile boolean starved;

    /** @param roomAgain what to do when there is room after there was none */
    Door(String host, ScsiHost driver, Clockwork clockwork, Journal journal, Waiters waiters, Runnable roomAgain) {
        this.host = host;
        this.driver = driver;
        this.clockwork = clockwork;
        this.journal = journal;
        this.waiters = waiters;
        this.roomAgain = roomAgain;
        name = host;
    }

    /** Asks the driver who it is. Before the first command. */
    void introduce() {
        into(Call.DESCRIBE, to -> {
            name = to.name();
            limits = to.limits();
            commits = overridesCommit(to);
            return null;
        });
    }

    private static boolean overridesCommit(ScsiHost driver) {
        try {
            return driver.getClass().getMethod("commitCommands").getDeclaringClass() != ScsiHost.class;
        } catch (NoSuchMethodException e) {
            return true;
        }
    }

    String name() {
        return name;
    }

    HostLimits limits() {
        return limits;
    }

    /** How many commands the driver has. */
    int busy() {
        return Math.max(0, busy.get());
    }

    /**
     * Gives a command to the driver. If TAKEN it ends through its sink, perhaps already has; otherwise it was not touched.
     *
     * @param urgent whether to give it even when the driver has as many as it can take: the error handler's own, when those
     *     that it has are the trouble
     */
    Offer offer(Command command, long nowNanos, boolean urgent) {
        if (busy.incrementAndGet() > limits.canQueue() && !urgent) {
            return full();
        }
        int place = calls.enter(Call.QUEUE_COMMAND);
        if (place == Calls.REFUSED) {
            busy.decrementAndGet();
            return Offer.GONE;
        }
        command.toDriver(nowNanos);
        ScsiHost.Queued answer;
        try {
            answer = driver.queueCommand(command);
        } catch (Throwable failure) {
            journal.warn(host + ": queueCommand failed, " + failure);
            command.complete(HostByte.ERROR, ScsiStatus.GOOD, 0, command.transferBytes());
            return Offer.TAKEN;
        } finally {
            calls.exit(place);
        }
        if (answer == ScsiHost.Queued.ACCEPTED) {
            return Offer.TAKEN;
        }
        if (command.takeBack()) {
            return full();
        }
        // Its time was up, or it was cancelled, while the driver made up its mind: the error handler ends it.
        command.complete(HostByte.REQUEUE, ScsiStatus.GOOD, 0, command.transferBytes());
        return Offer.TAKEN;
    }

    private Offer full() {
        busy.decrementAndGet();
        starved = true;
        return Offer.BUSY;
    }

    /** The batch is complete. */
    void commit() {
        if (!commits) {
            return;
        }
        int place = calls.enter(Call.COMMIT_COMMANDS);
        if (place == Calls.REFUSED) {
            return;
        }
        try {
            driver.commitCommands();
        } catch (RuntimeException failure) {
            journal.warn(host + ": commitCommands failed, " + failure);
        } finally {
            calls.exit(place);
        }
    }

    /** The driver has let a command go: there is room. */
    void letGo() {
        busy.decrementAndGet();
        if (starved) {
            ready();
        }
    }

    void ready() {
        starved = false;
        roomAgain.run();
    }

    void completedTwice(Command command) {
        completedTwice.incrementAndGet();
        journal.warn(host + ": the driver completed " + command + " once more, which has no effect");
    }

    int completedTwice() {
        return completedTwice.get();
    }

    /** Calls the driver on this thread; null if nobody may enter any more, or the driver threw. */
    <R> R into(Call call, Function<ScsiHost, R> what) {
        int place = calls.enter(call);
        if (place == Calls.REFUSED) {
            return null;
        }
        try {
            return what.apply(driver);
        } catch (RuntimeException | LinkageError failure) {
            journal.warn(host + ": " + call + " failed, " + failure);
            return null;
        } finally {
            calls.exit(place);
        }
    }

    /** A piece of work inside the driver, whose waiter may have gone. */
    static final class Errand {
        private boolean unwanted;
        private boolean ended;

        synchronized boolean isWanted() {
            return !unwanted;
        }

        /** Notes a result, unless nobody waits for it any more. */
        synchronized void note(Runnable result) {
            if (!unwanted) {
                result.run();
            }
        }

        private synchronized void end() {
            ended = true;
            notifyAll();
        }

        private synchronized boolean await(Door door, long deadlineNanos) {
            door.clockwork.awaitUntil(this, deadlineNanos, () -> ended || door.isKilled());
            unwanted = true;
            return ended;
        }
    }

    /**
     * Has work that calls the driver done on a thread of its own, and waits for it: until the time is up or the door is killed. From
     * then on its results count no more.
     *
     * @return whether it was done
     */
    boolean errand(Call call, long timeoutMs, Consumer<Errand> work) {
        if (isKilled()) {
            return false;
        }
        Errand errand = new Errand();
        clockwork.execute(host + " " + call, () -> {
            try {
                work.accept(errand);
            } finally {
                errand.end();
            }
        });
        waiters.add(errand);
        try {
            boolean done = errand.await(this, clockwork.nanoTime() + Timing.nanos(timeoutMs));
            if (!done && !isKilled()) {
                journal.warn(host + ": the driver has not returned from " + call + " for " + timeoutMs + " ms");
            }
            return done;
        } finally {
            waiters.remove(errand);
        }
    }

    /** Nobody enters any more; who waits for an errand goes on without it. */
    void kill() {
        calls.kill();
        waiters.wake();
    }

    boolean isKilled() {
        return calls.isKilled();
    }

    Calls calls() {
        return calls;
    }

    /** The driver is let go, for the garbage collector. */
    void dropDriver() {
        driver = null;
    }
}
