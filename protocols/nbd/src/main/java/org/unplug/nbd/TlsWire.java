package org.unplug.nbd;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/**
 * TLS 1.2 or later over a channel. The handshake is made in blocking mode; afterwards the wire follows the channel's mode.
 * Reading and writing are independent; a message that TLS itself wants to send in answer to what was read takes its turn with
 * the writer.
 */
public final class TlsWire implements Wire {

    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SocketChannel channel;
    private final SSLEngine engine;
    private final ByteBuffer received;
    /** Decrypted and not taken yet; from position to limit. */
    private final ByteBuffer plain;

    private final Object sending = new Object();
    /** Encrypted and not with the channel yet; from position to limit. Guarded by sending. */
    private final ByteBuffer encrypted;

    private TlsWire(SocketChannel channel, SSLEngine engine) {
        this.channel = channel;
        this.engine = engine;
        int packet = engine.getSession().getPacketBufferSize();
        received = ByteBuffer.allocateDirect(packet * 4).limit(0);
        plain = ByteBuffer.allocateDirect(engine.getSession().getApplicationBufferSize())
                .limit(0);
        encrypted = ByteBuffer.allocateDirect(packet * 4).limit(0);
    }

    /**
     * Makes the handshake as a server that asks for the client's certificate.
     *
     * @throws IOException if it fails; the channel is left open
     */
    public static TlsWire server(SocketChannel channel, SSLContext context) throws IOException {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        engine.setNeedClientAuth(true);
        engine.setEnabledProtocols(PROTOCOLS);
        return handshaken(channel, engine);
    }

    /**
     * Makes the handshake as a client.
     *
     * @param host that the server's certificate must be for; empty to ask only for a trusted one, as over a unix socket
     * @throws IOException if it fails; the channel is left open
     */
    public static TlsWire client(SocketChannel channel, SSLContext context, String host) throws IOException {
        SSLEngine engine = host.isEmpty() ? context.createSSLEngine() : context.createSSLEngine(host, 0);
        engine.setUseClientMode(true);
        engine.setEnabledProtocols(PROTOCOLS);
        if (!host.isEmpty()) {
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            engine.setSSLParameters(parameters);
        }
        return handshaken(channel, engine);
    }

    private static TlsWire handshaken(SocketChannel channel, SSLEngine engine) throws IOException {
        TlsWire wire = new TlsWire(channel, engine);
        try {
            wire.handshake();
        } catch (SSLException e) {
            wire.sendWhatIsLeft();
            throw new ProtocolException("TLS: " + e.getMessage());
        }
        return wire;
    }

    private void handshake() throws IOException {
        engine.beginHandshake();
        HandshakeStatus status = engine.getHandshakeStatus();
        while (status != HandshakeStatus.FINISHED && status != HandshakeStatus.NOT_HANDSHAKING) {
            switch (status) {
                case NEED_TASK -> {
                    runTasks();
                    status = engine.getHandshakeStatus();
                }
                case NEED_WRAP -> status = wrapOwn();
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> status = unwrapOwn();
                case FINISHED, NOT_HANDSHAKING -> throw new IllegalStateException("the loop has ended");
            }
        }
    }

    private void runTasks() {
        Runnable task = engine.getDelegatedTask();
        while (task != null) {
            task.run();
            task = engine.getDelegatedTask();
        }
    }

    private HandshakeStatus wrapOwn() throws IOException {
        synchronized (sending) {
            SSLEngineResult result = wrap(new ByteBuffer[] {NOTHING}, 0, 1);
            push();
            return result.getHandshakeStatus();
        }
    }

    private HandshakeStatus unwrapOwn() throws IOException {
        SSLEngineResult result = unwrap();
        while (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
            if (receive() < 0) {
                throw new EOFException("the peer went away during the TLS handshake");
            }
            result = unwrap();
        }
        requireOpen(result);
        return result.getHandshakeStatus();
    }

    private static void requireOpen(SSLEngineResult result) throws SSLException {
        if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
            throw new SSLException("closed by the peer during the handshake");
        }
    }

    private SSLEngineResult unwrap() throws SSLException {
        plain.compact();
        try {
            return engine.unwrap(received, plain);
        } finally {
            plain.flip();
        }
    }

    private int receive() throws IOException {
        received.compact();
        try {
            return channel.read(received);
        } finally {
            received.flip();
        }
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        return (int) read(new ByteBuffer[] {into}, 0, 1);
    }

    @Override
    public long read(ByteBuffer[] into, int offset, int count) throws IOException {
        while (!plain.hasRemaining()) {
            SSLEngineResult result = unwrap();
            switch (result.getStatus()) {
                case OK -> answerIfAsked(result);
                case CLOSED -> {
                    return -1;
                }
                case BUFFER_UNDERFLOW -> {
                    int received1 = receive();
                    if (received1 <= 0) {
                        return received1;
                    }
                }
                case BUFFER_OVERFLOW -> throw new SSLException("a record is larger than its session allows");
            }
        }
        long taken = 0;
        for (int i = offset; i < offset + count && plain.hasRemaining(); i++) {
            ByteBuffer to = into[i];
            int length = Math.min(to.remaining(), plain.remaining());
            to.put(to.position(), plain, plain.position(), length);
            to.position(to.position() + length);
            plain.position(plain.position() + length);
            taken += length;
        }
        return taken;
    }

    /** A change of keys may want to be confirmed. */
    private void answerIfAsked(SSLEngineResult result) throws IOException {
        HandshakeStatus status = result.getHandshakeStatus();
        if (status == HandshakeStatus.NEED_TASK) {
            runTasks();
            status = engine.getHandshakeStatus();
        }
        if (status == HandshakeStatus.NEED_WRAP) {
            wrapOwn();
        }
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int count) throws IOException {
        synchronized (sending) {
            long taken = 0;
            int next = offset;
            while (push()) {
                while (next < offset + count && !from[next].hasRemaining()) {
                    next++;
                }
                if (next == offset + count) {
                    return taken;
                }
                taken += wrap(from, next, offset + count - next).bytesConsumed();
            }
            return taken;
        }
    }

    /** The caller holds sending, and nothing is left of what was encrypted. */
    private SSLEngineResult wrap(ByteBuffer[] from, int offset, int count) throws SSLException {
        encrypted.compact();
        try {
            SSLEngineResult result = engine.wrap(from, offset, count, encrypted);
            if (result.getStatus() == SSLEngineResult.Status.CLOSED && !engine.isOutboundDone()) {
                throw new SSLException("closed");
            }
            return result;
        } finally {
            encrypted.flip();
        }
    }

    /** Whether everything that was encrypted is with the channel. The caller holds sending. */
    private boolean push() throws IOException {
        while (encrypted.hasRemaining()) {
            if (channel.write(encrypted) == 0) {
                return false;
            }
        }
        return true;
    }

    /** The alert that tells the peer why, if it can still be told. */
    private void sendWhatIsLeft() {
        try {
            synchronized (sending) {
                while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP && !engine.isOutboundDone()) {
                    wrap(new ByteBuffer[] {NOTHING}, 0, 1);
                    push();
                }
            }
        } catch (IOException e) {
            // It learns from the closing.
            return;
        }
    }

    @Override
    public boolean hasPending() {
        synchronized (sending) {
            return encrypted.hasRemaining();
        }
    }

    @Override
    public SocketChannel channel() {
        return channel;
    }

    @Override
    public boolean isSecure() {
        return true;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
