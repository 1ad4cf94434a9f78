package org.unplug.driver.nbd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.block.BlockException;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskState;
import org.unplug.block.GoneException;
import org.unplug.block.testing.FlatBlockLayer;
import org.unplug.nbd.NbdError;
import org.unplug.nbd.NbdUri;
import org.unplug.nbd.Transmission;
import org.unplug.nbd.Wire;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** Servers that are slow, that fail, that come back, and that lie. */
@Timeout(60)
class NbdDriverTest {

    private static final int FLAGS = Transmission.SEND_FLUSH
            | Transmission.SEND_FUA
            | Transmission.SEND_WRITE_ZEROES
            | Transmission.CAN_MULTI_CONN;

    private final SystemClockwork clockwork = Clockwork.system("test");
    private final FlatBlockLayer layer = new FlatBlockLayer(clockwork);
    private final List<String> log = new CopyOnWriteArrayList<>();
    private ScriptedServer server;
    private Attachment attachment;

    @BeforeEach
    void serve() throws IOException {
        server = new ScriptedServer(1 << 20, FLAGS);
    }

    @AfterEach
    void stop() throws IOException {
        if (attachment != null) {
            attachment.close();
        }
        server.close();
        layer.close();
        clockwork.close();
        assertEquals(List.of(), layer.faults);
    }

    private DiskHandle attach(Settings settings) throws IOException {
        attachment = new Attachment(settings, "nbd", layer, clockwork, log::add);
        attachment.attach();
        layer.settle(10_000);
        return layer.open(attachment.diskName());
    }

    private static void until(String claim, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "not within 20 s: " + claim);
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static byte[] random(int bytes) {
        byte[] data = new byte[bytes];
        new Random(bytes).nextBytes(data);
        return data;
    }

    @Test
    void data_goesThereAndBack_overSeveralConnections() throws IOException {
        DiskHandle handle = attach(Settings.of(server.uri()).withConnections(4));
        until("all are up", () -> attachment.driver().linksUp() == 4);
        byte[] data = random(1 << 20);
        handle.write(0, ByteBuffer.wrap(data));
        handle.flush();
        assertArrayEquals(data, server.content);
        byte[] back = new byte[data.length];
        handle.read(0, ByteBuffer.wrap(back));
        assertArrayEquals(data, back);
    }

    @Test
    void simpleReplies_doAsWell() throws IOException {
        server.structured = false;
        DiskHandle handle = attach(Settings.of(server.uri()));
        byte[] data = random(300 << 10);
        handle.write(8, ByteBuffer.wrap(data));
        byte[] back = new byte[data.length];
        handle.read(8, ByteBuffer.wrap(back));
        assertArrayEquals(data, back);
    }

    @Test
    void holes_readAsZeroes() throws IOException {
        DiskHandle handle = attach(Settings.of(server.uri()));
        handle.write(0, ByteBuffer.wrap(random(4096)));
        server.script = asked -> {
            if (asked.command() != Transmission.CMD_READ) {
                return false;
            }
            asked.structured(
                    Transmission.REPLY_DONE,
                    Transmission.CHUNK_OFFSET_HOLE,
                    ByteBuffer.allocate(12)
                            .putLong(asked.offset())
                            .putInt(asked.length())
                            .array());
            return true;
        };
        byte[] back = random(4096);
        handle.read(0, ByteBuffer.wrap(back));
        assertArrayEquals(new byte[4096], back);
    }

    @Test
    void errors_areTheFittingStatus_andTheConnectionGoesOn() throws IOException {
        DiskHandle handle = attach(Settings.of(server.uri()));
        int[] errors = {NbdError.EPERM, NbdError.ENOSPC, NbdError.EIO, NbdError.ENOTSUP};
        BlockStatus[] wanted = {BlockStatus.PROTECTED, BlockStatus.NOSPACE, BlockStatus.IOERR, BlockStatus.NOTSUPP};
        for (int i = 0; i < errors.length; i++) {
            int error = errors[i];
            server.script = asked -> {
                asked.simple(error);
                return true;
            };
            assertEquals(
                    wanted[i],
                    assertThrows(BlockException.class, () -> handle.write(0, ByteBuffer.allocate(512)))
                            .status());
        }
        assertEquals(1, server.connections.get());
    }

