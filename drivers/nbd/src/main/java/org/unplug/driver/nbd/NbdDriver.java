package org.unplug.driver.nbd;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.spi.Request;
import org.unplug.nbd.Transmission;
import org.unplug.ref.Clockwork;

/**
 * A disk at the other end of some connections.
 *
 * <p><b>Theory of operation.</b> A request goes in line at the link that has the least to do, and is sent by its submitter at
 * commit. When a link fails, what was on it and not answered goes to another link, or waits for one to come back: a read, and
 * a write of the same bytes to the same place, may happen twice. A writer that wants order waits for an answer, so nothing
 * that was answered is overtaken by what is sent again.
 *
 * <p>What the server had answered and not flushed it may have lost, if it was the server that died. While one link lives it
 * did not; once all are lost with such writes outstanding, the next flush fails: who has acknowledged nothing on the strength
 * of those writes is not harmed, and who asks is told.
 *
 * <p>When no link has come back for long enough the driver is dead, tells so once, and ends everything GONE.
 */
final class NbdDriver implements DiskDriver, AutoCloseable {

    /** Told of what happens to the connections. Called under no lock. */
    interface Watch {
        /** A link failed; it may come back. */
        void lost(Link link, String why);

        /** None came back in time. Called once. */
        void dead();
    }

    private enum State {
        SERVING,
        DEAD
    }

    private static final int DEPTH = 128;

    private final Settings settings;
    private final Clockwork clockwork;
    private final Watch watch;
    private final Flight[] flights = new Flight[DEPTH];

    /** Guarded by this, as all below. */
    private State state = State.SERVING;

    /** Replaced rather than changed, so that it can be gone through without the monitor. */
    private volatile List<Link> links = List.of();

    private final Set<Flight> waiting = new LinkedHashSet<>();
    private Remote remote;
    private long sequence;
    private long writesAnswered;
    private long writesFlushed;
    private boolean writesDoubtful;
    private Clockwork.Timer patience = () -> {};

    NbdDriver(Settings settings, Clockwork clockwork, Watch watch) {
        this.settings = settings;
        this.clockwork = clockwork;
        this.watch = watch;
        for (int i = 0; i < DEPTH; i++) {
            flights[i] = new Flight(i);
        }
    }

    /**
     * What to add this as; the first link has come up.
     *
     * @throws IOException if the export cannot be a disk
     */
    synchronized DiskSpec spec(String prefix) throws IOException {
        int block = Math.max(512, remote.leastBlock());
        if (block > 4096) {
            throw new IOException(settings.uri() + ": blocks of " + block + " bytes; at most 4096 are had");
        }
        long sectors = remote.bytes() / block * block / 512;
        if (sectors == 0) {
            throw new IOException(settings.uri() + ": " + remote.bytes() + " bytes hold no block of " + block);
        }
        int most = Math.max(block, Math.min(remote.mostPayload(), 1 << 20) / block * block) / 512;
        QueueLimits limits = QueueLimits.DEFAULT
                .withLogicalBlockBytes(block)
                .withMaxSectors(most)
                .withQueueDepth(DEPTH)
                .withWriteCache(remote.can(Transmission.SEND_FLUSH), remote.can(Transmission.SEND_FUA))
                .withDiscard(remote.can(Transmission.SEND_TRIM))
                .withWriteZeroes(remote.can(Transmission.SEND_WRITE_ZEROES));
        return DiskSpec.of(prefix, sectors)
                .withBus("nbd")
                .withIdentity("NBD", settings.uri().toString())
                .withReadOnly(settings.readOnly() || remote.can(Transmission.READ_ONLY))
                .withLimits(limits)
                .withTimeouts(new DiskSpec.Timeouts(
                        settings.requestMs() + settings.deadAfterMs(),
                        DiskSpec.Timeouts.DEFAULT.syncMs(),
                        DiskSpec.Timeouts.DEFAULT.drainMs()));
    }

