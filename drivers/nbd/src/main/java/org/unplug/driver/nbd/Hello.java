package org.unplug.driver.nbd;

import static org.unplug.nbd.Handshake.*;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import org.unplug.nbd.Handshake;
import org.unplug.nbd.NbdUri;
import org.unplug.nbd.ProtocolException;
import org.unplug.nbd.ReplyHeader.Form;
import org.unplug.nbd.TlsWire;
import org.unplug.nbd.Transmission;
import org.unplug.nbd.Wire;

/**
 * The client's side of the handshake, over a blocking channel: asks for the best that the server has, and takes what it gets.
 * Whoever bounds its time closes the channel.
 */
final class Hello {

    private static final int MOST_REPLY_BYTES = 16 << 10;
    private static final int MOST_REPLIES = 1000;

    private final NbdUri uri;
    private final ByteBuffer in;
    private final ByteBuffer out = ByteBuffer.allocate(MAX_STRING_BYTES * 2);
    private Wire wire;
    private Form form = Form.SIMPLE;
    private boolean noZeroes;

    // The reply that was read last.
    private int reply;
    private ByteBuffer data = ByteBuffer.allocate(0);

    /** @param in what is received, and after the handshake what was received too much; empty, ready to be taken from */
    Hello(NbdUri uri, Wire wire, ByteBuffer in) {
        this.uri = uri;
        this.in = in;
        this.wire = wire;
    }

    Wire wire() {
        return wire;
    }

    /** What requests and replies look like from now on. */
    Form form() {
        return form;
    }

    /**
     * @param tls what to begin TLS with; null not to
     * @throws IOException if the server has no such export, wants something else, or makes no sense
     */
    Remote run(SSLContext tls) throws IOException {
        need(GREETING_BYTES);
        long magic = in.getLong();
        long second = in.getLong();
        int offered = in.getShort();
        if (magic != MAGIC || second != OPTION_MAGIC || (offered & FIXED_NEWSTYLE) == 0) {
            throw new ProtocolException(
                    second == OLDSTYLE_MAGIC
                            ? "the server speaks the oldstyle handshake, which is not had"
                            : "it does not greet as an NBD server with fixed newstyle");
        }
        noZeroes = (offered & NO_ZEROES) != 0;
        out.putInt(offered & (FIXED_NEWSTYLE | NO_ZEROES));
        flush();
        if (tls != null) {
            if (ask(OPT_STARTTLS) != REP_ACK) {
                throw new IOException("no TLS: " + text(reply));
            }
            if (in.hasRemaining()) {
                throw new ProtocolException("data behind the answer to STARTTLS");
            }
            wire = TlsWire.client(wire.channel(), tls, uri.host());
        }
        if (ask(OPT_EXTENDED_HEADERS) == REP_ACK) {
            form = Form.EXTENDED;
        } else if (ask(OPT_STRUCTURED_REPLY) == REP_ACK) {
            form = Form.STRUCTURED;
        }
        Remote remote = go();
        if (remote.bytes() < 0) {
            throw new ProtocolException("an export of " + Long.toUnsignedString(remote.bytes()) + " bytes");
        }
        return remote;
    }

    private int ask(int option) throws IOException {
        option(option, 0);
        flush();
        readReply(option);
        return reply;
    }

    private void option(int option, int length) {
        out.putLong(OPTION_MAGIC).putInt(option).putInt(length);
    }

