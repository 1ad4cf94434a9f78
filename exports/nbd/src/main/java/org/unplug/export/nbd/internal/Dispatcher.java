package org.unplug.export.nbd.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import org.unplug.block.Bio;
import org.unplug.block.BlockException;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.nbd.NbdError;
import org.unplug.nbd.ProtocolException;
import org.unplug.nbd.ReplyHeader;
import org.unplug.nbd.ReplyHeader.Form;
import org.unplug.nbd.RequestHeader;
import org.unplug.nbd.Transmission;

/**
 * The transmission phase of one connection.
 *
 * <p><b>Theory of operation.</b> The reading thread decodes every request that one read has brought, submits them to the disk
 * as one batch, and sends what has ended by then in one write; then it reads again. With a disk that answers at once that is
 * two system calls for as many requests as the client had in flight, and no other thread. What ends later ends on the disk's
 * threads and goes out through the {@link Outbox}. Data is moved straight between the socket and the memory that the disk is
 * given; what is longer than a piece is moved in pieces, each submitted as soon as it is there.
 *
 * <p>{@link Operations} bounds what is under way. While that is used up this thread waits and does not read, and the client's
 * own socket fills: that is all the flow control there is, and all that is needed.
 */
final class Dispatcher {

    private static final int MOST_IN_BATCH = 128;
    /** Of requests that a turn begins: what one write answers. */
    private static final int MOST_IN_TURN = 64;

    private static final long MOST_BYTES_IN_TURN = 1 << 20;
    private static final int KNOWN_FLAGS = Transmission.FLAG_FUA
            | Transmission.FLAG_NO_HOLE
            | Transmission.FLAG_DF
            | Transmission.FLAG_REQ_ONE
            | Transmission.FLAG_FAST_ZERO;

    private final Export export;
    private final DiskHandle handle;
    private final Form form;
    private final boolean extended;
    private final boolean blockStatus;
    private final Intake intake;
    private final Operations operations;
    private final Outbox outbox;
    private final Zeroing zeroing;
    private final Scan scan;
    private final Session session;
    /** The thread that has the turn; null between two. */
    private volatile Thread reader;

    private final RequestHeader request = new RequestHeader();
    /** Whether what the intake has is less than a request. */
    private boolean needsMore;
    /** How many requests have come so far, and how many bytes they are about. */
    private long requests;

    private long requestedBytes;

    private final Bio[] batch = new Bio[MOST_IN_BATCH];
    private int batched;
    private int batchedBytes;

    /** What has ended on this thread and is not yet with the outbox. */
    private Operation firstEnded;

    private Operation lastEnded;

    /** @param patience where the wire does not block */
    Dispatcher(Session session, Agreed agreed, Intake intake, Patience patience, Session.Means means) {
        this.session = session;
        this.export = agreed.export();
        handle = agreed.handle();
        this.intake = intake;
        form = agreed.form();
        extended = form == Form.EXTENDED;
        blockStatus = agreed.blockStatus();
        operations = new Operations(this, handle, means.pool(), means.limits().inFlightBytes(), means.clockwork());
        outbox = new Outbox(
                session.name(),
                agreed.wire(),
                new Replies(form),
                operations,
                session.counters(),
                session.pace(),
                patience,
                means.clockwork(),
                session::lost);
        zeroing = new Zeroing(handle);
        scan = new Scan(handle);
    }

    int inFlight() {
        return operations.inFlight();
    }

    /** Whether the thread that serves, between two turns, stays awake until the client says more. */
    boolean staysAwake(Vigil vigil, long nowNanos) {
        return vigil.staysAwake(nowNanos, requests, requestedBytes, inFlight() == 0);
    }

    /** The connection is lost: nobody waits any more. Any thread may call. */
    void wake() {
        operations.wake();
        outbox.close();
    }

    /**
     * Reads once, if need be, and serves what has come, up to a bound; over once the client says that it is done, or is gone
     * between two requests. What came in whole before it broke the protocol is carried out like any other.
     */
    Crew.Next turn() throws IOException {
        reader = Thread.currentThread();
        Crew.Next next;
        try {
            next = serve();
        } finally {
            submit();
            reader = null;
        }
        if (next == Crew.Next.AWAIT) {
            intake.isWaitedFor();
        }
        return next;
    }

