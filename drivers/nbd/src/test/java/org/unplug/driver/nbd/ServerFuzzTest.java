package org.unplug.driver.nbd;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.testing.FlatBlockLayer;
import org.unplug.nbd.Handshake;
import org.unplug.nbd.NbdUri;
import org.unplug.nbd.Transmission;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/**
 * Whatever a server sends, attaching to it ends: by a diagnosis, or by a disk whose requests end. In everyday runs over the
 * seeds and what was found; with JAZZER_FUZZ=1 it looks for more.
 */
class ServerFuzzTest {

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    @FuzzTest(maxDuration = "5m")
    void anyServer_isBorne(byte[] sent) throws Exception {
        Path folder = Files.createTempDirectory("fuzz");
        Path socket = folder.resolve("s");
        SystemClockwork clockwork = Clockwork.system("fuzz");
        FlatBlockLayer layer = new FlatBlockLayer(clockwork);
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(UnixDomainSocketAddress.of(socket));
            clockwork.execute("server", () -> say(listener, sent));
            Settings settings = Settings.of(NbdUri.parse("nbd+unix:///x?socket=" + socket));
            NbdDriver driver = new NbdDriver(settings, clockwork, new NbdDriver.Watch() {
                @Override
                public void lost(Link link, String why) {
                    assertTrue(!why.contains("failed here"), why);
                }

                @Override
                public void dead() {}
            });
            Link link;
            try {
                link = Link.connect(driver, 0, settings, clockwork);
                driver.up(link);
            } catch (IOException diagnosed) {
                return;
            }
            clockwork.execute("link", link::run);
            useDisk(layer, driver);
        } finally {
            layer.close();
            clockwork.close();
            Files.deleteIfExists(socket);
            Files.delete(folder);
        }
    }

    private static void useDisk(FlatBlockLayer layer, NbdDriver driver) throws IOException {
        try {
            String name = layer.add(driver.spec("nbd"), driver).info().name();
            DiskHandle handle = layer.open(name);
            var bio = handle.newBio().read(0, ByteBuffer.allocate(4096 * 2));
            handle.submit(bio);
            long deadline = System.nanoTime() + PATIENCE_NANOS;
            while (bio.status() == null) {
                assertTrue(System.nanoTime() < deadline, "the request never ended");
                LockSupport.parkNanos(100_000);
            }
            assertTrue(bio.status() != BlockStatus.TIMEOUT);
        } catch (IOException | IllegalArgumentException diagnosed) {
            return;
        } finally {
            driver.close();
        }
    }

    private static void say(ServerSocketChannel listener, byte[] sent) {
        try (SocketChannel channel = listener.accept()) {
            ByteBuffer out = ByteBuffer.wrap(sent);
            while (out.hasRemaining()) {
                channel.write(out);
            }
            channel.shutdownOutput();
            ByteBuffer sink = ByteBuffer.allocate(4096);
            int count;
            do {
                count = channel.read(sink.clear());
            } while (count >= 0);
        } catch (IOException over) {
            return;
        }
    }

    /** Writes the seeds anew: what a server says that goes well, as far as it goes. */
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        Files.createDirectories(folder);
        for (int form = 0; form < 3; form++) {
            ByteBuffer out = ByteBuffer.allocate(64 << 10);
            out.putLong(Handshake.MAGIC).putLong(Handshake.OPTION_MAGIC).putShort((short) 3);
            reply(out, Handshake.OPT_EXTENDED_HEADERS, form == 2 ? Handshake.REP_ACK : Handshake.REP_ERR_UNSUP, 0);
            if (form < 2) {
                reply(out, Handshake.OPT_STRUCTURED_REPLY, form == 1 ? Handshake.REP_ACK : Handshake.REP_ERR_UNSUP, 0);
            }
            reply(out, Handshake.OPT_GO, Handshake.REP_INFO, 12);
            out.putShort((short) Handshake.INFO_EXPORT).putLong(1 << 20).putShort((short) 0x1ff);
            reply(out, Handshake.OPT_GO, Handshake.REP_INFO, 14);
            out.putShort((short) Handshake.INFO_BLOCK_SIZE)
                    .putInt(512)
                    .putInt(4096)
                    .putInt(32 << 20);
            reply(out, Handshake.OPT_GO, Handshake.REP_ACK, 0);
            long cookie = 1 << 16;
            if (form == 0) {
                out.putInt(Transmission.SIMPLE_REPLY_MAGIC)
                        .putInt(0)
                        .putLong(cookie)
                        .put(new byte[8192]);
            } else {
                org.unplug.nbd.ReplyHeader.Form as = org.unplug.nbd.ReplyHeader.Form.values()[form];
                org.unplug.nbd.ReplyHeader.encodeChunk(out, as, 0, Transmission.CHUNK_OFFSET_DATA, cookie, 0, 8 + 4096);
                out.putLong(0).put(new byte[4096]);
                org.unplug.nbd.ReplyHeader.encodeChunk(
                        out, as, Transmission.REPLY_DONE, Transmission.CHUNK_OFFSET_HOLE, cookie, 0, 12);
                out.putLong(4096).putInt(4096);
            }
            byte[] seed = new byte[out.flip().remaining()];
            out.get(seed);
            Files.write(folder.resolve("seed" + form), seed);
        }
    }

    private static void reply(ByteBuffer out, int option, int reply, int length) {
        out.putLong(Handshake.OPTION_REPLY_MAGIC).putInt(option).putInt(reply).putInt(length);
    }
}
