package org.unplug.mmc.internal.blk;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.unplug.block.BlockStatus;
import org.unplug.block.spi.Request;
import org.unplug.mmc.CardState;
import org.unplug.mmc.CardStatus;
import org.unplug.mmc.ExtCsd;
import org.unplug.mmc.internal.card.StartedCard;
import org.unplug.mmc.spi.MmcCommand;
import org.unplug.mmc.spi.MmcError;
import org.unplug.mmc.spi.MmcRequest;
import org.unplug.mmc.spi.ResponseType;

/**
 * Something a card does for one request of its disk.
 *
 * <p><b>Theory of operation.</b> Each step is one request to the adapter and begins the next when it ends, so steps follow each
 * other and need no lock: what one writes, the next reads, ordered by the adapter's completion, by a timer, or by the queue's
 * monitor. Only {@link #cancel} comes from outside; it writes one volatile field. An object serves one request only, so that a
 * cancellation that comes too late meets nobody else's work. {@link Rung} says which step may follow which.
 *
 * <p>After a command that may have left the card elsewhere than in TRAN, {@link #settle} brings it back there: CMD13, at most twice
 * without an answer; CMD12, once, if it is still at a transfer; CMD13 again while it is programming. Each step is bounded, and so is
 * their sum.
 *
 * <p>A card that does not answer two CMD13 in a row is lost; so is one that the adapter does not see, and one that has
 * forgotten its selection: it lost power. A lost card is GONE for good, whatever is in the slot a moment later.
 */
abstract class CardJob {

    static final int SECTOR_BYTES = 512;
    static final long COMMAND_MS = 500;

    private static final long LONGEST_POLL_MS = 16;
    private static final int STATUS_TRIES = 2;

    /** Where a job stands on its ladder. */
    enum Rung {
        /** Nothing was sent yet. */
        NEW,
        /** CMD6 to the area that is meant. */
        AREA,
        /** CMD22: the upper bits of an address. */
        ADDRESS,
        /** The commands that do it. */
        WORK,
        /** CMD13. */
        STATUS,
        /** CMD12. */
        STOP,
        /** Waiting for the next CMD13: it programs. */
        BUSY,
        /** ACMD22: how much of a write got through. */
        COUNT,
        /** Power-up again. */
        RESET,
        /** The request was completed. */
        ENDED;

        private static final Map<Rung, Set<Rung>> ARROWS = new EnumMap<>(Rung.class);

        static {
            Set<Rung> attempt = EnumSet.of(AREA, ADDRESS, WORK, COUNT, RESET, ENDED);
            ARROWS.put(NEW, EnumSet.of(AREA, ADDRESS, WORK, ENDED));
            ARROWS.put(AREA, EnumSet.of(ADDRESS, WORK, STATUS, ENDED));
            ARROWS.put(ADDRESS, EnumSet.of(WORK, STATUS, ENDED));
            EnumSet<Rung> afterWork = EnumSet.of(STATUS);
            afterWork.addAll(attempt);
            ARROWS.put(WORK, afterWork);
            EnumSet<Rung> afterStatus = EnumSet.of(STATUS, STOP, BUSY);
            afterStatus.addAll(attempt);
            ARROWS.put(STATUS, afterStatus);
            ARROWS.put(STOP, EnumSet.of(STATUS, ENDED));
            ARROWS.put(BUSY, EnumSet.of(STATUS, ENDED));
            EnumSet<Rung> afterCount = EnumSet.of(STATUS);
            afterCount.addAll(attempt);
            ARROWS.put(COUNT, afterCount);
            ARROWS.put(RESET, EnumSet.of(AREA, ADDRESS, WORK, ENDED));
            ARROWS.put(ENDED, EnumSet.noneOf(Rung.class));
        }

        Rung moveTo(Rung next, Object what) {
            if (!ARROWS.get(this).contains(next)) {
                throw new IllegalStateException(what + " cannot go from " + this + " to " + next);
            }
            return next;
        }
    }

    private final CardAccess access;
    private final Request block;
    private final int area;
    private final Consumer<BlockStatus> finished;
    private final MmcRequest request = new MmcRequest();
    private Rung rung = Rung.NEW;
    private boolean stopped;
    private int statusTries;
    private long pollMs;
    private long busyDeadline;
    private BlockStatus outcome = BlockStatus.OK;
    private volatile boolean cancelled;

    /** A job in an area of a card; its outcome is told once, without a lock. */
    CardJob(CardAccess access, Request block, int area, Consumer<BlockStatus> finished) {
        this.access = access;
        this.block = block;
        this.area = area;
        this.finished = finished;
    }

    final Request block() {
        return block;
    }

    final int area() {
        return area;
    }

    final CardAccess access() {
        return access;
    }

    final MmcRequest request() {
        return request;
    }

    /** Begins; the end may come before this returns. */
    final void start() {
        attempt();
    }

    /** Asks to end soon what is under way. */
    final void cancel() {
        cancelled = true;
        access.queue().cancel(request);
    }

    final boolean isCancelled() {
        return cancelled;
    }

    /** Does it, or does it again, in the right area. */
    final void attempt() {
        outcome = BlockStatus.OK;
        stopped = false;
        if (access.area() == area) {
            work();
            return;
        }
        int config = StartedCard.switchByte(ExtCsd.PARTITION_CONFIG, area);
        request.withCommand(access.card().registers().extCsd().areaSwitchMs() + COMMAND_MS)
                .set(6, config, ResponseType.R1B);
        send(Rung.AREA, done -> {
            if (done.error() == MmcError.NONE) {
                access.switchedTo(area);
                work();
            } else {
                ended(done, BlockStatus.OK);
            }
        });
    }

