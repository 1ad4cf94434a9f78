package org.unplug.driver.nbd;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import org.unplug.nbd.NbdUri;
import org.unplug.nbd.ReplyHeader.Form;
import org.unplug.nbd.RequestHeader;
import org.unplug.nbd.Transmission;
import org.unplug.nbd.Wire;
import org.unplug.ref.Clockwork;

/**
 * One connection to the server, from connect to close, and the thread that reads from it.
 *
 * <p>The line does not block: whoever submits a request sends it, as far as the socket takes it, and never waits; what is
 * left the reading thread sends when there is room. A link that fails does so once, from whichever side; its requests go back
 * to the driver when nobody is inside it any more, for then nobody touches their buffers.
 */
final class Link {

    private static final int IN_BYTES = 128 << 10;
    private static final long GLANCE_MS = 1_000;

    private final NbdDriver driver;
    private final int number;
    private final Line line;
    private final ByteBuffer in = ByteBuffer.allocateDirect(IN_BYTES).limit(0);
    private final ByteBuffer[] both = new ByteBuffer[2];
    /** What it sends and receives over; a test puts a slow one in its place before the link is up. */
    Wire wire;

    private Form form = Form.SIMPLE;
    private Remote remote;
    private Thread reader;
    private boolean corked;
    private boolean lastReadWasShort;

    /** Guarded by the driver, as the next four. */
    final Outgoing outgoing;

    boolean up;
    boolean readerInside;
    private IOException failure;

    private Link(NbdDriver driver, int number, Line line) {
        this.driver = driver;
        this.number = number;
        this.line = line;
        this.outgoing = new Outgoing(this, driver);
    }

    /** Connects over a socket; as {@link #connect(NbdDriver, int, Settings, Line.Opener, Clockwork)}. */
    static Link connect(NbdDriver driver, int number, Settings settings, Clockwork clockwork) throws IOException {
        return connect(driver, number, settings, SocketLine::new, clockwork);
    }

    /**
     * Connects and makes the handshake; blocks, at most as long as the settings grant.
     *
     * @throws IOException with one line that says why there is no connection
     */
    static Link connect(NbdDriver driver, int number, Settings settings, Line.Opener lines, Clockwork clockwork)
            throws IOException {
        NbdUri uri = settings.uri();
        Line line = lines.open(uri);
        AtomicBoolean late = new AtomicBoolean();
        Clockwork.Timer bound = clockwork.schedule(settings.connectMs(), () -> {
            late.set(true);
            clockwork.execute("time-out", line::close);
        });
        try {
            line.connect();
            Link link = new Link(driver, number, line);
            Hello hello = new Hello(uri, line.wire(), link.in);
            link.remote = hello.run(settings.tls());
            link.wire = hello.wire();
            link.form = hello.form();
            line.unblock();
            return link;
        } catch (IOException | RuntimeException e) {
            line.close();
            String why = late.get() ? "not ready within " + settings.connectMs() + " ms" : message(e);
            throw new IOException(uri + ": " + why, e);
        } finally {
            bound.cancel();
        }
    }

    private static String message(Exception e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    int number() {
        return number;
    }

    Remote remote() {
        return remote;
    }

    Form form() {
        return form;
    }

    boolean extended() {
        return form == Form.EXTENDED;
    }

    Wire wire() {
        return wire;
    }

    /** Reads replies until the connection fails; on a thread of its own. The driver has said that it is up. */
    void run() {
        reader = Thread.currentThread();
        Replies replies = new Replies(this, driver);
        try {
            while (true) {
                cork();
                try {
                    replies.takeAll(in);
                } finally {
                    uncork();
                }
                more();
            }
        } catch (IOException e) {
            fail(e);
        } catch (RuntimeException e) {
            fail(new IOException("failed here: " + e, e));
        } finally {
            line.close();
            driver.readerLeft(this);
        }
    }

    /** Has what is submitted from now on by this thread wait, so that it goes out together. */
    private void cork() {
        corked = true;
    }

    private void uncork() {
        corked = false;
        outgoing.send();
    }

    /** Whether the calling thread will send later what there is. */
    boolean sendsLater() {
        return corked && Thread.currentThread() == reader;
    }

    /** Receives some more behind what is there. */
    private void more() throws IOException {
        in.compact();
        long count;
        try {
            count = receive(in, null);
        } finally {
            in.flip();
        }
        lastReadWasShort = isDrained();
        if (count < 0) {
            throw new EOFException("the server closed the connection");
        }
    }

    /** Receives at least a byte, waiting for it; -1 at the end. The second buffer may be null. */
    private long receive(ByteBuffer into, ByteBuffer behind) throws IOException {
        while (true) {
            if (!lastReadWasShort) {
                long count;
                if (behind == null) {
                    count = wire.read(into);
                } else {
                    both[0] = into;
                    both[1] = behind;
                    count = wire.read(both, 0, 2);
                    both[0] = null;
                }
                if (count != 0) {
                    return count;
                }
            }
            lastReadWasShort = false;
            await();
        }
    }

    /** Whether what was read last was all that the socket had. TLS may have more of its own. */
    private boolean isDrained() {
        return !wire.isSecure() && in.limit() < in.capacity();
    }

    /** Waits for bytes, and sends what was left over meanwhile. */
    private void await() throws IOException {
        boolean uncork = corked;
        if (uncork) {
            uncork();
        }
        if (line.await(outgoing.waitsForRoom(), GLANCE_MS)) {
            outgoing.sendTheRest();
        }
        corked = uncork;
    }

    /** Makes sure that so many bytes are there, at most the capacity. */
    void need(int bytes) throws IOException {
        while (in.remaining() < bytes) {
            more();
        }
    }

    /** Fills a buffer up to its limit, past this link's own where it is worth it. */
    void read(ByteBuffer into) throws IOException {
        while (true) {
            int count = Math.min(in.remaining(), into.remaining());
            into.put(in.slice(in.position(), count));
            in.position(in.position() + count);
            if (!into.hasRemaining()) {
                return;
            }
            in.clear();
            long received;
            try {
                received = receive(into, in);
            } finally {
                in.flip();
            }
            lastReadWasShort = !into.hasRemaining() && isDrained();
            if (received < 0) {
                throw new EOFException("the server closed the connection in the middle of a reply");
            }
        }
    }

    /** Passes over so many bytes. */
    void skip(long bytes) throws IOException {
        long left = bytes;
        while (left > 0) {
            need(1);
            int count = (int) Math.min(left, in.remaining());
            in.position(in.position() + count);
            left -= count;
        }
    }

    ByteBuffer in() {
        return in;
    }

    /** There is no room in the socket: the reading thread goes on with it. */
    void wakeReader() {
        line.wake();
    }

    /** Tells the server that nothing more will come, if the socket has room for that. Nothing is under way. */
    void sayGoodBye() {
        ByteBuffer[] one = {ByteBuffer.allocate(RequestHeader.EXTENDED_BYTES)};
        RequestHeader.encode(one[0], extended(), 0, Transmission.CMD_DISC, 0, 0, 0);
        one[0].flip();
        try {
            wire.write(one, 0, 1);
        } catch (IOException e) {
            // It notices soon enough.
            return;
        }
    }

    /** Ends the connection; the first reason stays. Never blocks. */
    void fail(IOException why) {
        boolean first;
        synchronized (driver) {
            first = failure == null;
            if (first) {
                failure = why;
            }
        }
        if (first) {
            driver.down(this, message(why));
        }
        line.close();
    }
}
