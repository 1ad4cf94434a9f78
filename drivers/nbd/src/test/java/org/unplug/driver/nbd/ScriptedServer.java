package org.unplug.driver.nbd;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.unplug.nbd.Handshake;
import org.unplug.nbd.NbdUri;
import org.unplug.nbd.Transmission;

/** A server over an array, as simple as can be, that does with each request what the test says. */
final class ScriptedServer implements AutoCloseable {

    /** A request, as a script sees it; written to as it likes. */
    record Asked(int flags, int command, long cookie, long offset, int length, DataOutputStream out) {
        void structured(int replyFlags, int type, byte[] payload) throws IOException {
            out.writeInt(Transmission.STRUCTURED_REPLY_MAGIC);
            out.writeShort(replyFlags);
            out.writeShort(type);
            out.writeLong(cookie);
            out.writeInt(payload.length);
            out.write(payload);
        }

        void simple(int error) throws IOException {
            out.writeInt(Transmission.SIMPLE_REPLY_MAGIC);
            out.writeInt(error);
            out.writeLong(cookie);
        }
    }

    /** What becomes of a request. */
    interface Script {
        /** Whether the script has dealt with it; else the server does, properly. */
        boolean run(Asked asked) throws IOException;
    }

    private static final Script PROPER = asked -> false;

    final byte[] content;
    final AtomicInteger connections = new AtomicInteger();
    final List<Socket> open = new CopyOnWriteArrayList<>();
    final int flags;
    volatile Script script = PROPER;
    volatile boolean structured = true;
    volatile long bytesTold;
    volatile String descriptionTold = "medium 1";
    private final int port;
    private volatile ServerSocket listener;
    private volatile Thread acceptor;

    ScriptedServer(int bytes, int flags) throws IOException {
        content = new byte[bytes];
        bytesTold = bytes;
        this.flags = flags | Transmission.HAS_FLAGS;
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        port = listener.getLocalPort();
        start();
    }

    private void start() {
        ServerSocket mine = listener;
        acceptor = thread(() -> {
            while (true) {
                Socket socket = mine.accept();
                socket.setTcpNoDelay(true);
                connections.incrementAndGet();
                open.add(socket);
                thread(() -> serve(socket));
            }
        });
    }

    private interface Body {
        void run() throws IOException;
    }

    private static Thread thread(Body body) {
        Thread thread = new Thread(() -> {
            try {
                body.run();
            } catch (IOException over) {
                return;
            }
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    NbdUri uri() {
        return NbdUri.parse("nbd://localhost:" + port + "/disk");
    }

    /** As a server that is killed. */
    void die() throws IOException {
        listener.close();
        try {
            // The system may let one more in for whom it waited already.
            acceptor.join(20_000);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        cut();
    }

    /** As a network that fails for an instant. */
    void cut() throws IOException {
        // Not those that come meanwhile.
        for (Socket socket : List.copyOf(open)) {
            open.remove(socket);
            socket.close();
        }
    }

    void comeBack() throws IOException {
        listener = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
        start();
    }

    private void serve(Socket socket) throws IOException {
        try (socket) {
            DataInputStream in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream()));
            DataOutputStream out = new DataOutputStream(new java.io.BufferedOutputStream(socket.getOutputStream()));
            out.writeLong(Handshake.MAGIC);
            out.writeLong(Handshake.OPTION_MAGIC);
            out.writeShort(Handshake.FIXED_NEWSTYLE | Handshake.NO_ZEROES);
            out.flush();
            in.readInt();
            while (!option(in, out)) {
                out.flush();
            }
            out.flush();
            while (request(in, out)) {
                out.flush();
            }
        }
    }

    private boolean option(DataInputStream in, DataOutputStream out) throws IOException {
        in.readLong();
        int option = in.readInt();
        in.readFully(new byte[in.readInt()]);
        if (option == Handshake.OPT_STRUCTURED_REPLY && structured) {
            reply(out, option, Handshake.REP_ACK, new byte[0]);
        } else if (option == Handshake.OPT_GO) {
            reply(
                    out,
                    option,
                    Handshake.REP_INFO,
                    java.nio.ByteBuffer.allocate(12)
                            .putShort((short) Handshake.INFO_EXPORT)
                            .putLong(bytesTold)
                            .putShort((short) flags)
                            .array());
            byte[] description = descriptionTold.getBytes(StandardCharsets.UTF_8);
            reply(
                    out,
                    option,
                    Handshake.REP_INFO,
                    java.nio.ByteBuffer.allocate(2 + description.length)
                            .putShort((short) Handshake.INFO_DESCRIPTION)
                            .put(description)
                            .array());
            reply(out, option, Handshake.REP_ACK, new byte[0]);
            return true;
        } else {
            reply(out, option, Handshake.REP_ERR_UNSUP, new byte[0]);
        }
        return false;
    }

    private static void reply(DataOutputStream out, int option, int reply, byte[] payload) throws IOException {
        out.writeLong(Handshake.OPTION_REPLY_MAGIC);
        out.writeInt(option);
        out.writeInt(reply);
        out.writeInt(payload.length);
        out.write(payload);
    }

    private boolean request(DataInputStream in, DataOutputStream out) throws IOException {
        in.readInt();
        Asked asked = new Asked(
                in.readUnsignedShort(), in.readUnsignedShort(), in.readLong(), in.readLong(), in.readInt(), out);
        byte[] data = asked.command() == Transmission.CMD_WRITE ? in.readNBytes(asked.length()) : null;
        if (asked.command() == Transmission.CMD_DISC) {
            return false;
        }
        if (script.run(asked)) {
            return true;
        }
        int at = (int) asked.offset();
        synchronized (content) {
            switch (asked.command()) {
                case Transmission.CMD_WRITE -> System.arraycopy(data, 0, content, at, data.length);
                case Transmission.CMD_WRITE_ZEROES -> java.util.Arrays.fill(content, at, at + asked.length(), (byte) 0);
                case Transmission.CMD_READ -> {
                    read(asked, at);
                    return true;
                }
                default -> {}
            }
        }
        asked.simple(0);
        return true;
    }

    /** In two chunks, the second half first, where chunks were agreed. */
    private void read(Asked asked, int at) throws IOException {
        if (!structured) {
            asked.simple(0);
            asked.out().write(content, at, asked.length());
            return;
        }
        int half = asked.length() / 2;
        asked.structured(0, Transmission.CHUNK_OFFSET_DATA, chunk(at + half, asked.length() - half));
        asked.structured(Transmission.REPLY_DONE, Transmission.CHUNK_OFFSET_DATA, chunk(at, half));
    }

    byte[] chunk(int at, int length) {
        return java.nio.ByteBuffer.allocate(8 + length)
                .putLong(at)
                .put(content, at, length)
                .array();
    }

    @Override
    public void close() throws IOException {
        die();
    }
}
