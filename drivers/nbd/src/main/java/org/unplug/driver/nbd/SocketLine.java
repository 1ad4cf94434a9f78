package org.unplug.driver.nbd;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.unplug.nbd.NbdUri;
import org.unplug.nbd.Wire;

/** A socket, and a selector of its own to wait with. */
final class SocketLine implements Line {

    private final NbdUri server;
    private final SocketAddress address;
    private final SocketChannel channel;
    private final Wire wire;
    private volatile Selector selector;
    private SelectionKey key;

    /** @throws IOException if the server's host is not known, or no socket is to be had */
    SocketLine(NbdUri server) throws IOException {
        this.server = server;
        address = server.address();
        channel = server.isUnix() ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open();
        wire = Wire.plain(channel);
    }

    @Override
    public void connect() throws IOException {
        channel.connect(address);
        if (!server.isUnix()) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        }
    }

    @Override
    public Wire wire() {
        return wire;
    }

    @Override
    public void unblock() throws IOException {
        selector = Selector.open();
        channel.configureBlocking(false);
        key = channel.register(selector, SelectionKey.OP_READ);
    }

    @Override
    public boolean await(boolean orRoom, long timeoutMs) throws IOException {
        try {
            key.interestOps(orRoom ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
            selector.select(timeoutMs);
            selector.selectedKeys().clear();
            if (channel.isOpen()) {
                return key.isWritable();
            }
        } catch (CancelledKeyException | ClosedSelectorException e) {
            // Closed meanwhile.
        }
        throw new EOFException("the connection was closed");
    }

    @Override
    public void wake() {
        Selector waiting = selector;
        if (waiting != null) {
            waiting.wakeup();
        }
    }

    @Override
    public void close() {
        Selector waiting = selector;
        try (channel;
                waiting) {
            return;
        } catch (IOException e) {
            // The descriptors are gone either way.
            return;
        }
    }
}
