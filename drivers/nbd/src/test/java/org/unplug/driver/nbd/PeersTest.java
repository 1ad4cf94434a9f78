package org.unplug.driver.nbd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.unplug.block.Bio;
import org.unplug.block.BlockException;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.GoneException;
import org.unplug.block.testing.FlatBlockLayer;
import org.unplug.nbd.NbdUri;
import org.unplug.nbd.TlsFiles;
import org.unplug.nbd.testing.Certificates;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** Real servers, and nbdkit's filters in between. */
@Timeout(120)
class PeersTest {

    private static final int BYTES = 16 << 20;

    @TempDir
    Path directory;

    private final SystemClockwork clockwork = Clockwork.system("peers");
    private final FlatBlockLayer layer = new FlatBlockLayer(clockwork);
    private final List<String> log = new CopyOnWriteArrayList<>();
    private Process server;
    private Attachment attachment;

    @AfterEach
    void stop() throws Exception {
        if (attachment != null) {
            attachment.close();
        }
        if (server != null) {
            server.destroy();
            assertTrue(server.waitFor(20, TimeUnit.SECONDS));
        }
        layer.close();
        clockwork.close();
        assertEquals(List.of(), layer.faults);
    }

    private static void need(String name) {
        boolean there = Arrays.stream((System.getenv("PATH") + ":/usr/sbin").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
        assumeTrue(there, name + " is not installed: skipped");
    }

    private static void until(String claim, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "not within 20 s: " + claim);
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** Its socket's file is there before it listens. */
    private static void awaitListening(SocketAddress address) {
        until("the server listens", () -> {
            try (SocketChannel probe = SocketChannel.open(address)) {
                return probe.isConnected();
            } catch (IOException notYet) {
                return false;
            }
        });
    }

    /** Starts a server; {@code SOCKET} stands for where it is to listen. */
    private Settings serve(String export, String... command) throws IOException {
        need(command[0]);
        Path socket = directory.resolve("socket");
        List<String> words = new ArrayList<>();
        for (String word : command) {
            words.add(word.replace("SOCKET", socket.toString()));
        }
        server = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("server.out").toFile())
                .start();
        awaitListening(UnixDomainSocketAddress.of(socket));
        return Settings.of(NbdUri.parse("nbd+unix:///" + export + "?socket=" + socket))
                .withConnections(4);
    }

    private DiskHandle attach(Settings settings) throws IOException {
        attachment = new Attachment(settings, "nbd", layer, clockwork, log::add);
        attachment.attach();
        layer.settle(10_000);
        return layer.open(attachment.diskName());
    }

    /** Many requests at once, of many lengths, against a model. */
    private void exercise(DiskHandle handle) throws Exception {
        Random random = new Random(11);
        int block = handle.info().logicalBlockBytes();
        byte[] model = new byte[BYTES];
        random.nextBytes(model);
        List<Bio> bios = new ArrayList<>();
        for (int at = 0; at < BYTES; ) {
            int length = Math.min((1 + random.nextInt(200)) * block, BYTES - at);
            bios.add(handle.newBio().write(at / 512, ByteBuffer.wrap(model, at, length)));
            at += length;
        }
        submitAll(handle, bios);
        handle.flush();
        bios.clear();
        byte[] back = new byte[BYTES];
        for (int at = 0; at < BYTES; ) {
            int length = Math.min((1 + random.nextInt(700)) * block, BYTES - at);
            bios.add(handle.newBio().read(at / 512, ByteBuffer.wrap(back, at, length)));
            at += length;
        }
        submitAll(handle, bios);
        assertArrayEquals(model, back);
    }

    private static void submitAll(DiskHandle handle, List<Bio> bios) {
        handle.submit(bios.toArray(new Bio[0]), 0, bios.size());
        until("all ended", () -> bios.stream().allMatch(bio -> bio.status() != null));
        bios.forEach(bio -> assertEquals(BlockStatus.OK, bio.status(), bio::toString));
    }

