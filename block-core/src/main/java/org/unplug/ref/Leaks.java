package org.unplug.ref;

import java.lang.ref.Cleaner;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Who holds what, taken where. Each holding is tracked by a {@link Ticket} from its taking to its giving back; an object that
 * is garbage collected while it holds is reported with the stack that took it. It models the kernel's ref_tracker, with levels
 * as Netty's leak detector has them.
 *
 * <p>Bundle and holder are always known. What costs - a walk of the stack, a registration with the garbage collector - is done
 * by {@link Level}, which may be changed at any time and holds for what is taken from then on. At OFF nobody notices an object
 * that is lost; what it holds is given back when its bundle stops.
 *
 * <p>Tickets keep copied text only, never an object, class or loader of a holder. All methods may be called by any thread.
 */
public final class Leaks implements AutoCloseable {

    /** How much is known of what is held. */
    public enum Level {
        /** Bundle and holder. */
        OFF,
        /** Stack, and a report when lost, of one holding in {@value #SAMPLING}. */
        SAMPLED,
        /** Stack, and a report when lost, of every holding. */
        ALL
    }

    static final int SAMPLING = 64;

    private static final Cleaner CLEANER = Cleaner.create();
    private static final int STACK_DEPTH = 12;
    private static final int MOST_LOST = 100;
    private static final StackWalker WALKER = StackWalker.getInstance();

    private final AtomicLong serial = new AtomicLong();
    private final Set<Ticket> open = ConcurrentHashMap.newKeySet();
    private final Deque<Held> lost = new ArrayDeque<>();
    private final String ownFrames;
    private final Consumer<Held> report;
    private volatile Level level = Level.ALL;
    private volatile boolean closed;

    /**
     * Begins at level ALL.
     *
     * @param ownFrames class name prefix of the tracking layer, whose frames are left out of the stacks
     * @param report told of each tracked object that was collected while it held, on the collector's thread; must not block
     */
    public Leaks(String ownFrames, Consumer<Held> report) {
        this.ownFrames = ownFrames;
        this.report = report;
    }

    /**
     * One thing that is held.
     *
     * @param serial orders holdings by age
     * @param object what is held, as "sda"
     * @param as how: "handle", "service", "driver", "part"
     * @param owner the bundle
     * @param holder what the holding component calls itself; empty if it does not
     * @param stack the frames that took it, innermost first, without those of the layer that tracks and of the framework;
     *     empty if the level left it out
     */
    public record Held(long serial, String object, String as, String owner, String holder, List<String> stack) {
        /** As "handle of sda". */
        public String what() {
            return as + " of " + object;
        }

        /** The call site: the frame to look at first; "?" if it is not known. */
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
            if (open.remove(this) && cleanable != null) {
                cleanable.clean();
            }
        }

        private void collected() {
            if (open.remove(this) && !closed) {
                keepLost(held);
                report.accept(held);
                whenLost.run();
            }
        }
    }

    public Level level() {
        return level;
    }

    /** From now on so much is known of what is taken. */
    public void setLevel(Level newLevel) {
        level = newLevel;
    }

    /** Tracks a holding until its ticket is closed. */
    public Ticket track(String object, String as, String owner, String holder) {
        return track(object, as, owner, holder, null, () -> {});
    }

    /**
     * Tracks the holding of an object until its ticket is closed.
     *
     * @param referent the object whose collection means that the holding was lost; nothing passed here may refer to it
     * @param whenLost gives the lost thing back; runs on the collector's thread and must not block
     */
    public Ticket track(String object, String as, String owner, String holder, Object referent, Runnable whenLost) {
        long number = serial.incrementAndGet();
        boolean whole = switch (level) {
            case OFF -> false;
            case SAMPLED -> number % SAMPLING == 0;
            case ALL -> true;
        };
        List<String> stack = whole ? stack() : List.of();
        Ticket ticket = new Ticket(new Held(number, object, as, owner, holder, stack), whenLost);
        open.add(ticket);
        if (whole && referent != null) {
            ticket.cleanable = CLEANER.register(referent, ticket::collected);
        }
        return ticket;
    }

    private List<String> stack() {
        return WALKER.walk(frames -> frames.filter(frame -> isOthers(frame.getClassName()))
                .limit(STACK_DEPTH)
                .map(f -> f.getClassName() + "." + f.getMethodName() + "(" + f.getFileName() + ":" + f.getLineNumber()
                        + ")")
                .toList());
    }

    private boolean isOthers(String className) {
        return !className.startsWith(ownFrames)
                && !isOrIsIn(className, Leaks.class)
                && !isOrIsIn(className, Kref.class)
                && !className.startsWith("org.apache.felix.framework.")
                && !className.startsWith("org.eclipse.osgi.");
    }

    private static boolean isOrIsIn(String className, Class<?> type) {
        return className.startsWith(type.getName())
                && (className.length() == type.getName().length()
                        || className.charAt(type.getName().length()) == '$');
    }

    private void keepLost(Held one) {
        synchronized (lost) {
            if (lost.size() == MOST_LOST) {
                lost.removeFirst();
            }
            lost.addLast(one);
        }
    }

    /** What is held now, oldest first. */
    public List<Held> held() {
        return open.stream()
                .map(Ticket::held)
                .sorted(Comparator.comparingLong(Held::serial))
                .toList();
    }

    /** What was lost, in the order it was noticed; the last {@value #MOST_LOST}. */
    public List<Held> lost() {
        synchronized (lost) {
            return List.copyOf(lost);
        }
    }

    /** Reports nothing any more. */
    @Override
    public void close() {
        closed = true;
        // Each one taken off the cleaner, which would keep this class's loader otherwise.
        open.forEach(Ticket::close);
    }
}
