package org.unplug.export.nbd.internal;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.unplug.block.Disk;
import org.unplug.export.nbd.NbdServer;
import org.unplug.nbd.NbdUri;
import org.unplug.nbd.Wire;
import org.unplug.ref.Clockwork;

/** Listens at one place and offers disks there. */
final class Server implements NbdServer, AutoCloseable {

    private static final int BACKLOG = 128;
    /** From how many connections for each processor on a few threads serve them all. */
    private static final int CROWD = 8;

    private final NbdUri uri;
    private final Limits limits;
    private final Clockwork clockwork;
    private final Session.Report report;
    private final ServerSocketChannel listener;

    private final Exports exports = new Exports();
    private final Sessions sessions;

    /** Guarded by this. */
    private boolean closed;

    /**
     * Listens, and accepts on a thread of its own from now on.
     *
     * @param at the export that it names is ignored; with TLS required if its scheme says so
     * @param tls null for none
     * @throws IOException if it cannot listen there
     */
    Server(NbdUri at, SSLContext tls, Limits limits, Clockwork clockwork, Session.Report report) throws IOException {
        this(at, tls, limits, processors() * CROWD, clockwork, report);
    }

    /** @param crowd from how many connections on a few threads serve them all */
    Server(NbdUri at, SSLContext tls, Limits limits, int crowd, Clockwork clockwork, Session.Report report)
            throws IOException {
        if (at.secure() && tls == null) {
            throw new IOException(at + ": needs certificates");
        }
        this.limits = limits;
        this.clockwork = clockwork;
        this.report = report;
        listener = listen(at);
        int port = listener.getLocalAddress() instanceof InetSocketAddress bound ? bound.getPort() : 0;
        uri = at.withExport("").withPort(port);
        Crew crew = new Crew("crew at " + uri, processors(), crowd, clockwork);
        Rivals rivals = new Rivals(Math.max(1, processors() - 1));
        sessions = new Sessions(
                new Session.Means(exports, crew, rivals, limits, new SlotPool(), clockwork, tls, at.secure(), report));
        clockwork.execute("accept at " + uri, this::accept);
    }

    private static int processors() {
        return Runtime.getRuntime().availableProcessors();
    }

    private static ServerSocketChannel listen(NbdUri at) throws IOException {
        SocketAddress address = at.address();
        ServerSocketChannel channel =
                at.isUnix() ? ServerSocketChannel.open(StandardProtocolFamily.UNIX) : ServerSocketChannel.open();
        try {
            if (at.isUnix()) {
                removeStale(Path.of(at.socket()), address);
            } else {
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            }
            channel.bind(address, BACKLOG);
            return channel;
        } catch (IOException e) {
            channel.close();
            throw new IOException("cannot listen at " + at + ": " + e.getMessage(), e);
        }
    }

    /** A socket that a server left behind which did not end well: one that nobody listens at. */
    private static void removeStale(Path path, SocketAddress address) throws IOException {
        if (!Files.exists(path) || Files.isRegularFile(path) || Files.isDirectory(path)) {
            return;
        }
        boolean answers;
        try (SocketChannel probe = SocketChannel.open(address)) {
            answers = probe.isConnected();
        } catch (IOException nobody) {
            answers = false;
        }
        if (!answers) {
            Files.delete(path);
        }
    }

    private void accept() {
        while (true) {
            SocketChannel channel;
            try {
                channel = listener.accept();
            } catch (ClosedChannelException over) {
                return;
            } catch (IOException e) {
                report.lost("accept at " + uri + ": " + e.getMessage());
                pause();
                continue;
            }
            welcome(channel);
        }
    }

    /** Out of descriptors, most likely: others must get a chance to give some back. */
    private synchronized void pause() {
        if (!closed) {
            clockwork.await(this, 100_000_000L);
        }
    }

    private void welcome(SocketChannel channel) {
        String peer = "unix";
        try {
            if (limits.socketBufferBytes() > 0) {
                channel.setOption(StandardSocketOptions.SO_SNDBUF, limits.socketBufferBytes());
            }
            if (!uri.isUnix()) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
                peer = String.valueOf(channel.getRemoteAddress()).replaceFirst("^[^/]*/", "");
            }
        } catch (IOException e) {
            closeQuietly(channel);
            return;
        }
        sessions.welcome(peer, Wire.plain(channel));
    }

    private static void closeQuietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // The descriptor is gone either way.
            return;
        }
    }

    /**
     * Offers a disk from now on, unless the name is taken; see {@link #isOffered}.
     *
     * @return what to withdraw later
     */
    Export offer(String name, Disk disk, boolean readOnly) {
        Export export = new Export(name, disk, readOnly, limits.lingerMs(), clockwork);
        exports.add(export);
        return export;
    }

    boolean isOffered(Export export) {
        return exports.find(export.name()) == export;
    }

    /** Offers it no more. Its clients are answered ESHUTDOWN, and cut off after a while. Never blocks. */
    void withdraw(Export export) {
        exports.remove(export);
        export.withdraw(limits.lingerMs());
    }

    @Override
    public NbdUri uri() {
        return uri;
    }

    @Override
    public List<ExportInfo> exports() {
        return exports.all().stream()
                .map(e ->
                        new ExportInfo(e.name(), e.info().name(), e.info().capacityBytes(), e.readOnly(), e.clients()))
                .toList();
    }

    @Override
    public List<SessionInfo> sessions() {
        return sessions.all().stream().map(Session::info).toList();
    }

    /** Stops listening, lets clients linger, and returns when no session is left, or after some seconds. */
    @Override
    public void close() {
        if (!sessions.shut()) {
            return;
        }
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            listener.close();
            if (uri.isUnix()) {
                Files.deleteIfExists(Path.of(
                        ((UnixDomainSocketAddress) uri.address()).getPath().toString()));
            }
        } catch (IOException e) {
            report.lost("closing " + uri + ": " + e.getMessage());
        }
        sessions.seeOff();
    }
}