    private Crew.Next serve() throws IOException {
        if (needsMore && !fill()) {
            return Crew.Next.OVER;
        }
        long bytes = 0;
        for (int count = 0; count < MOST_IN_TURN && bytes < MOST_BYTES_IN_TURN; count++) {
            needsMore = !nextIsHere();
            if (needsMore) {
                return Crew.Next.AWAIT;
            }
            if (request.command() == Transmission.CMD_DISC) {
                return Crew.Next.OVER;
            }
            bytes += request.length();
            requests++;
            requestedBytes += request.length();
            begin();
        }
        return Crew.Next.AGAIN;
    }

    /** False at the end of the stream. */
    private boolean fill() throws IOException {
        boolean goesOn = intake.fill() >= 0;
        if (!goesOn && intake.buffer().hasRemaining()) {
            throw new ProtocolException("the client went away in the middle of a request");
        }
        return goesOn;
    }

    /** Takes the next request's header, once as much of its data is here as is not worth a read of its own. */
    private boolean nextIsHere() throws IOException {
        ByteBuffer buffer = intake.buffer();
        int at = buffer.position();
        if (!request.decode(buffer, extended)) {
            return false;
        }
        long length = request.length();
        if (hasPayload() && length >= 0 && length <= Intake.LONG_BYTES && buffer.remaining() < length) {
            buffer.position(at);
            return false;
        }
        return true;
    }

    private boolean hasPayload() {
        return extended
                ? (request.flags() & Transmission.FLAG_PAYLOAD_LEN) != 0
                : request.command() == Transmission.CMD_WRITE;
    }

    /** Has everything that is under way end and be answered; returns early if the connection is lost. */
    void finish() {
        submit();
        while (operations.inFlight() > 0 && !session.isClosed()) {
            session.holdsUp();
            operations.awaitChange();
        }
    }

    private void begin() throws IOException {
        int command = request.command();
        boolean hasPayload = hasPayload();
        if (hasPayload && (request.length() < 0 || request.length() > Transmission.DEFAULT_MAX_PAYLOAD)) {
            throw new ProtocolException("a " + Transmission.name(command) + " with "
                    + Long.toUnsignedString(request.length()) + " bytes of data; at most "
                    + Transmission.DEFAULT_MAX_PAYLOAD + " are taken");
        }
        if (command == Transmission.CMD_WRITE && !hasPayload) {
            throw new ProtocolException("an extended WRITE without its payload flag");
        }
        int error = objection(command, hasPayload);
        if (error != NbdError.OK) {
            if (hasPayload) {
                submit();
                intake.skip(request.length());
            }
            answer(error);
            return;
        }
        switch (command) {
            case Transmission.CMD_READ -> read();
            case Transmission.CMD_WRITE -> write();
            case Transmission.CMD_FLUSH -> {
                Operation operation = take(0);
                operation.bio().flush();
                add(operation);
            }
            case Transmission.CMD_TRIM -> {
                Operation operation = take(0);
                operation.bio().discard(sectors(request.offset()), sectors(request.length()));
                add(operation);
            }
            case Transmission.CMD_WRITE_ZEROES -> {
                Operation operation = take(0);
                if (zeroing.begin(operation)) {
                    add(operation);
                } else {
                    over(operation);
                }
            }
            case Transmission.CMD_BLOCK_STATUS -> {
                Operation operation = take(Scan.slotBytes(request.length()));
                scan.begin(operation);
                add(operation);
            }
            // Nothing is nearer to us than the disk is.
            case Transmission.CMD_CACHE -> answer(NbdError.OK);
            default -> throw new IllegalStateException("an unknown command is objected to");
        }
    }

    private static long sectors(long bytes) {
        return bytes / DiskInfo.SECTOR_BYTES;
    }

