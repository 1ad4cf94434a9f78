package org.unplug.lab.museum.internal.memory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * Where the objects of an era are allocated. Java would keep each alive as long as somebody can reach it; here an object is
 * released when its protocol says so, and whoever uses it afterwards causes an {@link Oops}.
 *
 * <p>Calls are kept per thread as {@link #within} nests, so that a place tells the modelled functions. Any thread may call.
 */
public final class Slab {

    private final String era;
    private final Consumer<Oops> console;
    private final List<Chunk> live = new ArrayList<>();
    private final ThreadLocal<Deque<String>> calls = ThreadLocal.withInitial(ArrayDeque::new);

    /** @param console told of each oops, on the thread that caused it, under no lock of this class */
    public Slab(String era, Consumer<Oops> console) {
        this.era = era;
        this.console = console;
    }

    /** Runs a step as the modelled function; the name may have a source after a blank. */
    public void within(String function, Runnable step) {
        Deque<String> stack = calls.get();
        stack.push(function);
        try {
            step.run();
        } finally {
            stack.pop();
            if (stack.isEmpty()) {
                calls.remove();
            }
        }
    }

    /** Allocates an object, named for a person: "request_queue of mmcblk0". */
    public Chunk allocate(String object) {
        Chunk chunk = new Chunk(object, here());
        synchronized (live) {
            live.add(chunk);
        }
        return chunk;
    }

    /** What was allocated and not released. */
    public List<String> live() {
        synchronized (live) {
            return live.stream().map(Chunk::object).toList();
        }
    }

    private Place here() {
        Deque<String> stack = calls.get();
        List<String> names = stack.isEmpty() ? List.of("?") : List.copyOf(stack);
        if (stack.isEmpty()) {
            calls.remove();
        }
        return Place.here(names);
    }

    /** Ends the modelled thread's work at the instruction that oopsed; the exhibit catches it at its edge. */
    public static final class Oopsed extends RuntimeException {
        private static final long serialVersionUID = 1;

        Oopsed(Oops oops) {
            super(oops.headline(), null, false, false);
        }
    }

    /** One object. */
    public final class Chunk {
        private final String object;
        private final Place allocated;
        private volatile Place released;

        private Chunk(String object, Place allocated) {
            this.object = object;
            this.allocated = allocated;
        }

        public String object() {
            return object;
        }

        public boolean isReleased() {
            return released != null;
        }

        /**
         * Reads or writes the object.
         *
         * @throws Oopsed if it is released
         */
        public void use() {
            if (released != null) {
                oops(Oops.What.USE_AFTER_RELEASE);
            }
        }

        /**
         * Frees the object.
         *
         * @throws Oopsed if it was free
         */
        public void release() {
            Place place = here();
            boolean twice;
            synchronized (live) {
                twice = released != null;
                if (!twice) {
                    released = place;
                    live.remove(this);
                }
            }
            if (twice) {
                oops(Oops.What.DOUBLE_RELEASE);
            }
        }

        /** What a BUG_ON does. */
        public void bug() {
            oops(Oops.What.BUG);
        }

        private void oops(Oops.What what) {
            Oops oops = new Oops(what, object, era, allocated, released, here());
            console.accept(oops);
            throw new Oopsed(oops);
        }
    }
}
