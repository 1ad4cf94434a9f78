package org.unplug.driver.mmcsim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.LockSupport;
import org.unplug.mmc.sim.CardFault;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.mmc.spi.HostCaps;
import org.unplug.mmc.spi.HostEvents;
import org.unplug.mmc.spi.MmcCommand;
import org.unplug.mmc.spi.MmcData;
import org.unplug.mmc.spi.MmcError;
import org.unplug.mmc.spi.MmcHost;
import org.unplug.mmc.spi.MmcIos;
import org.unplug.mmc.spi.MmcRequest;
import org.unplug.mmc.spi.MmcResponse;
import org.unplug.mmc.spi.ResponseType;
import org.unplug.ref.Clockwork;

/**
 * The adapter of one slot. Requests are served one after another by a thread of its own; calls into the adapter only leave word for
 * it. But a request for a card that needs no more time than the copying, with no fault planned, is served on the spot, as an adapter
 * does that moves the data by itself: two changes of thread would cost more than the transfer.
 *
 * <p>The monitor guards what is in the slot and what is to be served; cards are used outside it.
 */
final class SimSlot implements MmcHost {

    private static final long STOP_MS = 2_000;
    private static final long COARSE_NANOS = 2_000_000;
    private static final long BUSY_POLL_NANOS = 100_000;
    /** A bit of the content that is flipped on the way. */
    private static final long DAMAGE = 1 << 20;

    private final String name;
    private final HostCaps caps;
    private final Clockwork clockwork;
    private final Counters counters = new Counters();
    private final FaultPlan faults = new FaultPlan();
    private final Sampling sampling = new Sampling();
    private final Deque<MmcRequest> waiting = new ArrayDeque<>();
    private HostEvents events;
    private MmcIos ios = MmcIos.OFF;
    private boolean protect;
    private boolean closed;
    private boolean serving;
    private Thread server;
    private volatile SimCard card;
    private volatile MmcRequest active;
    private volatile boolean cancelled;

    SimSlot(String name, HostCaps caps, Clockwork clockwork) {
        this.name = name;
        this.caps = caps;
        this.clockwork = clockwork;
    }

    String name() {
        return name;
    }

    Counters counters() {
        return counters;
    }

    FaultPlan faults() {
        return faults;
    }

    SimCard card() {
        return card;
    }

    /** Closes the contacts of a card; false if there is one already. */
    boolean insert(SimCard fresh) {
        HostEvents told;
        synchronized (this) {
            if (card != null || closed) {
                return false;
            }
            fresh.power(ios.power() == MmcIos.Power.ON);
            fresh.driven(ios);
            protect = fresh.spec().readOnly();
            card = fresh;
            told = events;
        }
        if (told != null) {
            told.cardChanged();
        }
        return true;
    }

    /** Opens the contacts; the card that was there, or null. When this returns nothing touches its image any more. */
    SimCard yank() throws IOException {
        SimCard taken;
        HostEvents told;
        synchronized (this) {
            taken = card;
            card = null;
            told = events;
            notifyAll();
        }
        if (taken == null) {
            return null;
        }
        try {
            taken.pull();
        } finally {
            if (told != null) {
                told.cardChanged();
            }
        }
        return taken;
    }

    synchronized void protect(boolean on) {
        protect = on;
    }

    /**
     * After the unregistration of its service: ends the serving thread and lets the card go. Bounded; not waited for on the
     * serving thread itself.
     */
    void close() throws IOException {
        synchronized (this) {
            closed = true;
            notifyAll();
            clockwork.awaitUntil(
                    this,
                    clockwork.nanoTime() + STOP_MS * 1_000_000,
                    () -> !serving || server == Thread.currentThread());
        }
        yank();
    }

    @Override
    public void start(HostEvents newEvents) {
        counters.enter();
        try {
            synchronized (this) {
                events = newEvents;
            }
        } finally {
            counters.exit();
        }
    }

    @Override
    public void stop() {
        counters.enter();
        try {
            synchronized (this) {
                events = null;
            }
        } finally {
            counters.exit();
        }
    }

    @Override
    public HostCaps caps() {
        return caps;
    }