    @Test
    void connectionThatFails_comesBack_andWhatWasUnderWayIsSentAgain() throws IOException {
        DiskHandle handle = attach(Settings.of(server.uri()).withDeadAfterMs(20_000));
        AtomicInteger cuts = new AtomicInteger();
        server.script = asked -> {
            if (cuts.getAndIncrement() < 3) {
                server.cut();
                return true;
            }
            return false;
        };
        byte[] data = random(64 << 10);
        handle.write(16, ByteBuffer.wrap(data));
        byte[] back = new byte[data.length];
        handle.read(16, ByteBuffer.wrap(back));
        assertArrayEquals(data, back);
        assertEquals(3, log.size(), log.toString());
    }

    /** A sender that is still in the socket when the connection is down and its reading thread gone. */
    @Test
    void senderThatLeavesAFailedConnectionLast_losesNothing() throws IOException {
        Settings settings = Settings.of(server.uri()).withDeadAfterMs(20_000);
        AtomicInteger lost = new AtomicInteger();
        NbdDriver driver = new NbdDriver(settings, clockwork, new NbdDriver.Watch() {
            @Override
            public void lost(Link link, String why) {
                lost.incrementAndGet();
            }

            @Override
            public void dead() {
                lost.addAndGet(100);
            }
        });
        Link first = Link.connect(driver, 0, settings, clockwork);
        AtomicBoolean late = new AtomicBoolean();
        first.wire = new LateWire(first.wire, () -> {
            synchronized (driver) {
                return !late.get() || !first.readerInside;
            }
        });
        driver.up(first);
        clockwork.execute("first link", first::run);
        String disk = layer.add(driver.spec("nbd"), driver).info().name();
        layer.settle(10_000);
        DiskHandle handle = layer.open(disk);
        late.set(true);
        AtomicBoolean lies = new AtomicBoolean(true);
        server.script = asked -> {
            if (lies.getAndSet(false)) {
                asked.out().write(new byte[64]);
                return true;
            }
            return false;
        };
        CompletableFuture<Void> flush = CompletableFuture.runAsync(() -> {
            try {
                handle.flush();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        until("the first link is down", () -> lost.get() == 1);
        Link second = Link.connect(driver, 0, settings, clockwork);
        driver.up(second);
        clockwork.execute("second link", second::run);
        until("it is flushed", flush::isDone);
        flush.join();
        handle.close();
        driver.close();
        assertEquals(2, lost.get(), "one that failed, one that was closed");
    }

    /** One that comes back from a write only when a condition holds. */
    private record LateWire(Wire wire, BooleanSupplier back) implements Wire {

        @Override
        public long read(ByteBuffer[] into, int offset, int count) throws IOException {
            return wire.read(into, offset, count);
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            return wire.read(into);
        }

        @Override
        public long write(ByteBuffer[] from, int offset, int count) throws IOException {
            long written = wire.write(from, offset, count);
            until("the sender may leave", back);
            return written;
        }

        @Override
        public SocketChannel channel() {
            return wire.channel();
        }

        @Override
        public void close() throws IOException {
            wire.close();
        }
    }

    @Test
    void writesThatTheServerMayHaveLost_failTheNextFlush_once() throws IOException {
        DiskHandle handle = attach(Settings.of(server.uri()).withDeadAfterMs(20_000));
        handle.write(0, ByteBuffer.wrap(random(512)));
        handle.flush();
        server.cut();
        until("noticed", () -> log.size() == 1);
        handle.flush();
        handle.write(0, ByteBuffer.wrap(random(512)));
        server.cut();
        until("noticed", () -> log.size() == 2);
        assertEquals(
                BlockStatus.IOERR,
                assertThrows(BlockException.class, handle::flush).status());
        handle.flush();
    }

    @Test
    void serverThatDies_isASurpriseRemoval_andANewDiskWhenItIsBack() throws Exception {
        DiskHandle handle = attach(Settings.of(server.uri()).withDeadAfterMs(300));
        handle.write(0, ByteBuffer.wrap(random(4096)));
        AtomicBoolean swallow = new AtomicBoolean(true);
        server.script = asked -> swallow.get();
        Thread reader =
                new Thread(() -> assertThrows(GoneException.class, () -> handle.read(0, ByteBuffer.allocate(512))));
        reader.start();
        server.die();
        reader.join(20_000);
        assertFalse(reader.isAlive(), "what was under way ended");
        assertThrows(GoneException.class, () -> handle.read(0, ByteBuffer.allocate(512)));
        until("removed", () -> layer.reports.size() == 1);
        assertTrue(layer.reports.get(0).quiet());
        handle.close();
        until("released", () -> layer.state("nbd0") == DiskState.RELEASED);
        swallow.set(false);
        server.comeBack();
        until("it is back", () -> attachment.diskName() != null);
        byte[] back = new byte[4096];
        layer.open(attachment.diskName()).read(0, ByteBuffer.wrap(back));
        assertArrayEquals(random(4096), back);
    }

    @Test
    void exportThatChangedItsSize_isNotTakenForTheSame() throws IOException {
        attach(Settings.of(server.uri()).withDeadAfterMs(500));
        server.bytesTold = 512 << 10;
        server.cut();
        until("the old one is gone", () -> layer.reports.size() == 1);
        until("the new one is there", () -> attachment.diskName() != null);
        assertEquals(1024, layer.open(attachment.diskName()).info().capacitySectors());
    }

    /** Found by the explorer: nbd/swap/none@61. */
    @Test
    void exportThatIsAnotherMediumOfTheSameSize_getsNothingThatWasMeantForTheOldOne() throws IOException {
        DiskHandle handle = attach(Settings.of(server.uri()).withDeadAfterMs(500));
        server.script = asked -> {
            if (asked.command() != Transmission.CMD_WRITE) {
                return false;
            }
            server.descriptionTold = "medium 2";
            server.cut();
            return true;
        };
        byte[] before = server.content.clone();
        BlockException end = assertThrows(BlockException.class, () -> handle.write(0, ByteBuffer.wrap(random(4096))));
        assertEquals(BlockStatus.GONE, end.status());
        until("the new one is there", () -> attachment.diskName() != null);
        assertArrayEquals(before, server.content);
    }

    @Test
    void requestThatIsNeverAnswered_isGivenUp_withItsConnection() throws IOException {
        DiskHandle handle =
                attach(Settings.of(server.uri()).withDeadAfterMs(100).withRequestMs(300));
        AtomicBoolean swallow = new AtomicBoolean(true);
        server.script = asked -> swallow.getAndSet(false);
        assertEquals(
                BlockStatus.TIMEOUT,
                assertThrows(BlockException.class, () -> handle.read(0, ByteBuffer.allocate(512)))
                        .status());
        assertTrue(log.get(0).contains("no answer to READ of 1 sectors at 0"), log.toString());
    }

    /** A lie, and the line that it is answered with. */
    private void lie(ScriptedServer.Script script, String line) throws IOException {
        DiskHandle handle = attach(Settings.of(server.uri()).withDeadAfterMs(20_000));
        AtomicBoolean lies = new AtomicBoolean(true);
        server.script = asked -> lies.getAndSet(false) && script.run(asked);
        byte[] data = random(8192);
        System.arraycopy(data, 0, server.content, 0, data.length);
        byte[] back = new byte[data.length];
        handle.read(0, ByteBuffer.wrap(back));
        assertArrayEquals(data, back, "the connection that lied was given up, and another one asked");
        until("one line", () -> log.size() == 1);
        assertTrue(log.get(0).contains(line), log.get(0));
        assertEquals(2, server.connections.get());
    }

    @Test
    void unknownCookie_endsTheConnection() throws IOException {
        lie(
                asked -> {
                    asked.out().writeInt(Transmission.SIMPLE_REPLY_MAGIC);
                    asked.out().writeInt(0);
                    asked.out().writeLong(0xbadL);
                    return true;
                },
                "answered 0xbad, which nobody waits for");
    }

    @Test
    void tooLittleData_endsTheConnection() throws IOException {
        lie(
                asked -> {
                    asked.structured(Transmission.REPLY_DONE, Transmission.CHUNK_OFFSET_DATA, server.chunk(0, 512));
                    return true;
                },
                "ended a READ of 8192 bytes after 512");
    }

    @Test
    void tooMuchData_endsTheConnection() throws IOException {
        lie(
                asked -> {
                    asked.structured(0, Transmission.CHUNK_OFFSET_DATA, server.chunk(0, 8192));
                    asked.structured(Transmission.REPLY_DONE, Transmission.CHUNK_OFFSET_DATA, server.chunk(0, 512));
                    return true;
                },
                "more data than was asked for");
    }

    @Test
    void dataFromElsewhere_endsTheConnection() throws IOException {
        lie(
                asked -> {
                    asked.structured(
                            Transmission.REPLY_DONE, Transmission.CHUNK_OFFSET_DATA, server.chunk(65536, 8192));
                    return true;
                },
                "8192 bytes at 65536, which were not asked for");
    }

    @Test
    void chunkOfFourGigabytes_endsTheConnection() throws IOException {
        lie(
                asked -> {
                    asked.out().writeInt(Transmission.STRUCTURED_REPLY_MAGIC);
                    asked.out().writeShort(0);
                    asked.out().writeShort(Transmission.CHUNK_OFFSET_DATA);
                    asked.out().writeLong(asked.cookie());
                    asked.out().writeInt(-1);
                    asked.out().writeLong(0);
                    return true;
                },
                "which were not asked for");
    }

    @Test
    void garbage_endsTheConnection() throws IOException {
        lie(
                asked -> {
                    asked.out().write(new byte[64]);
                    return true;
                },
                "a reply begins with 0x0");
    }

    @Test
    void answerThatComesTwice_endsTheConnection() throws IOException {
        DiskHandle handle = attach(Settings.of(server.uri()).withDeadAfterMs(20_000));
        AtomicBoolean lies = new AtomicBoolean(true);
        server.script = asked -> {
            if (asked.command() == Transmission.CMD_FLUSH && lies.getAndSet(false)) {
                asked.simple(0);
                asked.simple(0);
                return true;
            }
            return false;
        };
        handle.flush();
        until("one line", () -> log.size() == 1);
        assertTrue(log.get(0).contains("which nobody waits for"), log.get(0));
        handle.flush();
    }

    @Test
    void serverThatIsNotThere_isOneClearLine() {
        Settings nobody = Settings.of(NbdUri.parse("nbd+unix:///x?socket=/nonexistent/socket"));
        Attachment none = new Attachment(nobody, "nbd", layer, clockwork, log::add);
        IOException e = assertThrows(IOException.class, none::attach);
        assertTrue(e.getMessage().startsWith("nbd+unix:///x?socket=/nonexistent/socket: "), e.getMessage());
        assertFalse(e.getMessage().contains("not ready within"), "that is for who takes too long");
    }

    @Test
    void serverThatRefusesTheConnection_saysSo_atOnce() throws IOException {
        int port;
        try (ServerSocket closedAgain = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = closedAgain.getLocalPort();
        }
        Attachment none = new Attachment(
                Settings.of(NbdUri.parse("nbd://127.0.0.1:" + port + "/x")), "nbd", layer, clockwork, log::add);
        IOException e = assertThrows(IOException.class, none::attach);
        assertTrue(e.getMessage().endsWith(": Connection refused"), e.getMessage());
    }
}