    /**
     * A link has connected; from now on requests go over it.
     *
     * @throws IOException if it leads to something else than the others did, or it is too late
     */
    void up(Link link) throws IOException {
        synchronized (this) {
            if (state == State.DEAD) {
                throw new IOException("given up already");
            }
            if (remote != null && remote.bytes() != link.remote().bytes()) {
                throw new IOException(
                        "the export has " + link.remote().bytes() + " bytes now, and had " + remote.bytes());
            }
            if (remote != null && !remote.description().equals(link.remote().description())) {
                throw new IOException("the export is '" + link.remote().description() + "' now, and was '"
                        + remote.description() + "'");
            }
            remote = link.remote();
            patience.cancel();
            patience = () -> {};
            links = with(link);
            link.up = true;
            link.readerInside = true;
            waiting.forEach(flight -> enqueue(flight, link));
            waiting.clear();
        }
        link.outgoing.send();
    }

    private List<Link> with(Link link) {
        List<Link> all = new ArrayList<>(links);
        all.add(link);
        return List.copyOf(all);
    }

    private List<Link> without(Link link) {
        return links.stream().filter(other -> other != link).toList();
    }

    synchronized Remote remote() {
        return remote;
    }

    int linksUp() {
        return links.size();
    }

    @Override
    public boolean queueRequest(Request request) {
        Flight flight = flights[request.tag()];
        boolean over;
        synchronized (this) {
            over = state == State.DEAD;
            if (!over) {
                flight.begin(request);
                Link link = leastBusy();
                if (link == null) {
                    waiting.add(flight);
                } else {
                    enqueue(flight, link);
                }
            }
        }
        if (over) {
            request.complete(BlockStatus.GONE);
        }
        return true;
    }

    /** Null if there is none. The caller holds the monitor. */
    private Link leastBusy() {
        Link best = null;
        for (int i = 0; i < links.size(); i++) {
            Link link = links.get(i);
            if (best == null || link.outgoing.load() < best.outgoing.load()) {
                best = link;
            }
        }
        return best;
    }

    private static void enqueue(Flight flight, Link link) {
        flight.link = link;
        link.outgoing.add(flight);
    }

    @Override
    public void commit() {
        for (Link link : links) {
            link.outgoing.send();
        }
    }

    /** A flight leaves the line. The caller holds the monitor. */
    void sending(Flight flight) {
        flight.rewind();
        flight.cookie = ++sequence << 16 | flight.tag;
        flight.state = Flight.State.SENDING;
        flight.writesBefore = writesAnswered;
    }

    /** Everything of these is with the socket. */
    void sent(Flight[] batch, int count) {
        for (int i = 0; i < count; i++) {
            Flight flight = batch[i];
            boolean over;
            synchronized (this) {
                flight.state = Flight.State.SENT;
                over = flight.answered;
            }
            batch[i] = null;
            if (over) {
                end(flight, flight.outcome);
            }
        }
    }

    /** The flight of this cookie, if this link has it and it is not answered yet; else null. */
    synchronized Flight awaited(Link link, long cookie) {
        int tag = (int) (cookie & 0xffff);
        if (tag >= DEPTH) {
            return null;
        }
        Flight flight = flights[tag];
        boolean onItsWay = flight.state == Flight.State.SENDING || flight.state == Flight.State.SENT;
        return onItsWay && flight.link == link && flight.cookie == cookie && !flight.answered ? flight : null;
    }

    /** The server's last word on it has come. */
    void answered(Flight flight) {
        boolean over;
        synchronized (this) {
            flight.answered = true;
            over = flight.state == Flight.State.SENT;
        }
        if (over) {
            end(flight, flight.outcome);
        }
    }

    private void end(Flight flight, BlockStatus status) {
        Request request = flight.request;
        BlockStatus told = status;
        synchronized (this) {
            if (status == BlockStatus.OK) {
                told = note(flight);
            }
            if (flight.link != null) {
                flight.link.outgoing.done();
            }
            flight.state = Flight.State.IDLE;
            flight.request = null;
            flight.link = null;
        }
        request.complete(told);
    }

    /** What is now known to be written or safe. The caller holds the monitor. */
    private BlockStatus note(Flight flight) {
        BioOp op = flight.request.op();
        if (op.modifies() && !flight.request.fua()) {
            writesAnswered++;
        } else if (op == BioOp.FLUSH) {
            writesFlushed = Math.max(writesFlushed, flight.writesBefore);
            if (writesDoubtful) {
                writesDoubtful = false;
                return BlockStatus.IOERR;
            }
        }
        return BlockStatus.OK;
    }

