package org.unplug.block.internal.queue;

import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.WeakHashMap;

/**
 * One thread's part of the request path, kept flat: what is submitted or completed from inside a driver call or an end
 * action is put on this thread's lists and taken up by the outermost call, so that neither a driver that completes at once nor
 * disks over disks deepen the stack. Consecutive bios for one queue go to its driver as one batch.
 *
 * <p>It also knows where the thread is: inside which queue's driver, or in the end action of which queue's bio. Removal
 * asks for two reasons: not to wait for its own caller, and to name a thread that never returns. The frames are written by
 * their thread alone; another thread's view of them is a glimpse, and good for naming only.
 */
final class Submission {

    /** Why a thread is inside a queue. */
    enum Where {
        QUEUE_REQUEST,
        COMMIT,
        CANCEL,
        /** In an end action; the bio's place inside the usage gate is not given back yet. */
        END
    }

    /** Weak on the thread's side, so that no thread keeps this class's loader. */
    private static final ThreadLocal<WeakReference<Submission>> CURRENT = new ThreadLocal<>();

    private static final Map<Thread, Submission> ALL = new WeakHashMap<>();

    private final WeakReference<Thread> thread = new WeakReference<>(Thread.currentThread());
    private BlockBio firstBio;
    private BlockBio lastBio;
    private Tag firstDone;
    private Tag lastDone;
    private BlockBio firstEnded;
    private BlockBio lastEnded;
    private final Queue<RequestQueue> woken = new ArrayDeque<>(2);
    /** Empty whenever this thread is not inside {@link Dispatch}. */
    final Tags.Hand hand = new Tags.Hand();

    private boolean active;

    private RequestQueue[] frameQueues = new RequestQueue[8];
    private DriverSlot[] frameSlots = new DriverSlot[8];
    private Where[] frameWheres = new Where[8];
    private Tag[] frameTags = new Tag[8];
    private long[] frameIncarnations = new long[8];
    private int depth;

    private Submission() {}

    static Submission current() {
        WeakReference<Submission> reference = CURRENT.get();
        Submission own = reference == null ? null : reference.get();
        return own == null ? create() : own;
    }

    private static Submission create() {
        Submission own = new Submission();
        synchronized (ALL) {
            ALL.put(Thread.currentThread(), own);
        }
        CURRENT.set(new WeakReference<>(own));
        return own;
    }

    void add(BlockBio bio) {
        bio.next = null;
        if (firstBio == null) {
            firstBio = bio;
        } else {
            lastBio.next = bio;
        }
        lastBio = bio;
    }

    /** A bio whose last piece is done; it is ended when this thread is outside the driver. */
    void addEnded(BlockBio bio) {
        bio.next = null;
        if (firstEnded == null) {
            firstEnded = bio;
        } else {
            lastEnded.next = bio;
        }
        lastEnded = bio;
    }

    void addDone(Tag tag) {
        tag.next = null;
        if (firstDone == null) {
            firstDone = tag;
        } else {
            lastDone.next = tag;
        }
        lastDone = tag;
    }

    /** Takes everything up, unless an outer call will. */
    void runUnlessActive() {
        if (!active) {
            run();
        }
    }

    /** Puts off what comes on this thread until {@link #end}; whether this is the outermost call. */
    boolean begin() {
        boolean outermost = !active;
        active = true;
        return outermost;
    }

    /** Takes up what was put off, if that call was the outermost one. */
    void end(boolean outermost) {
        if (outermost) {
            run();
        }
    }

    /** Has a queue's waiting bios gone on with. */
    void wake(RequestQueue queue) {
        if (!woken.contains(queue)) {
            woken.add(queue);
        }
        runUnlessActive();
    }

    /** Takes what is put off away from this thread, for another one to run; null if there is nothing. */
    Runnable handOver() {
        if (firstBio == null && firstDone == null && firstEnded == null && woken.isEmpty()) {
            return null;
        }
        Submission load = new Submission();
        load.takeOver(this);
        return () -> {
            Submission own = current();
            own.takeOver(load);
            own.runUnlessActive();
        };
    }

    /** Appends another one's lists, which are empty then. */
    private void takeOver(Submission other) {
        while (other.firstBio != null) {
            BlockBio bio = other.firstBio;
            other.firstBio = bio.next;
            add(bio);
        }
        while (other.firstDone != null) {
            Tag tag = other.firstDone;
            other.firstDone = tag.next;
            addDone(tag);
        }
        while (other.firstEnded != null) {
            BlockBio bio = other.firstEnded;
            other.firstEnded = bio.next;
            addEnded(bio);
        }
        other.lastBio = null;
        other.lastDone = null;
        other.lastEnded = null;
        woken.addAll(other.woken);
        other.woken.clear();
    }