    @Override
    public void request(MmcRequest request) {
        counters.enter();
        try {
            counters.request();
            boolean refused;
            boolean startServer = false;
            SimCard prompt = null;
            synchronized (this) {
                refused = closed;
                if (!refused && !serving && card != null && card.isPrompt() && faults.isEmpty()) {
                    prompt = card;
                    serving = true;
                    server = Thread.currentThread();
                    cancelled = false;
                    active = request;
                } else if (!refused) {
                    waiting.add(request);
                    startServer = !serving;
                    serving = true;
                    if (!startServer) {
                        notifyAll();
                    }
                }
            }
            if (refused) {
                end(request, MmcError.NO_MEDIUM);
            } else if (prompt != null) {
                serveOnTheSpot(request, prompt);
            } else if (startServer) {
                clockwork.execute(name, this::serve);
            }
        } finally {
            counters.exit();
        }
    }

    @Override
    public void cancel(MmcRequest request) {
        counters.enter();
        try {
            boolean unserved;
            synchronized (this) {
                unserved = waiting.remove(request);
                if (active == request) {
                    cancelled = true;
                    notifyAll();
                }
            }
            if (unserved) {
                end(request, MmcError.TIMEOUT);
            }
        } finally {
            counters.exit();
        }
    }

    @Override
    public void setIos(MmcIos newIos) {
        counters.enter();
        try {
            synchronized (this) {
                ios = newIos;
                if (card != null) {
                    card.power(newIos.power() == MmcIos.Power.ON);
                    card.driven(newIos);
                }
            }
        } finally {
            counters.exit();
        }
    }

    @Override
    public boolean isCardPresent() {
        counters.enter();
        try {
            return card != null;
        } finally {
            counters.exit();
        }
    }

    @Override
    public boolean isCardBusy() {
        counters.enter();
        try {
            SimCard now = card;
            return now != null && now.isBusy();
        } finally {
            counters.exit();
        }
    }

    @Override
    public synchronized boolean isReadOnly() {
        counters.enter();
        try {
            return protect;
        } finally {
            counters.exit();
        }
    }

    /** The serving thread: ends when the slot is closed and everything that came was ended. */
    private void serve() {
        while (true) {
            MmcRequest next;
            boolean refuse;
            synchronized (this) {
                server = Thread.currentThread();
                active = null;
                while (waiting.isEmpty() && !closed) {
                    clockwork.await(this, Long.MAX_VALUE);
                }
                next = waiting.poll();
                if (next == null) {
                    serving = false;
                    server = null;
                    notifyAll();
                    return;
                }
                refuse = closed;
                cancelled = false;
                active = next;
            }
            if (refuse) {
                end(next, MmcError.NO_MEDIUM);
            } else {
                serve(next, card);
            }
        }
    }

    /** On the thread that gave the request, as the server for as long as that takes. */
    private void serveOnTheSpot(MmcRequest request, SimCard inSlot) {
        perform(request, inSlot);
        boolean more;
        synchronized (this) {
            active = null;
            server = null;
            more = !waiting.isEmpty();
            serving = more;
            notifyAll();
        }
        if (more) {
            clockwork.execute(name, this::serve);
        }
        end(request, inSlot);
    }

    private void serve(MmcRequest request, SimCard inSlot) {
        if (inSlot == null) {
            end(request, MmcError.NO_MEDIUM);
            return;
        }
        perform(request, inSlot);
        end(request, inSlot);
    }

    /** Sends what the request consists of, as far as it gets. */
    private void perform(MmcRequest request, SimCard inSlot) {
        long deadline = clockwork.nanoTime() + request.timeoutMs() * 1_000_000;
        if (request.isTuning()) {
            sampling.search(() -> comesWhole(request, inSlot, deadline), () -> card == inSlot && !cancelled);
            comesWhole(request, inSlot, deadline);
            return;
        }
        boolean went = request.sbc() == null || send(inSlot, request.sbc(), deadline);
        went = went && send(inSlot, request.cmd(), deadline);
        if (went && request.data() != null) {
            move(inSlot, request.data());
        }
        if (went && request.stop() != null && card == inSlot) {
            send(inSlot, request.stop(), deadline);
        }
    }

    private boolean comesWhole(MmcRequest request, SimCard inSlot, long deadline) {
        if (send(inSlot, request.cmd(), deadline)) {
            move(inSlot, request.data());
            return request.data().error() == MmcError.NONE;
        }
        return false;
    }

    private void end(MmcRequest request, SimCard inSlot) {
        if (card != inSlot) {
            // Whatever it answered before it went, nobody can rely on it.
            lost(request);
        } else {
            end(request, MmcError.NONE);
        }
    }