    /** A link has failed: nothing goes over it any more. */
    void down(Link link, String why) {
        boolean dead = false;
        synchronized (this) {
            boolean was = links.contains(link);
            links = without(link);
            link.up = false;
            if (was && links.isEmpty() && state == State.SERVING) {
                if (remote.can(Transmission.SEND_FLUSH) && writesAnswered > writesFlushed) {
                    writesDoubtful = true;
                    writesFlushed = writesAnswered;
                }
                dead = settings.deadAfterMs() == 0;
                if (!dead) {
                    patience = clockwork.schedule(settings.deadAfterMs(), this::giveUp);
                }
            }
        }
        watch.lost(link, why);
        if (dead) {
            giveUp();
        }
        takeBack(link);
    }

    void readerLeft(Link link) {
        synchronized (this) {
            link.outgoing.giveUpTurn();
            link.readerInside = false;
        }
        takeBack(link);
    }

    void senderLeft(Link link) {
        takeBack(link);
    }

    /**
     * What is on a failed link comes back once nobody touches its buffers. That is so when it is down, its reader has left and
     * its sender has: three things in any order, on three threads; each calls this behind itself, and the last one does it.
     */
    private void takeBack(Link link) {
        List<Flight> cancelled = new ArrayList<>();
        List<Flight> gone = new ArrayList<>();
        Link other;
        synchronized (this) {
            if (link.readerInside || link.outgoing.isInside() || link.up) {
                return;
            }
            other = leastBusy();
            for (Flight flight : flights) {
                if (flight.link != link || flight.state == Flight.State.ENDING) {
                    continue;
                }
                link.outgoing.remove(flight);
                flight.link = null;
                flight.state = Flight.State.QUEUED;
                flight.rewind();
                if (flight.cancelled) {
                    flight.state = Flight.State.ENDING;
                    cancelled.add(flight);
                } else if (state == State.DEAD) {
                    flight.state = Flight.State.ENDING;
                    gone.add(flight);
                } else if (other == null) {
                    waiting.add(flight);
                } else {
                    enqueue(flight, other);
                }
            }
        }
        cancelled.forEach(flight -> end(flight, BlockStatus.TIMEOUT));
        gone.forEach(flight -> end(flight, BlockStatus.GONE));
        if (other != null) {
            other.outgoing.send();
        }
    }

    /** One that is with the server can only be had back by giving its connection up, since its answer may come at any time. */
    @Override
    public void cancel(Request request) {
        Flight flight = flights[request.tag()];
        Link on;
        synchronized (this) {
            boolean isOver = flight.state == Flight.State.IDLE || flight.state == Flight.State.ENDING;
            if (flight.request != request || isOver || flight.cancelled) {
                return;
            }
            boolean unsent = flight.state == Flight.State.QUEUED;
            if (unsent) {
                waiting.remove(flight);
                if (flight.link != null && !flight.link.outgoing.remove(flight)) {
                    return;
                }
                flight.state = Flight.State.ENDING;
            }
            flight.cancelled = true;
            on = unsent ? null : flight.link;
        }
        if (on == null) {
            end(flight, BlockStatus.TIMEOUT);
        } else {
            on.fail(new IOException(
                    "no answer to " + request.op() + " of " + request.sectors() + " sectors at " + request.sector()));
        }
    }

    /** Nothing will be sent any more: ends everything GONE, and its connections. Idempotent. */
    private void giveUp() {
        if (die()) {
            watch.dead();
        }
    }

    private boolean die() {
        List<Flight> ended;
        List<Link> left;
        synchronized (this) {
            if (state == State.DEAD) {
                return false;
            }
            state = State.DEAD;
            patience.cancel();
            ended = new ArrayList<>(waiting);
            ended.forEach(flight -> flight.state = Flight.State.ENDING);
            waiting.clear();
            left = links;
        }
        left.forEach(link -> link.fail(new IOException("the disk is detached")));
        clockwork.execute("end of a disk", () -> ended.forEach(flight -> end(flight, BlockStatus.GONE)));
        return true;
    }

    synchronized boolean isDead() {
        return state == State.DEAD;
    }

    /** Once the disk is removed: says good-bye and closes the connections. */
    @Override
    public void close() {
        links.forEach(Link::sayGoodBye);
        die();
    }
}