    /**
     * Takes everything up. What is done is delivered before anything new is begun: an answer that is there must not wait for
     * another disk's driver, and what the end actions submit meanwhile makes one batch.
     */
    private void run() {
        active = true;
        try {
            while (true) {
                if (firstDone != null) {
                    firstDone.queue().finish(this);
                } else if (firstEnded != null) {
                    BlockBio bio = firstEnded;
                    firstEnded = bio.next;
                    lastEnded = firstEnded == null ? null : lastEnded;
                    bio.next = null;
                    bio.queue().end(bio, this);
                } else if (!woken.isEmpty()) {
                    woken.poll().runWaiting(this);
                } else if (firstBio != null) {
                    firstBio.queue().dispatch(this);
                } else {
                    return;
                }
            }
        } finally {
            active = false;
        }
    }

    /** The next request that completed, if it is this queue's. */
    Tag pollDone(RequestQueue queue) {
        Tag tag = firstDone;
        if (tag == null || tag.queue() != queue) {
            return null;
        }
        firstDone = tag.next;
        lastDone = firstDone == null ? null : lastDone;
        tag.next = null;
        return tag;
    }

    /** How many bios the next batch for this queue has. */
    int countFor(RequestQueue queue) {
        int count = 0;
        for (BlockBio bio = firstBio; bio != null && bio.queue() == queue; bio = bio.next) {
            count++;
        }
        return count;
    }

    /** The next bio, if it is for this queue. */
    BlockBio pollFor(RequestQueue queue) {
        BlockBio bio = firstBio;
        if (bio == null || bio.queue() != queue) {
            return null;
        }
        firstBio = bio.next;
        // A thread outlives disks: not even the end of an empty list may keep one.
        lastBio = firstBio == null ? null : lastBio;
        bio.next = null;
        return bio;
    }

    void enter(RequestQueue queue, DriverSlot slot, Where where) {
        if (depth == frameQueues.length) {
            deepen();
        }
        frameQueues[depth] = queue;
        frameSlots[depth] = slot;
        frameWheres[depth] = where;
        depth++;
    }

    private void deepen() {
        frameQueues = Arrays.copyOf(frameQueues, depth * 2);
        frameSlots = Arrays.copyOf(frameSlots, depth * 2);
        frameWheres = Arrays.copyOf(frameWheres, depth * 2);
        frameTags = Arrays.copyOf(frameTags, depth * 2);
        frameIncarnations = Arrays.copyOf(frameIncarnations, depth * 2);
    }

    /** The innermost frame goes on with another call. */
    void now(Where where, Tag tag) {
        frameWheres[depth - 1] = where;
        frameTags[depth - 1] = tag;
        frameIncarnations[depth - 1] = tag == null ? 0 : tag.incarnation();
    }

    void leave() {
        depth--;
        frameQueues[depth] = null;
        frameSlots[depth] = null;
        frameTags[depth] = null;
    }

    /** How many end actions of this queue's bios are on this thread's stack. */
    long endingIn(RequestQueue queue) {
        long count = 0;
        for (int i = 0; i < depth; i++) {
            if (frameQueues[i] == queue && frameWheres[i] == Where.END) {
                count++;
            }
        }
        return count;
    }

    /** How many calls into this driver are on this thread's stack. */
    long callingIn(DriverSlot slot) {
        long count = 0;
        for (int i = 0; i < depth; i++) {
            if (frameSlots[i] == slot) {
                count++;
            }
        }
        return count;
    }

    /** Has nobody wait any more (1), or again (-1), for this thread's own calls into this queue's drivers. */
    void excuseCalls(RequestQueue queue, int sign) {
        for (int i = 0; i < depth; i++) {
            if (frameQueues[i] == queue && frameSlots[i] != null) {
                frameSlots[i].excuse(sign);
            }
        }
    }

    /** A request in its slot, named so that no later one in the slot is meant. */
    record Carried(Tag tag, long incarnation) {}

    /** The requests with which this thread is inside this queue's driver. */
    List<Carried> carrying(RequestQueue queue) {
        List<Carried> carried = new ArrayList<>(1);
        for (int i = 0; i < depth; i++) {
            if (frameQueues[i] == queue && frameTags[i] != null) {
                carried.add(new Carried(frameTags[i], frameIncarnations[i]));
            }
        }
        return carried;
    }

    /** The threads that are inside this queue, each with where it is; lines for a report. */
    static List<String> inside(RequestQueue queue) {
        List<Submission> all;
        synchronized (ALL) {
            all = new ArrayList<>(ALL.values());
        }
        List<String> lines = new ArrayList<>();
        for (Submission one : all) {
            RequestQueue[] queues = one.frameQueues;
            Where[] wheres = one.frameWheres;
            for (int i = 0; i < Math.min(one.depth, queues.length); i++) {
                Thread who = one.thread.get();
                if (queues[i] == queue && who != null) {
                    lines.add("thread " + who.getName() + " in " + name(wheres[i]) + " of " + queue.name() + at(who));
                }
            }
        }
        return lines;
    }

    private static String name(Where where) {
        return switch (where) {
            case QUEUE_REQUEST -> "queueRequest";
            case COMMIT -> "commit";
            case CANCEL -> "cancel";
            case END -> "an end action";
        };
    }

    private static String at(Thread who) {
        StackTraceElement[] stack = who.getStackTrace();
        return stack.length == 0 ? "" : ", at " + stack[0];
    }
}
