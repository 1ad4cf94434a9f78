package org.unplug.mmc.internal.bus;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.unplug.block.Disks;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.mmc.CardRegisters;
import org.unplug.mmc.internal.card.CardStartup;
import org.unplug.mmc.internal.card.Farewell;
import org.unplug.mmc.internal.card.StartedCard;
import org.unplug.mmc.internal.port.CardLink;
import org.unplug.mmc.internal.port.CommandQueue;
import org.unplug.mmc.internal.port.CoreLog;
import org.unplug.mmc.internal.port.GatedHost;
import org.unplug.mmc.internal.port.MmcException;
import org.unplug.mmc.internal.port.Trace;
import org.unplug.mmc.spi.HostCaps;
import org.unplug.mmc.spi.HostEvents;
import org.unplug.mmc.spi.MmcError;
import org.unplug.mmc.spi.MmcHost;
import org.unplug.mmc.spi.MmcIos;
import org.unplug.ref.Clockwork;

/**
 * An adapter and what is in its slot: looks at it, starts its card, removes it.
 *
 * <p><b>Theory of operation.</b> {@link HostState} says who may act. Looking and starting happen on the adapter's own
 * {@link SerialContext}, ejecting on the caller's thread, stopping on the unregistering one. Whoever acts first moves the state
 * under the monitor and then acts outside it; on coming back it moves on only if nobody has gone to STOPPING meanwhile, from
 * where the stopping thread alone decides. A card's own removal is once-only by itself, so that the stopping thread may
 * remove, too, what somebody else is already removing, and then simply waits for that.
 */
public final class HostController implements HostEvents {

    private static final long ASK_MS = 1000;

    private final String name;
    private final String slot;
    private final Supplier<Settings> settings;
    private final Clockwork clockwork;
    private final Disks disks;
    private final CardPublisher publisher;
    private final CoreLog log;
    private final GatedHost host;
    private final CommandQueue queue;
    private final SerialContext context;
    private final CardDetect detect;
    private final AtomicBoolean lookPending = new AtomicBoolean();
    private HostCaps caps;
    /** The card that was started last, or null; the context's own. */
    private LastCard last;

    private HostState state = HostState.EMPTY;
    private ActiveCard card;
    private CardLink starting;
    private boolean ejectWhenReady;
    private boolean restarting;
    private HostRemoval removal;

    /**
     * What the removal of an adapter did.
     *
     * @param host its name
     * @param card what became of its card's disk; null if there was none
     * @param quiet whether nobody is inside the adapter
     * @param insiders who is, if not: thread, call and for how long
     * @param totalNanos how long it took
     */
    public record HostRemoval(String host, RemovalReport card, boolean quiet, List<String> insiders, long totalNanos) {}

    HostController(
            String name,
            String slot,
            MmcHost adapter,
            Supplier<Settings> settings,
            Clockwork clockwork,
            Disks disks,
            CardPublisher publisher,
            CoreLog log) {
        this.name = name;
        this.slot = slot;
        this.settings = settings;
        this.clockwork = clockwork;
        this.disks = disks;
        this.publisher = publisher;
        this.log = log;
        this.host = new GatedHost(name, adapter, clockwork, log);
        this.queue = new CommandQueue(host, clockwork);
        this.context = new SerialContext(clockwork, name, log);
        this.detect = new CardDetect(clockwork, () -> settings.get().debounceMs(), this::look);
    }

    public String name() {
        return name;
    }

    String slot() {
        return slot;
    }

    /** Those of now. */
    Settings settings() {
        return settings.get();
    }

    Clockwork clockwork() {
        return clockwork;
    }

    CoreLog log() {
        return log;
    }

    Trace trace() {
        return host.trace();
    }

    CommandQueue queue() {
        return queue;
    }

    synchronized HostState state() {
        return state;
    }

    /** The card in use, or null. */
    public synchronized ActiveCard card() {
        return card;
    }

    /** Takes the adapter into use, on its own context. */
    void attach() {
        context.execute(() -> {
            host.start(this);
            caps = host.caps();
            if (caps == null && !host.isKilled()) {
                log.warn(name + ": the adapter does not say what it can do and is not used");
            }
            if (caps == null) {
                return;
            }
            if (caps.polling()) {
                detect.poll(() -> settings.get().pollMs());
            }
            rescan();
        });
    }

    @Override
    public void cardChanged() {
        detect.changed();
    }

    /** Looks at the slot soon; never blocks. */
    void look() {
        if (lookPending.compareAndSet(false, true) && !context.execute(this::rescan)) {
            lookPending.set(false);
        }
    }

