package org.unplug.scsi.internal.midlayer;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Gate;

/**
 * Every call into a low level driver passes here: the gate decides who may enter, and a table remembers which thread is inside
 * which call, so that one that never returns can be named.
 *
 * <p>The table costs one compare-and-set on a cache line that only this thread uses, as long as no two threads' hashes meet.
 * Should more threads be inside than it has places, the others are counted by the gate and not named.
 */
public final class Calls {

    /** What of the driver is called. */
    public enum Call {
        DESCRIBE("name or limits"),
        ATTACHED("attached"),
        DETACHED("detached"),
        UNIT_AT("unitAt"),
        QUEUE_COMMAND("queueCommand"),
        COMMIT_COMMANDS("commitCommands"),
        ABORT("abort"),
        DEVICE_RESET("deviceReset"),
        TARGET_RESET("targetReset"),
        BUS_RESET("busReset"),
        HOST_RESET("hostReset");

        private final String text;

        Call(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** The answer of {@link #enter} to one who may not. */
    static final int REFUSED = -1;

    private static final int UNNAMED = -2;
    private static final int PLACES = 64;
    private static final int LINE = 16;
    private static final int HASH = 0x9E3779B9;

    private final Gate gate = new Gate();
    private final AtomicReferenceArray<Thread> threads = new AtomicReferenceArray<>(PLACES * LINE);
    private final AtomicReferenceArray<Call> calls = new AtomicReferenceArray<>(PLACES * LINE);
    private final Set<Thread> waiters = ConcurrentHashMap.newKeySet();

    /** Admits the calling thread into a call; the answer goes to {@link #exit}, unless it is {@link #REFUSED}. */
    int enter(Call call) {
        if (!gate.enter()) {
            return REFUSED;
        }
        Thread self = Thread.currentThread();
        int first = (int) self.getId() * HASH >>> 16;
        for (int i = 0; i < PLACES; i++) {
            int place = (first + i & PLACES - 1) * LINE;
            if (threads.getPlain(place) == null && threads.compareAndSet(place, null, self)) {
                calls.setRelease(place, call);
                return place;
            }
        }
        return UNNAMED;
    }

    /** On the thread that entered. */
    void exit(int place) {
        if (place >= 0) {
            threads.setRelease(place, null);
        }
        gate.exit();
    }

    void kill() {
        gate.kill();
    }

    boolean isKilled() {
        return gate.isKilled();
    }

    long inside() {
        return gate.inside();
    }

    /** Whether the calling thread is inside a call. */
    boolean insideMyself() {
        return countOf(Set.of(Thread.currentThread())) > 0;
    }

    /** Waits, once killed, until nobody is inside but those who wait here themselves; false at the deadline. */
    boolean awaitDrained(Clockwork clockwork, long deadlineNanos) {
        Thread self = Thread.currentThread();
        boolean added = waiters.add(self);
        try {
            gate.recheck();
            return gate.awaitDrained(clockwork, deadlineNanos, () -> countOf(waiters));
        } finally {
            if (added) {
                waiters.remove(self);
            }
        }
    }

    /** From now on the calling thread, which waits for another's drain, is not waited for. Undone by {@link #waitNoMore}. */
    void waitToo() {
        waiters.add(Thread.currentThread());
        gate.recheck();
    }

    void waitNoMore() {
        waiters.remove(Thread.currentThread());
    }

    private long countOf(Set<Thread> some) {
        long count = 0;
        for (int place = 0; place < PLACES; place++) {
            Thread thread = threads.getAcquire(place * LINE);
            if (thread != null && some.contains(thread)) {
                count++;
            }
        }
        return count;
    }

    /** Who is inside but the waiters, one line each: the call and the thread, with the frame it stands in. */
    List<String> describe() {
        List<String> lines = new ArrayList<>();
        for (int place = 0; place < PLACES; place++) {
            Thread thread = threads.getAcquire(place * LINE);
            if (thread != null && !waiters.contains(thread)) {
                Call call = calls.getAcquire(place * LINE);
                StackTraceElement[] stack = thread.getStackTrace();
                lines.add((call == null ? "a call" : call) + " on thread '" + thread.getName() + "'"
                        + (stack.length == 0 ? "" : " at " + stack[0]));
            }
        }
        long unnamed = inside() - lines.size() - countOf(waiters);
        if (unnamed > 0) {
            lines.add(unnamed + " more calls");
        }
        return lines;
    }
}
