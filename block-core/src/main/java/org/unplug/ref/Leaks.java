package org.unplug.ref;

import java.lang.ref.Cleaner;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Who holds what, opened where. Each counted handle is tracked by a {@link Ticket} from its opening to its closing; one
 * that is garbage collected unclosed is reported with the stack that opened it.
 *
 * <p>Tickets keep copied text only, never an object, class or loader of a holder. All methods may be called by any thread.
 */
public final class Leaks implements AutoCloseable {

    private static final Cleaner CLEANER = Cleaner.create();
    private static final int STACK_DEPTH = 12;
    private static final StackWalker WALKER = StackWalker.getInstance();

    private final AtomicLong serial = new AtomicLong();
    private final Set<Ticket> open = ConcurrentHashMap.newKeySet();
    private final Consumer<Held> lost;
    private volatile boolean closed;

    /** @param lost told of each tracked object that was collected unclosed, on the collector's thread; must not block */
    public Leaks(Consumer<Held> lost) {
        this.lost = lost;
    }

    /**
     * One thing that is held.
     *
     * @param serial orders holdings by age
     * @param what the object, as "handle of sda"
     * @param owner the bundle
     * @param holder the holder's own name
     * @param stack the frames that took it, innermost first, without those of the layer that tracks
     */
    public record Held(long serial, String what, String owner, String holder, List<String> stack) {
        /** The frame to look at first. */
        public String where() {
            return stack.isEmpty() ? "?" : stack.get(0);
        }
    }

    /** A holding that is tracked. */
    public final class Ticket {
        private final Held held;
        private final Runnable whenLost;
        private Cleaner.Cleanable cleanable;

        private Ticket(Held held, Runnable whenLost) {
            this.held = held;
            this.whenLost = whenLost;
        }

        public Held held() {
            return held;
        }

        /** Ends the tracking: the thing was given back. Idempotent. */
        public void close() {
            if (open.remove(this)) {
                cleanable.clean();
            }
        }

        private void collected() {
            if (open.remove(this) && !closed) {
                lost.accept(held);
                whenLost.run();
            }
        }
    }

    /**
     * Tracks a holding until its ticket is closed.
     *
     * @param referent the object whose collection means that the holding was lost; nothing passed here may refer to it
     * @param ownFrames class name prefix of the tracking layer, whose frames are left out of the stack
     * @param whenLost gives the lost thing back; runs on the collector's thread and must not block
     */
    public Ticket track(
            Object referent, String what, String owner, String holder, String ownFrames, Runnable whenLost) {
        List<String> stack =
                WALKER.walk(frames -> frames.filter(f -> !f.getClassName().startsWith(ownFrames)
                                && f.getClassName().indexOf("ref.Leaks") < 0)
                        .limit(STACK_DEPTH)
                        .map(f -> f.getClassName() + "." + f.getMethodName() + "(" + f.getFileName() + ":"
                                + f.getLineNumber() + ")")
                        .toList());
        Ticket ticket = new Ticket(new Held(serial.incrementAndGet(), what, owner, holder, stack), whenLost);
        open.add(ticket);
        ticket.cleanable = CLEANER.register(referent, ticket::collected);
        return ticket;
    }

    /** What is held now, oldest first. */
    public List<Held> held() {
        return open.stream()
                .map(Ticket::held)
                .sorted(Comparator.comparingLong(Held::serial))
                .toList();
    }

    /** Reports nothing any more. */
    @Override
    public void close() {
        closed = true;
        // Each one taken off the cleaner, which would keep this class's loader otherwise.
        open.forEach(Ticket::close);
    }
}