    /** Why the request cannot be begun; OK if it can. */
    private int objection(int command, boolean hasPayload) {
        long length = request.length();
        int flags = request.flags();
        if ((flags & ~(extended ? KNOWN_FLAGS | Transmission.FLAG_PAYLOAD_LEN : KNOWN_FLAGS)) != 0
                || hasPayload && command != Transmission.CMD_WRITE) {
            return NbdError.EINVAL;
        }
        boolean changes = command == Transmission.CMD_WRITE
                || command == Transmission.CMD_TRIM
                || command == Transmission.CMD_WRITE_ZEROES;
        if (changes && export.readOnly()) {
            return NbdError.EPERM;
        }
        // CACHE does not ask the disk, which would say so itself.
        if ((changes || command == Transmission.CMD_CACHE) && export.refusesChanges()) {
            return NbdError.ESHUTDOWN;
        }
        switch (command) {
            case Transmission.CMD_FLUSH -> {
                return request.offset() == 0 && length == 0 ? NbdError.OK : NbdError.EINVAL;
            }
            case Transmission.CMD_READ -> {
                if (length > Transmission.DEFAULT_MAX_PAYLOAD) {
                    return NbdError.EINVAL;
                }
                if ((flags & Transmission.FLAG_DF) != 0 && length > SlotPool.PIECE_BYTES) {
                    return NbdError.EOVERFLOW;
                }
            }
            case Transmission.CMD_BLOCK_STATUS -> {
                if (!blockStatus) {
                    return NbdError.EINVAL;
                }
            }
            case Transmission.CMD_WRITE,
                    Transmission.CMD_TRIM,
                    Transmission.CMD_WRITE_ZEROES,
                    Transmission.CMD_CACHE -> {}
            default -> {
                return NbdError.EINVAL;
            }
        }
        return placeObjection(changes);
    }

    private int placeObjection(boolean changes) {
        long offset = request.offset();
        long length = request.length();
        long size = handle.info().capacityBytes();
        int block = handle.info().logicalBlockBytes();
        if (length <= 0 || offset < 0 || (offset | length) % block != 0) {
            return NbdError.EINVAL;
        }
        if (offset > size || length > size - offset) {
            return changes ? NbdError.ENOSPC : NbdError.EINVAL;
        }
        return NbdError.OK;
    }

    private void read() throws IOException {
        long length = request.length();
        if (length <= SlotPool.PIECE_BYTES) {
            Operation operation = take((int) length);
            operation
                    .bio()
                    .read(sectors(request.offset()), operation.slot.data())
                    .mayBorrow(true);
            add(operation);
        } else if (form == Form.SIMPLE) {
            readInOneReply();
        } else {
            readPieces(length);
        }
    }

    private void readPieces(long length) throws IOException {
        Pieces pieces = new Pieces(piecesIn(length));
        for (long at = 0; at < length; at += SlotPool.PIECE_BYTES) {
            Operation operation = takePiece(pieces, at);
            operation
                    .bio()
                    .read(sectors(operation.offset), operation.slot.data())
                    .mayBorrow(true);
            add(operation);
        }
    }

    /**
     * A long simple reply: header, then all of its data in order, with nothing in between. So everything else ends first, and
     * the data comes piece by piece through one operation.
     */
    private void readInOneReply() throws IOException {
        finish();
        ByteBuffer[] out = new ByteBuffer[1];
        long length = request.length();
        for (long at = 0; at < length; at += SlotPool.PIECE_BYTES) {
            Operation operation = takePiece(null, at);
            ByteBuffer data = operation.slot.data();
            int error = NbdError.OK;
            try {
                handle.read(sectors(operation.offset), data.duplicate());
            } catch (BlockException e) {
                error = NbdError.of(e.status());
            }
            if (error != NbdError.OK && at > 0) {
                operations.give(operation);
                throw new IOException("a long simple READ failed after its reply had begun");
            }
            if (error != NbdError.OK) {
                operation.error = error;
                over(operation);
                return;
            }
            ByteBuffer frame = operation.slot.frame().clear().limit(Slot.HEADROOM + (int) operation.length);
            frame.position(Slot.HEADROOM);
            if (at == 0) {
                frame.position(Slot.HEADROOM - form.bytes());
                ReplyHeader.encodeSimple(frame, operation.cookie, NbdError.OK);
                frame.position(Slot.HEADROOM - form.bytes());
            }
            out[0] = frame;
            outbox.write(out, 1);
            operation.last = at + SlotPool.PIECE_BYTES >= length;
            session.counters().add(operation);
            operations.give(operation);
        }
    }