    /** Sends what does it, and calls {@link #ended} or {@link #settled} in the end. */
    abstract void work();

    /** The card stands in TRAN again, or it does not come back there: what came of the attempt. */
    abstract void settled(BlockStatus status, boolean inTran);

    final void send(Rung next, MmcRequest.Done step) {
        move(next);
        if (cancelled && next != Rung.STATUS) {
            finish(BlockStatus.TIMEOUT);
            return;
        }
        access.queue().submit(access.link(), request, step);
    }

    final void move(Rung next) {
        rung = rung.moveTo(next, "job for " + block.op() + " at " + block.sector());
    }

    /** An attempt's commands are over, with this outcome so far: see that the card gets back to TRAN. */
    final void ended(MmcRequest done, BlockStatus soFar) {
        if (done.error() == MmcError.NO_MEDIUM) {
            cardLost();
            return;
        }
        outcome = worse(worse(outcome, soFar), onBus(done.error()));
        settle();
    }

    private void settle() {
        busyDeadline = access.clockwork().nanoTime() + access.busyMs() * 1_000_000;
        pollMs = 0;
        askStatus();
    }

    private void askStatus() {
        request.withCommand(COMMAND_MS).set(13, access.card().address(), ResponseType.R1);
        send(Rung.STATUS, this::status);
    }

    private void status(MmcRequest done) {
        MmcError error = done.error();
        if (error == MmcError.NO_MEDIUM) {
            cardLost();
            return;
        }
        if (error != MmcError.NONE) {
            statusTries++;
            if (statusTries >= STATUS_TRIES) {
                cardLost();
            } else {
                askStatus();
            }
            return;
        }
        statusTries = 0;
        CardStatus status = new CardStatus(done.cmd().response().word());
        outcome = worse(outcome, meaning(status.bits() & ~CardStatus.ILLEGAL_COMMAND));
        if (status.has(CardStatus.SWITCH_ERROR)) {
            outcome = worse(outcome, BlockStatus.IOERR);
        }
        CardState state = status.state();
        if (state == CardState.TRAN) {
            settled(outcome, true);
        } else if (state == CardState.DATA || state == CardState.RCV) {
            stop();
        } else if (state == CardState.PRG) {
            pollLater();
        } else {
            cardLost();
        }
    }

    /** The transfer broke off and the card still waits for its end: CMD12, once. */
    private void stop() {
        if (stopped) {
            settled(worse(outcome, BlockStatus.IOERR), false);
            return;
        }
        stopped = true;
        request.withCommand(COMMAND_MS).set(12, 0, ResponseType.R1B);
        send(Rung.STOP, done -> {
            outcome = worse(outcome, meaning(bits(done.cmd()) & ~CardStatus.OUT_OF_RANGE));
            askStatus();
        });
    }

    private void pollLater() {
        if (cancelled || access.clockwork().nanoTime() - busyDeadline >= 0) {
            settled(worse(outcome, BlockStatus.TIMEOUT), false);
            return;
        }
        pollMs = Math.min(LONGEST_POLL_MS, pollMs == 0 ? 1 : pollMs * 2);
        move(Rung.BUSY);
        // The timer's thread serves every adapter, so none is called from it.
        access.clockwork().schedule(pollMs, () -> access.clockwork().execute("mmcblk poll", this::askStatus));
    }

    /** Takes the card through power-up again, and then on, or the card is lost. */
    final void reset(Runnable again) {
        move(Rung.RESET);
        access.reset().reset(card -> {
            if (card == null) {
                cardLost();
            } else {
                access.restarted(card);
                again.run();
            }
        });
    }

    final void cardLost() {
        access.lost().run();
        finish(BlockStatus.GONE);
    }

    final void finish(BlockStatus status) {
        move(Rung.ENDED);
        finished.accept(status);
    }

    static BlockStatus onBus(MmcError error) {
        return switch (error) {
            case NONE -> BlockStatus.OK;
            case TIMEOUT -> BlockStatus.TIMEOUT;
            case CRC, INVALID -> BlockStatus.IOERR;
            case NO_MEDIUM -> BlockStatus.GONE;
        };
    }

    static int bits(MmcCommand command) {
        return command == null
                        || command.response() == null
                        || !command.response().ok()
                ? 0
                : command.response().word();
    }

    /** What the card's own error bits mean for a request. */
    static BlockStatus meaning(int bits) {
        CardStatus status = new CardStatus(bits);
        if (!status.failed()) {
            return BlockStatus.OK;
        }
        if (status.has(CardStatus.WP_VIOLATION)) {
            return BlockStatus.PROTECTED;
        }
        return status.has(CardStatus.CARD_ECC_FAILED) ? BlockStatus.MEDIUM : BlockStatus.IOERR;
    }

    /** The first that is not OK; but what the card complained of says more than silence or a damaged line. */
    static BlockStatus worse(BlockStatus first, BlockStatus second) {
        boolean saysMore = second == BlockStatus.PROTECTED || second == BlockStatus.MEDIUM;
        boolean vague = first == BlockStatus.TIMEOUT || first == BlockStatus.IOERR;
        return first.ok() || (vague && saysMore) ? second : first;
    }
}
