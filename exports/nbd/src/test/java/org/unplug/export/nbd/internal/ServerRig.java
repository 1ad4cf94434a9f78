package org.unplug.export.nbd.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.internal.genhd.OwnedDisk;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.testing.FlatBlockLayer;
import org.unplug.nbd.NbdUri;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** A server over the real block layer, at a unix domain socket or a port of loopback, without a framework. */
final class ServerRig implements AutoCloseable {

    /** However many connections there are, each has a thread. */
    static final int NO_CROWD = Integer.MAX_VALUE;
    /** As the default, but no test fails because its machine is slow. */
    static final Limits PATIENT = new Limits(128, 4 << 20, 0, 120_000, 120_000, 0, 1_000, 0);

    final SystemClockwork clockwork = Clockwork.system("rig");
    final FlatBlockLayer layer = new FlatBlockLayer(clockwork);
    final List<String> lost = new CopyOnWriteArrayList<>();
    final Path directory = Files.createTempDirectory("nbd");
    final HeldLinger linger;
    final Server server;

    ServerRig(Limits limits) throws IOException {
        this(limits, NO_CROWD);
    }

    ServerRig(Limits limits, int crowd) throws IOException {
        this(limits, null, "nbd+unix:///?socket=%s", crowd);
    }

    /** A thread that has nothing to do looks again for so long before it sleeps. */
    static ServerRig awake(Limits limits, int stayAwakeMicros) throws IOException {
        return new ServerRig(
                new Limits(
                        limits.connections(),
                        limits.inFlightBytes(),
                        limits.socketBufferBytes(),
                        limits.handshakeMs(),
                        limits.stallMs(),
                        limits.idleMs(),
                        limits.lingerMs(),
                        stayAwakeMicros),
                NO_CROWD);
    }

    ServerRig(Limits limits, SSLContext tls, String uri) throws IOException {
        this(limits, tls, uri, NO_CROWD);
    }

    /**
     * @param uri where to listen; %s stands for a socket of this rig's own
     * @param crowd from how many connections on a crew serves them
     */
    private ServerRig(Limits limits, SSLContext tls, String uri, int crowd) throws IOException {
        String socket = directory.resolve("socket").toString();
        linger = new HeldLinger(clockwork, limits.lingerMs());
        server = new Server(NbdUri.parse(uri.replace("%s", socket)), tls, limits, crowd, linger, lost::add);
    }

    /** What a session works with that has no server and no crowd about it. */
    static Session.Means alone(Exports exports, Clockwork clockwork, Session.Report report) {
        Crew nobody = new Crew("crew", 0, NO_CROWD, clockwork);
        return new Session.Means(
                exports, nobody, new Rivals(0), PATIENT, new SlotPool(), clockwork, null, false, report);
    }

    Gendisk add(DiskSpec spec, DiskDriver driver) {
        Gendisk disk = layer.add(spec, driver);
        layer.settle(10_000);
        return disk;
    }

    Export offer(String name, Gendisk disk, boolean readOnly) {
        return server.offer(name, new OwnedDisk(disk, layer.userBundle()), readOnly);
    }

    String uri(String export) {
        return server.uri().withExport(export).toString();
    }

    /** Waits for a condition; the claim is what fails. */
    static void until(String claim, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within 20 s: " + claim);
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Override
    public void close() throws IOException {
        linger.over();
        server.close();
        layer.close();
        clockwork.close();
        Files.deleteIfExists(directory);
    }
}
