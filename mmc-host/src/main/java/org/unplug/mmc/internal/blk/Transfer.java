package org.unplug.mmc.internal.blk;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.spi.Request;
import org.unplug.mmc.CardState;
import org.unplug.mmc.CardStatus;
import org.unplug.mmc.spi.MmcCommand;
import org.unplug.mmc.spi.MmcError;
import org.unplug.mmc.spi.MmcRequest;
import org.unplug.mmc.spi.ResponseType;

/**
 * One transfer between a card and memory, and what comes after it: a write, and everything that failed, asks for the card's
 * status (CMD13) until the card stands in TRAN again, which is bounded.
 *
 * <p><b>Theory of operation.</b> Each step is one request to the adapter and begins the next when it ends, so steps follow each
 * other and need no lock: what one writes, the next reads, ordered by the adapter's completion, by a timer, or by the queue's
 * monitor. Only {@link #cancel} comes from outside; it writes one volatile field. An object serves one request only, so that a
 * cancellation that comes too late meets nobody else's transfer.
 *
 * <p>A card that does not answer two CMD13 in a row is lost; so is one that the adapter does not see, and one that has
 * forgotten its selection: it lost power. A lost card is GONE for good, whatever is in the slot a moment later.
 */
final class Transfer {

    static final int SECTOR_BYTES = 512;

    private static final long READ_MS = 5_000;
    private static final long WRITE_MS = 10_000;
    private static final long COMMAND_MS = 500;
    private static final long BUSY_MS = 10_000;
    private static final long LONGEST_POLL_MS = 16;
    private static final int STATUS_TRIES = 2;

    private final CardAccess access;
    private final Request block;
    private final Consumer<BlockStatus> finished;
    private final MmcRequest request = new MmcRequest();
    private BlockStatus outcome;
    private boolean stopped;
    private int statusTries;
    private long pollMs;
    private long busyDeadline;
    private volatile boolean cancelled;

    /** Prepares a read or write; its outcome is told once, without a lock. */
    Transfer(CardAccess access, Request block, Consumer<BlockStatus> finished) {
        this.access = access;
        this.block = block;
        this.finished = finished;
    }

    Request block() {
        return block;
    }

    /** Begins; the end may come before this returns. */
    void start() {
        boolean write = block.op() == BioOp.WRITE;
        int blocks = (int) block.sectors();
        boolean multiple = blocks > 1;
        int opcode = write ? (multiple ? 25 : 24) : (multiple ? 18 : 17);
        request.withCommand(write ? WRITE_MS : READ_MS)
                .set(opcode, access.dataAddress(block.sector()), ResponseType.R1);
        if (multiple && access.card().setBlockCount()) {
            request.withSbc().set(23, blocks, ResponseType.R1);
        } else if (multiple) {
            request.withStop().set(12, 0, write ? ResponseType.R1B : ResponseType.R1);
        }
        ByteBuffer[] segments = new ByteBuffer[block.segmentCount()];
        for (int i = 0; i < segments.length; i++) {
            segments[i] = block.segment(i);
        }
        request.withData().set(write, SECTOR_BYTES, blocks, segments, segments.length);
        send(write ? this::written : this::read);
    }

    private void send(MmcRequest.Done step) {
        access.queue().submit(access.link(), request, step);
    }

    /** Asks to end soon what is under way. */
    void cancel() {
        cancelled = true;
        access.queue().cancel(request);
    }

    private void read(MmcRequest done) {
        // An open-ended read of the last blocks runs ahead past the end, and CMD12 reports that: no error of this
        // transfer.
        int ignored = CardStatus.OUT_OF_RANGE;
        outcome = outcomeOf(done, ignored);
        transferred(done, outcome == BlockStatus.OK);
    }

    private void written(MmcRequest done) {
        outcome = outcomeOf(done, 0);
        transferred(done, false);
    }

    private void transferred(MmcRequest done, boolean complete) {
        if (done.error() == MmcError.NO_MEDIUM) {
            cardLost();
        } else if (complete) {
            finished.accept(outcome);
        } else {
            busyDeadline = access.clockwork().nanoTime() + BUSY_MS * 1_000_000;
            askStatus();
        }
    }

    private void askStatus() {
        request.withCommand(COMMAND_MS).set(13, access.address(), ResponseType.R1);
        send(this::status);
    }

    private void status(MmcRequest done) {
        MmcError error = done.error();
        if (error == MmcError.NO_MEDIUM) {
            cardLost();
            return;
        }
        if (error != MmcError.NONE) {
            statusTries++;
            if (statusTries < STATUS_TRIES) {
                askStatus();
            } else {
                cardLost();
            }
            return;
        }
        statusTries = 0;
        CardStatus status = new CardStatus(done.cmd().response().word());
        outcome = worse(outcome, meaning(status.bits() & ~CardStatus.ILLEGAL_COMMAND));
        CardState state = status.state();
        if (state == CardState.TRAN) {
            finished.accept(outcome);
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
            finished.accept(worse(outcome, BlockStatus.IOERR));
            return;
        }
        stopped = true;
        request.withCommand(COMMAND_MS).set(12, 0, ResponseType.R1B);
        send(done -> askStatus());
    }

    private void pollLater() {
        if (cancelled || access.clockwork().nanoTime() - busyDeadline >= 0) {
            finished.accept(worse(outcome, BlockStatus.TIMEOUT));
            return;
        }
        pollMs = Math.min(LONGEST_POLL_MS, pollMs == 0 ? 1 : pollMs * 2);
        // The timer's thread serves every adapter, so none is called from it.
        access.clockwork().schedule(pollMs, () -> access.clockwork().execute("mmcblk poll", this::askStatus));
    }

    private void cardLost() {
        access.lost().run();
        finished.accept(BlockStatus.GONE);
    }

    private static BlockStatus outcomeOf(MmcRequest done, int ignoredAtStop) {
        BlockStatus onBus = switch (done.error()) {
            case NONE -> BlockStatus.OK;
            case TIMEOUT -> BlockStatus.TIMEOUT;
            case CRC, INVALID -> BlockStatus.IOERR;
            case NO_MEDIUM -> BlockStatus.GONE;
        };
        int bits = bits(done.sbc()) | bits(done.cmd()) | (bits(done.stop()) & ~ignoredAtStop);
        return worse(meaning(bits), onBus);
    }

    private static int bits(MmcCommand command) {
        return command == null
                        || command.response() == null
                        || !command.response().ok()
                ? 0
                : command.response().word();
    }

    /** What the card's own error bits mean for a request. */
    private static BlockStatus meaning(int bits) {
        CardStatus status = new CardStatus(bits);
        if (!status.failed()) {
            return BlockStatus.OK;
        }
        if (status.has(CardStatus.WP_VIOLATION)) {
            return BlockStatus.PROTECTED;
        }
        return status.has(CardStatus.CARD_ECC_FAILED) ? BlockStatus.MEDIUM : BlockStatus.IOERR;
    }

    /** The first that is not OK: what the card complained of says more than the time-out that followed. */
    private static BlockStatus worse(BlockStatus first, BlockStatus second) {
        return first.ok() ? second : first;
    }
}
