package org.unplug.driver.nbd;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.spi.Request;
import org.unplug.nbd.NbdError;
import org.unplug.nbd.ProtocolException;
import org.unplug.nbd.ReplyHeader;
import org.unplug.nbd.ReplyHeader.Form;
import org.unplug.nbd.Transmission;

/**
 * What the server answers, looked at without trust: a cookie that nobody waits for, data that was not asked for, too much of
 * it or too little ends the connection. On the link's reading thread.
 */
final class Replies {

    private static final int MOST_ERROR_TEXT_BYTES = 4096;
    private static final byte[] ZEROES = new byte[16 << 10];

    private final Link link;
    private final NbdDriver driver;
    private final Form form;
    private final ReplyHeader header = new ReplyHeader();

    Replies(Link link, NbdDriver driver) {
        this.link = link;
        this.driver = driver;
        form = link.form();
    }

    /** Takes every reply that has come in whole, and waits for the rest of one whose header has. */
    void takeAll(ByteBuffer in) throws IOException {
        while (header.decode(in, form)) {
            Flight flight = driver.awaited(link, header.cookie());
            if (flight == null) {
                throw new ProtocolException(
                        "the server answered 0x" + Long.toHexString(header.cookie()) + ", which nobody waits for");
            }
            if (header.isSimple()) {
                simple(flight);
            } else {
                chunk(flight);
            }
            if (header.isDone()) {
                done(flight);
            }
        }
    }

    private void simple(Flight flight) throws IOException {
        if (header.error() != NbdError.OK) {
            fails(flight, header.error());
        } else if (flight.request.op() == BioOp.READ) {
            if (form != Form.SIMPLE) {
                throw new ProtocolException("the server answered a READ with a simple reply after it agreed not to");
            }
            fill(flight, 0, flight.bytes(), false);
        }
    }

    private void chunk(Flight flight) throws IOException {
        long length = header.length();
        switch (header.chunk()) {
            case Transmission.CHUNK_NONE -> require(length == 0 && header.isDone(), "a chunk NONE with a payload");
            case Transmission.CHUNK_OFFSET_DATA -> {
                require(isRead(flight) && length > Long.BYTES, "data that is none");
                link.need(Long.BYTES);
                place(flight, link.in().getLong(), length - Long.BYTES, false);
            }
            case Transmission.CHUNK_OFFSET_HOLE -> {
                require(isRead(flight) && length == Long.BYTES + Integer.BYTES, "a hole that is none");
                link.need((int) length);
                long offset = link.in().getLong();
                place(flight, offset, link.in().getInt() & 0xffffffffL, true);
            }
            default -> {
                require(Transmission.isError(header.chunk()), "a chunk of type " + header.chunk());
                error(flight, length);
            }
        }
    }

    private void error(Flight flight, long length) throws IOException {
        require(length >= 6 && length <= MOST_ERROR_TEXT_BYTES, "an error of " + length + " bytes");
        link.need(6);
        int error = link.in().getInt();
        require(error != NbdError.OK, "an error that is none");
        link.skip(length - Integer.BYTES);
        fails(flight, error);
    }

    private static boolean isRead(Flight flight) {
        return flight.request.op() == BioOp.READ;
    }

    private static void require(boolean holds, String otherwise) throws ProtocolException {
        if (!holds) {
            throw new ProtocolException("the server sent " + otherwise);
        }
    }

    private void place(Flight flight, long offset, long length, boolean hole) throws IOException {
        long at = offset - flight.request.sector() * 512;
        require(
                at >= 0 && length > 0 && length <= flight.bytes() && at <= flight.bytes() - length,
                length + " bytes at " + offset + ", which were not asked for");
        require(flight.received + length <= flight.bytes(), "more data than was asked for");
        fill(flight, at, length, hole);
    }

    /** Receives straight into the request's buffers, or zeroes them. */
    private void fill(Flight flight, long at, long length, boolean hole) throws IOException {
        Request request = flight.request;
        long skip = at;
        long left = length;
        for (int i = 0; i < request.segmentCount() && left > 0; i++) {
            ByteBuffer segment = request.segment(i);
            int size = segment.remaining();
            if (skip >= size) {
                skip -= size;
                continue;
            }
            int count = (int) Math.min(size - skip, left);
            int from = segment.position() + (int) skip;
            ByteBuffer part = segment.duplicate().limit(from + count).position(from);
            if (hole) {
                zero(part);
            } else {
                link.read(part);
            }
            skip = 0;
            left -= count;
        }
        flight.received += length;
    }

    private static void zero(ByteBuffer part) {
        while (part.hasRemaining()) {
            part.put(ZEROES, 0, Math.min(part.remaining(), ZEROES.length));
        }
    }

    private static void fails(Flight flight, int error) {
        if (flight.outcome == BlockStatus.OK) {
            flight.outcome = NbdError.toStatus(error);
        }
    }

    private void done(Flight flight) throws IOException {
        if (isRead(flight) && flight.outcome == BlockStatus.OK && flight.received != flight.bytes()) {
            throw new ProtocolException(
                    "the server ended a READ of " + flight.bytes() + " bytes after " + flight.received);
        }
        if (flight.outcome == BlockStatus.GONE) {
            throw new IOException("the server is shutting down");
        }
        driver.answered(flight);
    }
}