    /** Sends a command over the line and takes the answer from it; whether what follows may follow. */
    private boolean send(SimCard inSlot, MmcCommand command, long deadline) {
        CardFault.Kind fault = faults.atCommand(command.opcode());
        if (fault != null) {
            strike(fault, inSlot);
        }
        MmcResponse answer;
        if (fault == CardFault.Kind.NO_ANSWER || card != inSlot) {
            answer = MmcResponse.failed(MmcError.TIMEOUT);
        } else {
            long frame = Crc.frame(true, command.opcode(), command.argument());
            answer = inSlot.command(command, fault == CardFault.Kind.COMMAND_CRC ? frame ^ DAMAGE : frame);
        }
        if (command.type() == ResponseType.NONE) {
            answer = MmcResponse.SENT;
        } else if (answer.ok() && !Crc.arrives(command, answer, fault == CardFault.Kind.RESPONSE_CRC ? DAMAGE : 0)) {
            answer = MmcResponse.failed(MmcError.CRC);
        } else if (answer.ok() && command.type().hasBusy() && !awaitReady(inSlot, deadline)) {
            answer = MmcResponse.failed(MmcError.TIMEOUT);
        }
        command.respond(answer);
        return command.error() == MmcError.NONE;
    }

    private void strike(CardFault.Kind fault, SimCard inSlot) {
        try {
            switch (fault) {
                case PULL -> yank();
                case SWAP -> {
                    yank();
                    CardSpec spec = inSlot.spec();
                    CardSpec other = CardSpec.memory(inSlot.capacityBytes())
                            .withType(inSlot.type())
                            .withChecksums(spec.checksums())
                            .withSerial((spec.serial() + 1) & 0xffffffffL);
                    insert(SimCard.open(other, clockwork));
                }
                case BOUNCE -> bounce(inSlot);
                case GENERAL_ERROR -> inSlot.stumble();
                case LINES_STUCK -> inSlot.holdLines();
                default -> {
                    // It concerns this one command only.
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(name + ": the card does not go", e);
        }
    }

    /** The contact opens and closes: the card loses power for a moment. */
    private void bounce(SimCard inSlot) {
        HostEvents told;
        synchronized (this) {
            boolean on = ios.power() == MmcIos.Power.ON;
            inSlot.power(false);
            inSlot.power(on);
            told = events;
        }
        if (told != null) {
            told.cardChanged();
            told.cardChanged();
        }
    }

    /** R1b: the card holds the data line until it has finished. */
    private boolean awaitReady(SimCard inSlot, long deadline) {
        while (inSlot.isBusy() && card == inSlot) {
            if (cancelled || clockwork.nanoTime() - deadline >= 0) {
                return false;
            }
            pause(BUSY_POLL_NANOS, inSlot);
        }
        return true;
    }

    private void move(SimCard inSlot, MmcData data) {
        if (!inSlot.hasData(data.isWrite())) {
            data.transferred(0, MmcError.TIMEOUT);
            return;
        }
        if (inSlot.spec().latencyMicros() > 0) {
            pause(inSlot.spec().latencyMicros() * 1000, inSlot);
        }
        inSlot.transfer(data, inSlot.isClear(sampling.point()) ? faults : FaultPlan.NOISE, () -> !cancelled);
        counters.moved(data.isWrite(), data.doneBytes());
    }

    /** The card's own time; cut short when it goes or the request is cancelled. */
    private void pause(long nanos, SimCard inSlot) {
        long end = clockwork.nanoTime() + nanos;
        for (long left = nanos; left > 0 && !cancelled && card == inSlot; left = end - clockwork.nanoTime()) {
            if (left > COARSE_NANOS) {
                synchronized (this) {
                    if (!cancelled && card == inSlot && !closed) {
                        clockwork.await(this, left - COARSE_NANOS / 2);
                    }
                }
            } else {
                LockSupport.parkNanos(left);
            }
        }
    }

    private void lost(MmcRequest request) {
        MmcResponse gone = MmcResponse.failed(MmcError.NO_MEDIUM);
        if (request.sbc() != null && request.sbc().error() != MmcError.NONE) {
            request.sbc().respond(gone);
        }
        request.cmd().respond(gone);
        if (request.data() != null) {
            request.data().transferred(request.data().doneBytes(), MmcError.NO_MEDIUM);
        }
        end(request, MmcError.NO_MEDIUM);
    }

    private void end(MmcRequest request, MmcError error) {
        boolean first = error == MmcError.NONE ? request.complete() : request.fail(error);
        counters.complete(first, error == MmcError.NO_MEDIUM);
    }
}
