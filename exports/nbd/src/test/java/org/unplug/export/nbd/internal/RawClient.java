package org.unplug.export.nbd.internal;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.unplug.nbd.Handshake;
import org.unplug.nbd.NbdUri;
import org.unplug.nbd.ReplyHeader;
import org.unplug.nbd.ReplyHeader.Form;
import org.unplug.nbd.RequestHeader;

/** A client that does just what a test says, right or wrong. */
final class RawClient implements AutoCloseable {

    final SocketChannel channel;
    Form form = Form.SIMPLE;
    int reply;
    ByteBuffer data;
    final ReplyHeader header = new ReplyHeader();

    RawClient(NbdUri uri) throws IOException {
        SocketAddress address = uri.address();
        channel = SocketChannel.open(address);
    }

    /** Says hello and asks for the best form of replies that the test wants. */
    static RawClient greeted(NbdUri uri, Form form) throws IOException {
        RawClient client = new RawClient(uri);
        client.read(Handshake.GREETING_BYTES);
        client.send(ByteBuffer.allocate(4).putInt(Handshake.FIXED_NEWSTYLE | Handshake.NO_ZEROES));
        if (form != Form.SIMPLE) {
            client.option(
                    form == Form.EXTENDED ? Handshake.OPT_EXTENDED_HEADERS : Handshake.OPT_STRUCTURED_REPLY,
                    new byte[0]);
        }
        client.form = form;
        return client;
    }

    /** In the transmission phase. */
    static RawClient going(NbdUri uri, Form form) throws IOException {
        RawClient client = greeted(uri, form);
        client.go("");
        return client;
    }

    void go(String export) throws IOException {
        option(Handshake.OPT_GO, goData(export));
        while (reply == Handshake.REP_INFO) {
            readReply();
        }
    }

    static byte[] goData(String export) {
        byte[] name = export.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(6 + name.length)
                .putInt(name.length)
                .put(name)
                .putShort((short) 0)
                .array();
    }

    /** Sends an option and reads the first reply. */
    void option(int option, byte[] payload) throws IOException {
        send(ByteBuffer.allocate(16 + payload.length)
                .putLong(Handshake.OPTION_MAGIC)
                .putInt(option)
                .putInt(payload.length)
                .put(payload));
        readReply();
    }

    void readReply() throws IOException {
        ByteBuffer head = read(Handshake.OPTION_REPLY_HEADER_BYTES);
        head.getLong();
        head.getInt();
        reply = head.getInt();
        data = read(head.getInt());
    }

    void request(int flags, int command, long cookie, long offset, long length) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(32);
        RequestHeader.encode(out, form == Form.EXTENDED, flags, command, cookie, offset, length);
        send(out);
    }

    /** Reads a reply's header, and its payload into {@link #data}. */
    void answer() throws IOException {
        ByteBuffer head = ByteBuffer.allocate(form.bytes());
        head.limit(ReplyHeader.SIMPLE_BYTES);
        fill(head);
        head.flip();
        if (!header.decode(head, form)) {
            head.position(ReplyHeader.SIMPLE_BYTES).limit(form.bytes());
            fill(head);
            head.flip();
            header.decode(head, form);
        }
        data = read((int) header.length());
    }

    void send(ByteBuffer out) throws IOException {
        out.flip();
        while (out.hasRemaining()) {
            channel.write(out);
        }
    }

    ByteBuffer read(int bytes) throws IOException {
        ByteBuffer in = ByteBuffer.allocate(bytes);
        fill(in);
        return in.flip();
    }

    private void fill(ByteBuffer in) throws IOException {
        while (in.hasRemaining()) {
            if (channel.read(in) < 0) {
                throw new EOFException("the server closed the connection");
            }
        }
    }

    /** Whether the server closes the connection; reads past what it still sends. */
    boolean isCutOff() throws IOException {
        ByteBuffer sink = ByteBuffer.allocate(4096);
        try {
            int count;
            do {
                count = channel.read(sink.clear());
            } while (count >= 0);
        } catch (IOException reset) {
            return true;
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