    private Path image() throws IOException {
        Path image = directory.resolve("image");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(BYTES);
        }
        return image;
    }

    @Test
    void nbdkit_withoutFilters() throws Exception {
        exercise(attach(serve("", "nbdkit", "-f", "-U", "SOCKET", "memory", "16M")));
        assertEquals(List.of(), log);
    }

    @Test
    void nbdkit_thatDelaysAtRandom_answersOutOfOrder() throws Exception {
        exercise(attach(serve(
                "", "nbdkit", "-f", "-U", "SOCKET", "--filter=delay", "memory", "16M", "rdelay=3ms", "wdelay=2ms")));
        assertEquals(List.of(), log);
    }

    @Test
    void nbdkit_withLargeBlocksOnly_makesADiskOfThose() throws Exception {
        Settings settings = serve(
                "",
                "nbdkit",
                "-f",
                "-U",
                "SOCKET",
                "--filter=blocksize-policy",
                "memory",
                "16M",
                "blocksize-minimum=4096",
                "blocksize-preferred=65536",
                "blocksize-maximum=131072",
                "blocksize-error-policy=error");
        DiskHandle handle = attach(settings);
        assertEquals(4096, handle.info().logicalBlockBytes());
        exercise(handle);
    }

    @Test
    void nbdkit_thatFailsSomeRequests_failsThose_andNoOthers() throws Exception {
        Path trigger = directory.resolve("trigger");
        DiskHandle handle = attach(serve(
                "",
                "nbdkit",
                "-f",
                "-U",
                "SOCKET",
                "--filter=error",
                "memory",
                "16M",
                "error-rate=100%",
                "error=ENOSPC",
                "error-file=" + trigger));
        exercise(handle);
        Files.createFile(trigger);
        for (int i = 0; i < 50; i++) {
            assertEquals(
                    BlockStatus.NOSPACE,
                    assertThrows(BlockException.class, () -> handle.write(0, ByteBuffer.allocate(4096)))
                            .status());
        }
        Files.delete(trigger);
        exercise(handle);
        assertEquals(List.of(), log);
    }

    @Test
    void nbdkit_thatIsKilled_isASurpriseRemoval() throws Exception {
        DiskHandle handle = attach(serve("", "nbdkit", "-f", "-U", "SOCKET", "memory", "16M"));
        handle.write(0, ByteBuffer.allocate(4096));
        server.destroyForcibly();
        until("it is gone", handle::isGone);
        assertThrows(GoneException.class, () -> handle.read(0, ByteBuffer.allocate(512)));
        until("removed", () -> layer.reports.size() == 1);
        assertTrue(layer.reports.get(0).quiet());
    }

    @Test
    void nbdkit_thatIsReadOnly_makesADiskThatIs() throws Exception {
        Settings settings = serve("", "nbdkit", "-f", "-r", "-U", "SOCKET", "memory", "16M");
        attachment = new Attachment(settings, "nbd", layer, clockwork, log::add);
        attachment.attach();
        assertEquals(
                BlockStatus.PROTECTED,
                assertThrows(BlockException.class, () -> layer.open(attachment.diskName()))
                        .status());
    }

    @Test
    void unknownExport_isOneClearLine() throws Exception {
        Settings settings =
                serve("disk", "qemu-nbd", "-f", "raw", "-k", "SOCKET", "-x", "other", "-t", image().toString());
        attachment = new Attachment(settings, "nbd", layer, clockwork, log::add);
        IOException e = assertThrows(IOException.class, attachment::attach);
        assertTrue(e.getMessage().contains("export 'disk': no such export"), e.getMessage());
    }

    @Test
    void qemuNbd() throws Exception {
        exercise(attach(serve(
                "disk", "qemu-nbd", "-f", "raw", "-k", "SOCKET", "-x", "disk", "-e", "8", "-t", image().toString())));
        assertEquals(List.of(), log);
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    /** Starts a server that shows its certificate and asks for ours; {@code PORT} and {@code DIR} stand for where. */
    private Settings serveByTls(String export, String... command) throws Exception {
        need("openssl");
        need(command[0]);
        Certificates.in(directory);
        String port = String.valueOf(freePort());
        server = new ProcessBuilder(Arrays.stream(command)
                        .map(word -> word.replace("PORT", port).replace("DIR", directory.toString()))
                        .toList())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("server.out").toFile())
                .start();
        awaitListening(new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port)));
        NbdUri uri = NbdUri.parse("nbds://localhost:" + port + "/" + export);
        return Settings.of(uri, TlsFiles.client(directory)).withConnections(2);
    }

    private Settings nbdkitByTls() throws Exception {
        return serveByTls(
                "",
                "nbdkit",
                "-f",
                "-i",
                "127.0.0.1",
                "-p",
                "PORT",
                "--tls=require",
                "--tls-certificates=DIR",
                "--tls-verify-peer",
                "memory",
                "16M");
    }

    @Test
    void nbdkit_byMutualTls() throws Exception {
        exercise(attach(nbdkitByTls()));
        assertEquals(List.of(), log);
    }

    @Test
    void nbdkit_thatRequiresTls_refusesUsWithoutIt_inOneClearLine() throws Exception {
        Settings plain = Settings.of(NbdUri.parse(nbdkitByTls().uri().toString().replace("nbds:", "nbd:")));
        attachment = new Attachment(plain, "nbd", layer, clockwork, log::add);
        IOException e = assertThrows(IOException.class, attachment::attach);
        assertTrue(e.getMessage().contains("TLS"), e.getMessage());
    }

    @Test
    void nbdkit_thatDoesNotKnowOurAuthority_isOneClearLine() throws Exception {
        Settings known = nbdkitByTls();
        Path others = Files.createDirectory(directory.resolve("others"));
        Certificates.in(others);
        attachment =
                new Attachment(Settings.of(known.uri(), TlsFiles.client(others)), "nbd", layer, clockwork, log::add);
        IOException e = assertThrows(IOException.class, attachment::attach);
        assertTrue(e.getMessage().contains("TLS"), e.getMessage());
    }

    @Test
    void qemuNbd_byMutualTls() throws Exception {
        exercise(attach(serveByTls(
                "disk",
                "qemu-nbd",
                "--object",
                "tls-creds-x509,id=tls0,endpoint=server,dir=DIR,verify-peer=on",
                "--tls-creds",
                "tls0",
                "-f",
                "raw",
                "-b",
                "127.0.0.1",
                "-p",
                "PORT",
                "-x",
                "disk",
                "-e",
                "8",
                "-t",
                image().toString())));
        assertEquals(List.of(), log);
    }

    /** It forks for each connection, and speaks simple replies only. */
    @Test
    void nbdServer() throws Exception {
        need("nbd-server");
        int port = freePort();
        Path pid = directory.resolve("pid");
        Path configuration = Files.writeString(
                directory.resolve("config"),
                "[generic]\nlistenaddr = 127.0.0.1\nport = " + port + "\n[disk]\nexportname = " + image()
                        + "\nfilesize = " + BYTES + "\nflush = true\nfua = true\n");
        Process starter = new ProcessBuilder("nbd-server", "-C", configuration.toString(), "-p", pid.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("server.out").toFile())
                .start();
        assertTrue(starter.waitFor(20, TimeUnit.SECONDS));
        until("it says who it is", () -> pid.toFile().length() > 0);
        ProcessHandle daemon =
                ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();
        try {
            exercise(attach(Settings.of(NbdUri.parse("nbd://127.0.0.1:" + port + "/disk"))));
            assertEquals(List.of(), log);
        } finally {
            daemon.destroy();
        }
    }
}
