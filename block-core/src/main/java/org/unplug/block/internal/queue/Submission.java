package org.unplug.block.internal.queue;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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
    private boolean active;

    private RequestQueue[] frameQueues = new RequestQueue[8];
    private Where[] frameWheres = new Where[8];
    private Tag[] frameTags = new Tag[8];
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

    /** Goes on with a queue's waiting bios, and then with whatever that brought. */
    void runWaitingOf(RequestQueue queue) {
        boolean outer = active;
        active = true;
        try {
            queue.runWaiting(this);
        } finally {
            active = outer;
        }
        runUnlessActive();
    }

    /** Takes everything up now: by the outermost call, or by one that is about to wait for its outcome. */
    void run() {
        boolean outer = active;
        active = true;
        try {
            while (true) {
                if (firstBio != null) {
                    firstBio.source().queue().dispatch(this);
                } else if (firstDone != null) {
                    Tag tag = firstDone;
                    firstDone = tag.next;
                    tag.next = null;
                    tag.queue().finish(tag, this);
                } else if (firstEnded != null) {
                    BlockBio bio = firstEnded;
                    firstEnded = bio.next;
                    bio.next = null;
                    bio.source().queue().end(bio, this);
                } else {
                    return;
                }
            }
        } finally {
            active = outer;
        }
    }

    /** The next bio, if it is for this queue. */
    BlockBio pollFor(RequestQueue queue) {
        BlockBio bio = firstBio;
        if (bio == null || bio.source().queue() != queue) {
            return null;
        }
        firstBio = bio.next;
        bio.next = null;
        return bio;
    }

    void enter(RequestQueue queue, Where where) {
        if (depth == frameQueues.length) {
            frameQueues = Arrays.copyOf(frameQueues, depth * 2);
            frameWheres = Arrays.copyOf(frameWheres, depth * 2);
            frameTags = Arrays.copyOf(frameTags, depth * 2);
        }
        frameQueues[depth] = queue;
        frameWheres[depth] = where;
        depth++;
    }

    /** The innermost frame goes on with another call. */
    void now(Where where, Tag tag) {
        frameWheres[depth - 1] = where;
        frameTags[depth - 1] = tag;
    }

    void leave() {
        depth--;
        frameQueues[depth] = null;
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

    /** How many calls into this queue's driver are on this thread's stack. */
    long callingIn(RequestQueue queue) {
        long count = 0;
        for (int i = 0; i < depth; i++) {
            if (frameQueues[i] == queue && frameWheres[i] != Where.END) {
                count++;
            }
        }
        return count;
    }

    /** The requests with which this thread is inside this queue's driver. */
    List<Tag> carrying(RequestQueue queue) {
        List<Tag> tags = new ArrayList<>(1);
        for (int i = 0; i < depth; i++) {
            if (frameQueues[i] == queue && frameTags[i] != null) {
                tags.add(frameTags[i]);
            }
        }
        return tags;
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