    private void write() throws IOException {
        long length = request.length();
        boolean fua = (request.flags() & Transmission.FLAG_FUA) != 0;
        Pieces pieces = length > SlotPool.PIECE_BYTES ? new Pieces(piecesIn(length)) : null;
        for (long at = 0; at < length; at += SlotPool.PIECE_BYTES) {
            Operation operation = takePiece(pieces, at);
            ByteBuffer data = operation.slot.data();
            if (intake.buffer().remaining() < data.remaining()) {
                // The data has to be waited for; what came before has not.
                submit();
            }
            try {
                intake.read(data);
            } catch (IOException e) {
                operations.give(operation);
                throw e;
            }
            data.rewind();
            operation.bio().write(sectors(operation.offset), data).fua(fua);
            add(operation);
        }
    }

    private static int piecesIn(long length) {
        return (int) ((length + SlotPool.PIECE_BYTES - 1) / SlotPool.PIECE_BYTES);
    }

    private void answer(int error) throws IOException {
        Operation operation = take(0);
        operation.error = error;
        // It moved nothing.
        operation.length = 0;
        over(operation);
    }

    /** An operation for the whole request. */
    private Operation take(int dataBytes) throws IOException {
        Operation operation = operations.tryTake(dataBytes);
        while (operation == null) {
            submit();
            session.holdsUp();
            operations.awaitChange();
            if (session.isClosed()) {
                throw new ClosedChannelException();
            }
            operation = operations.tryTake(dataBytes);
        }
        operation.command = request.command();
        operation.flags = request.flags();
        operation.cookie = request.cookie();
        operation.offset = request.offset();
        operation.requestOffset = request.offset();
        operation.length = request.length();
        operation.error = NbdError.OK;
        return operation;
    }

    private Operation takePiece(Pieces pieces, long at) throws IOException {
        int bytes = (int) Math.min(request.length() - at, SlotPool.PIECE_BYTES);
        Operation operation = take(bytes);
        operation.pieces = pieces;
        operation.offset += at;
        operation.length = bytes;
        return operation;
    }

    private void add(Operation operation) {
        batch[batched++] = operation.bio();
        batchedBytes += operation.slotBytes();
        if (batched == MOST_IN_BATCH || batchedBytes >= SlotPool.PIECE_BYTES) {
            submit();
        }
    }

    /** Submits the batch, and sends what has ended on this thread. */
    private void submit() {
        if (batched > 0) {
            int count = batched;
            batched = 0;
            batchedBytes = 0;
            handle.submit(batch, 0, count);
        }
        if (firstEnded != null) {
            Operation chainFirst = firstEnded;
            Operation chainLast = lastEnded;
            firstEnded = null;
            lastEnded = null;
            outbox.send(chainFirst, chainLast);
        }
    }

    /** A bio has ended, on whichever thread. */
    void ended(Operation operation) {
        BlockStatus status = operation.bio().status();
        boolean isOver = switch (operation.command) {
            case Transmission.CMD_WRITE_ZEROES -> zeroing.ended(operation);
            case Transmission.CMD_BLOCK_STATUS -> scan.ended(operation);
            case Transmission.CMD_TRIM -> {
                // Advice that the disk cannot take was taken note of.
                operation.error = status == BlockStatus.NOTSUPP ? NbdError.OK : NbdError.of(status);
                yield true;
            }
            default -> {
                operation.error = NbdError.of(status);
                yield true;
            }
        };
        if (isOver) {
            over(operation);
        }
    }

    private void over(Operation operation) {
        if (Thread.currentThread() != reader) {
            outbox.add(operation);
        } else if (firstEnded == null) {
            firstEnded = operation;
            lastEnded = operation;
        } else {
            lastEnded.next = operation;
            lastEnded = operation;
        }
    }
}