    private Remote go() throws IOException {
        byte[] name = name();
        option(OPT_GO, 10 + name.length);
        out.putInt(name.length)
                .put(name)
                .putShort((short) 2)
                .putShort((short) INFO_BLOCK_SIZE)
                .putShort((short) INFO_DESCRIPTION);
        flush();
        Remote remote = null;
        int least = Remote.USUAL_BLOCK;
        int most = Transmission.DEFAULT_MAX_PAYLOAD;
        String description = "";
        for (int i = 0; i < MOST_REPLIES; i++) {
            readReply(OPT_GO);
            if (reply == REP_ACK) {
                if (remote == null) {
                    throw new ProtocolException("the server let us go without saying what the export is");
                }
                return new Remote(remote.bytes(), remote.flags(), least, most, description);
            }
            if (reply == REP_ERR_UNSUP) {
                return exportName(name);
            }
            if (isError(reply)) {
                throw new IOException("export '" + uri.export() + "': " + text(reply) + reason());
            }
            if (reply != REP_INFO || data.remaining() < Short.BYTES) {
                throw new ProtocolException("an unexpected answer to GO: " + text(reply));
            }
            int kind = data.getShort();
            if (kind == INFO_EXPORT) {
                requireData(10);
                remote = new Remote(data.getLong(), data.getShort() & 0xffff, 0, 0, "");
            } else if (kind == INFO_BLOCK_SIZE) {
                requireData(12);
                least = data.getInt();
                int preferred = data.getInt();
                most = data.getInt();
                if (least <= 0 || Integer.bitCount(least) != 1 || Integer.bitCount(preferred) != 1) {
                    throw new ProtocolException("block sizes of " + least + " and " + preferred + " bytes");
                }
                // "Unlimited" is more than we ever send.
                most = most <= 0 ? Transmission.DEFAULT_MAX_PAYLOAD : most;
            } else if (kind == INFO_DESCRIPTION) {
                description = words();
            }
        }
        throw new ProtocolException("more than " + MOST_REPLIES + " answers to GO");
    }

    private byte[] name() {
        byte[] name = uri.export().getBytes(StandardCharsets.UTF_8);
        if (name.length > MAX_STRING_BYTES) {
            throw new IllegalArgumentException("an export's name of " + name.length + " bytes");
        }
        return name;
    }

    /** What the server added in words, if it did. */
    private String reason() {
        return data.hasRemaining() && data.remaining() < 500 ? " (" + words() + ")" : "";
    }

    /** What is left of the reply, for a log line. */
    private String words() {
        return StandardCharsets.UTF_8.decode(data).toString().replaceAll("\\p{Cntrl}", "?");
    }

    private void requireData(int bytes) throws ProtocolException {
        if (data.remaining() != bytes) {
            throw new ProtocolException("an info of " + data.remaining() + " bytes instead of " + bytes);
        }
    }

    /** The old way: no answer but the export, or the end. */
    private Remote exportName(byte[] name) throws IOException {
        option(OPT_EXPORT_NAME, name.length);
        out.put(name);
        flush();
        need(10 + (noZeroes ? 0 : ZEROES_BYTES));
        Remote remote = new Remote(
                in.getLong(), in.getShort() & 0xffff, Remote.USUAL_BLOCK, Transmission.DEFAULT_MAX_PAYLOAD, "");
        in.position(in.position() + (noZeroes ? 0 : ZEROES_BYTES));
        return remote;
    }

    private void readReply(int option) throws IOException {
        need(OPTION_REPLY_HEADER_BYTES);
        long magic = in.getLong();
        int about = in.getInt();
        reply = in.getInt();
        int length = in.getInt();
        if (magic != OPTION_REPLY_MAGIC) {
            throw new ProtocolException("an answer begins with 0x" + Long.toHexString(magic));
        }
        if (about != option) {
            throw new ProtocolException("an answer to option " + about + " instead of " + option);
        }
        if (length < 0 || length > MOST_REPLY_BYTES) {
            throw new ProtocolException("an answer of " + Integer.toUnsignedString(length) + " bytes");
        }
        need(length);
        byte[] copy = new byte[length];
        in.get(copy);
        data = ByteBuffer.wrap(copy);
    }

    private void need(int bytes) throws IOException {
        while (in.remaining() < bytes) {
            in.compact();
            int count;
            try {
                count = wire.read(in);
            } finally {
                in.flip();
            }
            if (count < 0) {
                throw new EOFException("the server closed the connection during the handshake");
            }
        }
    }

    private void flush() throws IOException {
        out.flip();
        ByteBuffer[] all = {out};
        while (out.hasRemaining()) {
            wire.write(all, 0, 1);
        }
        out.clear();
    }

    private static String text(int code) {
        return Handshake.text(code);
    }
}
