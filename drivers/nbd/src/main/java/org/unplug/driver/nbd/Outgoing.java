package org.unplug.driver.nbd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.unplug.block.BioOp;
import org.unplug.block.spi.Request;
import org.unplug.nbd.RequestHeader;
import org.unplug.nbd.Transmission;

/**
 * A link's line of requests to be sent. Whoever has the turn takes what there is and writes it, without waiting; where the
 * socket takes no more the turn stays, and the reading thread goes on.
 */
final class Outgoing {

    private static final int MOST_REQUESTS = 64;
    private static final int MOST_BYTES = 1 << 20;

    private enum Turn {
        GOES_ON,
        OVER,
        /** The link failed meanwhile: what is on it may be waiting for this sender to leave. */
        OVER_AND_LINK_DOWN
    }

    private final Link link;
    private final NbdDriver driver;

    /** Guarded by the driver, as the two behind it. */
    private final Deque<Flight> line = new ArrayDeque<>();

    private boolean turnTaken;
    private int load;
    private volatile boolean waitsForRoom;

    // Whoever has the turn.
    private final Flight[] batch = new Flight[MOST_REQUESTS];
    private int batched;
    private final ByteBuffer heads = ByteBuffer.allocateDirect(MOST_REQUESTS * RequestHeader.EXTENDED_BYTES);
    private ByteBuffer[] frames = new ByteBuffer[64];
    private int frameCount;
    private int nextFrame;

    Outgoing(Link link, NbdDriver driver) {
        this.link = link;
        this.driver = driver;
    }

    /** Puts one at the end of the line. The caller holds the driver's monitor. */
    void add(Flight flight) {
        line.add(flight);
        load++;
    }

    /** Takes one out of the line; false if it is not there. The caller holds the driver's monitor. */
    boolean remove(Flight flight) {
        return line.remove(flight);
    }

    /** One of this link's is over. The caller holds the driver's monitor. */
    void done() {
        load--;
    }

    /** How many are in line or with the server. The caller holds the driver's monitor. */
    int load() {
        return load;
    }

    /** Whether somebody sends. The caller holds the driver's monitor. */
    boolean isInside() {
        return turnTaken;
    }

    boolean waitsForRoom() {
        return waitsForRoom;
    }

    /** Sends what is in line, unless somebody does already or will. */
    void send() {
        if (link.sendsLater()) {
            return;
        }
        synchronized (driver) {
            if (turnTaken || line.isEmpty() || !link.up) {
                return;
            }
            turnTaken = true;
        }
        sendAll();
    }

    /** The reading thread found room. */
    void sendTheRest() {
        if (waitsForRoom) {
            waitsForRoom = false;
            sendAll();
        }
    }

    /** The reading thread leaves: nobody will go on with what waits for room. The caller holds the driver's monitor. */
    void giveUpTurn() {
        if (waitsForRoom) {
            waitsForRoom = false;
            turnTaken = false;
        }
    }

    /** With the turn. */
    private void sendAll() {
        try {
            while (write()) {
                driver.sent(batch, batched);
                batched = 0;
                Turn turn = takeBatch();
                if (turn == Turn.GOES_ON) {
                    encode();
                    continue;
                }
                if (turn == Turn.OVER_AND_LINK_DOWN) {
                    driver.senderLeft(link);
                }
                return;
            }
        } catch (IOException | RuntimeException e) {
            link.fail(e instanceof IOException io ? io : new IOException("failed here: " + e, e));
            synchronized (driver) {
                turnTaken = false;
            }
            driver.senderLeft(link);
        }
    }

    /** Whether everything is with the socket; else the turn waits for room. */
    private boolean write() throws IOException {
        while (nextFrame < frameCount || link.wire().hasPending()) {
            long count = link.wire().write(frames, nextFrame, frameCount - nextFrame);
            int before = nextFrame;
            while (nextFrame < frameCount && !frames[nextFrame].hasRemaining()) {
                frames[nextFrame++] = null;
            }
            if (count == 0
                    && nextFrame == before
                    && (nextFrame < frameCount || link.wire().hasPending())) {
                waitForRoom();
                return false;
            }
        }
        return true;
    }

    /** Leaves the turn to the reading thread. */
    private void waitForRoom() throws IOException {
        synchronized (driver) {
            if (!link.readerInside) {
                throw new IOException("the connection was closed");
            }
            waitsForRoom = true;
        }
        link.wakeReader();
    }

    /** Gives the turn back unless there is more to send. */
    private Turn takeBatch() {
        synchronized (driver) {
            int bytes = 0;
            while (batched < MOST_REQUESTS && bytes < MOST_BYTES && !line.isEmpty() && link.up) {
                Flight flight = line.poll();
                driver.sending(flight);
                batch[batched++] = flight;
                bytes += flight.request.op() == BioOp.WRITE ? (int) flight.bytes() : 0;
            }
            if (batched == 0) {
                turnTaken = false;
                return link.up ? Turn.OVER : Turn.OVER_AND_LINK_DOWN;
            }
            return Turn.GOES_ON;
        }
    }

    private void encode() {
        heads.clear();
        frameCount = 0;
        nextFrame = 0;
        int from = 0;
        for (int i = 0; i < batched; i++) {
            Flight flight = batch[i];
            Request request = flight.request;
            int command = command(request.op());
            int flags = request.fua() ? Transmission.FLAG_FUA : 0;
            if (link.extended() && command == Transmission.CMD_WRITE) {
                flags |= Transmission.FLAG_PAYLOAD_LEN;
            }
            RequestHeader.encode(
                    heads,
                    link.extended(),
                    flags,
                    command,
                    flight.cookie,
                    request.op() == BioOp.FLUSH ? 0 : request.sector() * 512,
                    request.op() == BioOp.FLUSH ? 0 : flight.bytes());
            if (command == Transmission.CMD_WRITE) {
                addFrame(heads.slice(from, heads.position() - from));
                from = heads.position();
                for (int j = 0; j < request.segmentCount(); j++) {
                    addFrame(request.segment(j).duplicate());
                }
            }
        }
        if (heads.position() > from) {
            addFrame(heads.slice(from, heads.position() - from));
        }
    }

    private void addFrame(ByteBuffer frame) {
        if (frameCount == frames.length) {
            frames = java.util.Arrays.copyOf(frames, frameCount * 2);
        }
        frames[frameCount++] = frame;
    }

    private static int command(BioOp op) {
        return switch (op) {
            case READ -> Transmission.CMD_READ;
            case WRITE -> Transmission.CMD_WRITE;
            case FLUSH -> Transmission.CMD_FLUSH;
            case DISCARD -> Transmission.CMD_TRIM;
            case WRITE_ZEROES -> Transmission.CMD_WRITE_ZEROES;
        };
    }
}