    /** Looks at the slot and does what follows, until there is nothing more to do. On the adapter's context only. */
    private void rescan() {
        lookPending.set(false);
        if (caps == null) {
            return;
        }
        while (true) {
            HostState seen;
            ActiveCard present;
            synchronized (this) {
                seen = state;
                present = card;
            }
            switch (seen) {
                case EMPTY -> {
                    detect.takeMoved();
                    if (host.isCardPresent() && move(HostState.EMPTY, HostState.STARTING)) {
                        startCard();
                    }
                    return;
                }
                case READY -> {
                    detect.takeMoved();
                    if (!isLost(present)) {
                        return;
                    }
                    removeLost(present);
                }
                case WAITING -> {
                    // Nobody moves the switch without taking the card out; what moved while it was being ejected counts
                    // too.
                    if (!detect.takeMoved() && host.isCardPresent()) {
                        return;
                    }
                    move(HostState.WAITING, HostState.EMPTY);
                }
                case STARTING, REMOVING, STOPPING, STOPPED -> {
                    return;
                }
            }
        }
    }

    private void startCard() {
        CardLink link = new CardLink(clockwork);
        synchronized (this) {
            if (state != HostState.STARTING) {
                return;
            }
            starting = link;
            ejectWhenReady = false;
        }
        try {
            StartedCard started = powerUp(link);
            CardRegisters registers = started.registers();
            boolean readOnly = host.isReadOnly() || registers.csd().isWriteProtected();
            LastCard.Match match = last == null ? LastCard.Match.OTHER : last.match(started, queue, link, clockwork);
            ActiveCard fresh = new ActiveCard(this, started, caps, readOnly, match.isBack(), link, this::look);
            if (match.isBack()) {
                fresh.content().takeOver(last.content());
            }
            last = new LastCard(registers.cid(), fresh.content());
            synchronized (this) {
                if (state != HostState.STARTING) {
                    return;
                }
                card = fresh;
            }
            fresh.bind(disks, publisher);
            boolean eject;
            synchronized (this) {
                if (state != HostState.STARTING) {
                    return;
                }
                state = state.moveTo(HostState.READY, name);
                eject = ejectWhenReady;
            }
            if (eject) {
                eject(fresh);
            } else {
                log.info(fresh + " is " + fresh.disk() + ", " + fresh.type().text() + ", " + fresh.capacityBytes()
                        + " bytes" + (readOnly ? ", read-only" : "") + match.words());
                if (fresh.isLost()) {
                    look();
                }
            }
        } catch (MmcException | IllegalStateException | IllegalArgumentException e) {
            notStarted(link, e);
        } finally {
            synchronized (this) {
                starting = null;
            }
        }
    }

    private StartedCard powerUp(CardLink link) throws MmcException {
        host.trace().startupBegins();
        try {
            return new CardStartup(host, caps, queue, link, clockwork).start();
        } finally {
            host.trace().startupEnds();
        }
    }

    private void notStarted(CardLink link, Exception why) {
        boolean went = why instanceof MmcException e && e.error() == MmcError.NO_MEDIUM;
        if (went) {
            log.info(name + ": the card went while it was being started");
        } else if (!link.isSevered()) {
            log.warn(name + ": the card cannot be used: " + why.getMessage());
        }
        link.sever();
        host.setIos(MmcIos.OFF);
        boolean present = host.isCardPresent();
        synchronized (this) {
            if (state == HostState.STARTING) {
                card = null;
                state = state.moveTo(present ? HostState.WAITING : HostState.EMPTY, name);
            }
        }
    }

    /** CMD13, twice: a card that answers is there, whatever the switch says, but then it is asked again soon. */
    private boolean isLost(ActiveCard present) {
        boolean inserted = host.isCardPresent();
        synchronized (this) {
            if (restarting && inserted) {
                // On its way through power-up it would not answer, and whoever restarts it will see whether it is
                // there.
                detect.again();
                return present.isLost();
            }
        }
        return switch (CardProbe.ask(queue, present)) {
            case LOST -> true;
            case THERE -> {
                if (!inserted) {
                    detect.again();
                }
                yield false;
            }
            case NO_WORD -> {
                if (inserted) {
                    detect.again();
                }
                yield !inserted;
            }
        };
    }

    /** Takes a card that does not recover through power-up again, on a thread of its own. Never blocks. */
    void restart(ActiveCard wanted, Consumer<StartedCard> done) {
        clockwork.execute(name + " restart", () -> done.accept(powerUpAgain(wanted)));
    }

    private StartedCard powerUpAgain(ActiveCard wanted) {
        synchronized (this) {
            if (card != wanted || restarting) {
                return null;
            }
            restarting = true;
        }
        try {
            StartedCard again = new CardStartup(host, caps, queue, wanted.link(), clockwork).start();
            boolean same = again.registers().cid().equals(wanted.registers().cid());
            log.warn(wanted + (same ? " was restarted: it did not recover otherwise" : " is another card now"));
            return same ? again : null;
        } catch (MmcException e) {
            log.warn(wanted + " does not recover: " + e.getMessage());
            return null;
        } finally {
            synchronized (this) {
                restarting = false;
                notifyAll();
            }
        }
    }

    /** Its link is severed by now, so that whoever takes the card through power-up gives up at the next command. */
    private synchronized void awaitRestarted() {
        clockwork.awaitUntil(this, clockwork.nanoTime() + ASK_MS * 1_000_000, () -> !restarting);
    }

    private void removeLost(ActiveCard present) {
        if (!move(HostState.READY, HostState.REMOVING)) {
            return;
        }
        present.lost();
        present.remove(Removal.SURPRISE);
        powerOff(null);
        removed(HostState.EMPTY);
    }

    /** Orderly removal of a card that stays in the slot; see {@link org.unplug.mmc.MmcCard#eject}. */
    RemovalReport eject(ActiveCard wanted) {
        boolean first;
        synchronized (this) {
            first = card == wanted && state == HostState.READY;
            // It is findable a moment before it is READY: whoever starts it sees to what is left to do.
            ejectWhenReady |= card == wanted && state == HostState.STARTING;
            if (first) {
                state = state.moveTo(HostState.REMOVING, name);
            }
        }
        RemovalReport report = wanted.remove(Removal.ORDERLY);
        if (!first) {
            return report;
        }
        runBounded("power off", () -> powerOff(wanted.started()));
        removed(HostState.WAITING);
        look();
        return report;
    }

    private void removed(HostState next) {
        synchronized (this) {
            if (state == HostState.REMOVING) {
                card = null;
                state = state.moveTo(next, name);
            }
        }
    }

    /**
     * The adapter's service goes. Removes its card - orderly if it is still there - and returns when nobody is inside the adapter
     * and nobody will enter; or at the deadline, and then says who is. A second caller waits for the first.
     */
    HostRemoval detach() {
        long began = clockwork.nanoTime();
        ActiveCard present;
        CardLink unfinished;
        synchronized (this) {
            if (state.isStopping()) {
                return awaitStopped();
            }
            state = state.moveTo(HostState.STOPPING, name);
            present = card;
            unfinished = starting;
        }
        detect.close();
        RemovalReport report = null;
        boolean there = present != null && !present.isLost() && isThere();
        if (present != null) {
            report = present.remove(there ? Removal.ORDERLY : Removal.SURPRISE);
        }
        if (unfinished != null) {
            unfinished.sever();
        }
        long deadline = clockwork.nanoTime() + settings.get().quietMs() * 1_000_000;
        context.execute(() -> {
            powerOff(there ? present.started() : null);
            host.stop();
        });
        context.close();
        context.awaitIdle(deadline);
        host.kill();
        boolean quiet = host.awaitQuiet(deadline);
        List<String> insiders = quiet ? List.of() : host.insiders();
        host.drop();
        if (!quiet) {
            log.warn(name + ": the adapter was let go with calls inside that do not return: " + insiders);
        }
        HostRemoval result = new HostRemoval(name, report, quiet, insiders, clockwork.nanoTime() - began);
        synchronized (this) {
            removal = result;
            card = null;
            state = state.moveTo(HostState.STOPPED, name);
            notifyAll();
        }
        return result;
    }

    /** Under the monitor; bounded because the first one is. */
    private HostRemoval awaitStopped() {
        while (state != HostState.STOPPED) {
            clockwork.await(this, 1_000_000_000L);
        }
        return removal;
    }

    /** Asks the adapter on a thread of its own, since it may hang; one that hangs has no card. */
    private boolean isThere() {
        AtomicBoolean there = new AtomicBoolean();
        return runBounded("presence", () -> there.set(host.isCardPresent())) && there.get();
    }

    private boolean runBounded(String what, Runnable call) {
        Object monitor = new Object();
        AtomicBoolean done = new AtomicBoolean();
        clockwork.execute(name + " " + what, () -> {
            call.run();
            synchronized (monitor) {
                done.set(true);
                monitor.notifyAll();
            }
        });
        long deadline = clockwork.nanoTime() + ASK_MS * 1_000_000;
        synchronized (monitor) {
            return clockwork.awaitUntil(monitor, deadline, done::get);
        }
    }

    /** Takes the slot's power; a card that is there is told before. */
    private void powerOff(StartedCard there) {
        awaitRestarted();
        if (there != null) {
            try {
                new Farewell(queue, new CardLink(clockwork)).say(there);
            } catch (MmcException e) {
                log.info(name + ": powered off without farewell: " + e.getMessage());
            }
        }
        host.setIos(MmcIos.OFF);
    }

    private synchronized boolean move(HostState from, HostState to) {
        if (state != from) {
            return false;
        }
        state = state.moveTo(to, name);
        return true;
    }
}
