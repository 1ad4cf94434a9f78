package org.unplug.export.nbd.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.driver.ram.RamDriver;
import org.unplug.nbd.Handshake;
import org.unplug.nbd.NbdError;
import org.unplug.nbd.NbdUri;
import org.unplug.nbd.ReplyHeader.Form;
import org.unplug.nbd.Transmission;

/** Each command in each form of replies, against the model of a byte array. */
@Timeout(60)
class TransmissionTest {

    private static final int BYTES = 8 << 20;

    private ServerRig rig;
    private Gendisk disk;

    /** How this is served. */
    ServerRig rig(Limits limits) throws IOException {
        return new ServerRig(limits);
    }

    @BeforeEach
    void serve() throws IOException {
        rig = rig(ServerRig.PATIENT);
        RamDriver driver = new RamDriver(BYTES, 512);
        disk = rig.add(driver.spec("ram"), driver);
        rig.offer("ram0", disk, false);
    }

    @AfterEach
    void stop() throws IOException {
        rig.close();
        assertEquals(0, rig.layer.faults.size(), rig.layer.faults.toString());
    }

    private NbdUri uri() {
        return rig.server.uri();
    }

    private static byte[] random(int bytes) {
        byte[] data = new byte[bytes];
        new Random(bytes).nextBytes(data);
        return data;
    }

    private static void write(RawClient client, long cookie, long offset, byte[] data, int flags) throws IOException {
        int payload = client.form == Form.EXTENDED ? Transmission.FLAG_PAYLOAD_LEN : 0;
        client.request(flags | payload, Transmission.CMD_WRITE, cookie, offset, data.length);
        client.send(ByteBuffer.allocate(data.length).put(data));
    }

    private static void expect(RawClient client, long cookie, int error) throws IOException {
        client.answer();
        assertEquals(cookie, client.header.cookie());
        assertTrue(client.header.isDone());
        int got = client.header.error();
        if (!client.header.isSimple() && Transmission.isError(client.header.chunk())) {
            got = client.data.getInt();
        }
        assertEquals(error, got);
    }

    /** Gathers the chunks of a READ. */
    private static byte[] read(RawClient client, long cookie, long offset, int length) throws IOException {
        client.request(0, Transmission.CMD_READ, cookie, offset, length);
        ByteBuffer all = ByteBuffer.allocate(length);
        if (client.form == Form.SIMPLE) {
            client.answer();
            assertEquals(0, client.header.error());
            return client.read(length).array();
        }
        int received = 0;
        do {
            client.answer();
            assertEquals(cookie, client.header.cookie());
            assertEquals(Transmission.CHUNK_OFFSET_DATA, client.header.chunk());
            int at = (int) (client.data.getLong() - offset);
            received += client.data.remaining();
            all.put(at, client.data, client.data.position(), client.data.remaining());
        } while (!client.header.isDone());
        assertEquals(length, received);
        return all.array();
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void whatWasWritten_isReadBack_whateverItsLengthAndPlace(Form form) throws IOException {
        try (RawClient client = RawClient.going(uri(), form)) {
            Random random = new Random(7);
            byte[] model = new byte[BYTES];
            int[] lengths = {512, 4096, 17 << 10, 128 << 10, 256 << 10, (256 << 10) + 512, 1 << 20, 3 << 20};
            for (int round = 0; round < 40; round++) {
                int length = lengths[random.nextInt(lengths.length)];
                int offset = random.nextInt((BYTES - length) / 512) * 512;
                byte[] data = new byte[length];
                random.nextBytes(data);
                System.arraycopy(data, 0, model, offset, length);
                write(client, round, offset, data, round % 3 == 0 ? Transmission.FLAG_FUA : 0);
                expect(client, round, NbdError.OK);
                int back = lengths[random.nextInt(lengths.length)];
                int from = random.nextInt((BYTES - back) / 512) * 512;
                byte[] wanted = java.util.Arrays.copyOfRange(model, from, from + back);
                assertArrayEquals(wanted, read(client, 1000 + round, from, back));
            }
            client.request(0, Transmission.CMD_FLUSH, 5, 0, 0);
            expect(client, 5, NbdError.OK);
            client.request(0, Transmission.CMD_DISC, 6, 0, 0);
            assertTrue(client.isCutOff());
        }
        assertTrue(rig.lost.isEmpty(), rig.lost.toString());
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void manyRequestsAtOnce_areEachAnsweredOnce(Form form) throws IOException {
        try (RawClient client = RawClient.going(uri(), form)) {
            ByteBuffer burst = ByteBuffer.allocate(500 * 32);
            for (int i = 0; i < 500; i++) {
                org.unplug.nbd.RequestHeader.encode(
                        burst, form == Form.EXTENDED, 0, Transmission.CMD_READ, i, i * 512L, 512);
            }
            client.send(burst);
            Map<Long, Integer> answers = new HashMap<>();
            for (int i = 0; i < 500; i++) {
                client.answer();
                if (form == Form.SIMPLE) {
                    client.read(512);
                }
                answers.merge(client.header.cookie(), 1, Integer::sum);
            }
            assertEquals(500, answers.size());
        }
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void misuse_isAnsweredByTheFittingError_andTheConnectionGoesOn(Form form) throws IOException {
        try (RawClient client = RawClient.going(uri(), form)) {
            client.request(0, Transmission.CMD_READ, 1, BYTES, 512);
            expect(client, 1, NbdError.EINVAL);
            client.request(0, Transmission.CMD_READ, 2, 100, 512);
            expect(client, 2, NbdError.EINVAL);
            client.request(0, Transmission.CMD_READ, 3, 0, 0);
            expect(client, 3, NbdError.EINVAL);
            client.request(0, Transmission.CMD_READ, 4, Long.MAX_VALUE - 511, 512);
            expect(client, 4, NbdError.EINVAL);
            write(client, 5, BYTES - 512, new byte[1024], 0);
            expect(client, 5, NbdError.ENOSPC);
            client.request(0, 77, 6, 0, 512);
            expect(client, 6, NbdError.EINVAL);
            client.request(1 << 12, Transmission.CMD_READ, 7, 0, 512);
            expect(client, 7, NbdError.EINVAL);
            client.request(0, Transmission.CMD_FLUSH, 8, 0, 512);
            expect(client, 8, NbdError.EINVAL);
            client.request(0, Transmission.CMD_BLOCK_STATUS, 9, 0, 512);
            expect(client, 9, NbdError.EINVAL);
            client.request(0, Transmission.CMD_READ, 10, 0, 64 << 20);
            expect(client, 10, NbdError.EINVAL);
            client.request(0, Transmission.CMD_CACHE, 11, 0, 512);
            expect(client, 11, NbdError.OK);
            if (form != Form.SIMPLE) {
                client.request(Transmission.FLAG_DF, Transmission.CMD_READ, 12, 0, 1 << 20);
                expect(client, 12, NbdError.EOVERFLOW);
            }
            assertEquals(512, read(client, 13, 0, 512).length);
        }
        assertTrue(rig.lost.isEmpty(), rig.lost.toString());
    }

    @Test
    void zeroesAndTrims_readAsZeroes_alsoBeyondFourGigabytesWithExtendedHeaders() throws IOException {
        long huge = 6L << 30;
        RamDriver driver = new RamDriver(huge, 512);
        rig.offer("huge", rig.add(driver.spec("huge"), driver), false);
        try (RawClient client = RawClient.greeted(uri(), Form.EXTENDED)) {
            client.go("huge");
            write(client, 1, 5L << 30, random(4096), 0);
            expect(client, 1, NbdError.OK);
            client.request(Transmission.FLAG_FAST_ZERO, Transmission.CMD_WRITE_ZEROES, 2, 0, huge);
            expect(client, 2, NbdError.OK);
            assertArrayEquals(new byte[4096], read(client, 3, 5L << 30, 4096));
            write(client, 4, 1 << 20, random(1 << 20), 0);
            expect(client, 4, NbdError.OK);
            client.request(Transmission.FLAG_NO_HOLE, Transmission.CMD_WRITE_ZEROES, 5, 1 << 20, 1 << 20);
            expect(client, 5, NbdError.OK);
            assertArrayEquals(new byte[1 << 20], read(client, 6, 1 << 20, 1 << 20));
            client.request(
                    Transmission.FLAG_NO_HOLE | Transmission.FLAG_FAST_ZERO,
                    Transmission.CMD_WRITE_ZEROES,
                    7,
                    0,
                    1 << 20);
            expect(client, 7, NbdError.ENOTSUP);
            client.request(0, Transmission.CMD_TRIM, 8, 0, huge);
            expect(client, 8, NbdError.OK);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Form.class, names = "SIMPLE", mode = EnumSource.Mode.EXCLUDE)
    void blockStatus_tellsZeroesFromData(Form form) throws IOException {
        try (RawClient client = RawClient.greeted(uri(), form)) {
            byte[] context = Handshake.BASE_ALLOCATION.getBytes(java.nio.charset.StandardCharsets.UTF_8);
            client.option(
                    Handshake.OPT_SET_META_CONTEXT,
                    ByteBuffer.allocate(4 + 4 + 4 + context.length)
                            .putInt(0)
                            .putInt(1)
                            .putInt(context.length)
                            .put(context)
                            .array());
            assertEquals(Handshake.REP_META_CONTEXT, client.reply);
            int id = client.data.getInt();
            client.readReply();
            assertEquals(Handshake.REP_ACK, client.reply);
            client.option(Handshake.OPT_GO, RawClient.goData("ram0"));
            while (client.reply == Handshake.REP_INFO) {
                client.readReply();
            }
            write(client, 1, 1 << 20, random(64 << 10), 0);
            expect(client, 1, NbdError.OK);
            client.request(0, Transmission.CMD_BLOCK_STATUS, 2, 0, 2 << 20);
            client.answer();
            boolean extended = form == Form.EXTENDED;
            assertEquals(
                    extended ? Transmission.CHUNK_BLOCK_STATUS_EXT : Transmission.CHUNK_BLOCK_STATUS,
                    client.header.chunk());
            assertEquals(id, client.data.getInt());
            if (extended) {
                assertEquals(3, client.data.getInt());
            }
            long[][] wanted = {
                {1 << 20, Transmission.STATE_ZERO}, {64 << 10, 0}, {(1 << 20) - (64 << 10), Transmission.STATE_ZERO}
            };
            for (long[] extent : wanted) {
                assertEquals(extent[0], extended ? client.data.getLong() : client.data.getInt());
                assertEquals(extent[1], extended ? client.data.getLong() : client.data.getInt());
            }
            assertFalse(client.data.hasRemaining());
            client.request(Transmission.FLAG_REQ_ONE, Transmission.CMD_BLOCK_STATUS, 3, 1 << 20, 2 << 20);
            client.answer();
            assertEquals(extended ? 24 : 12, client.data.remaining());
        }
    }

    @Test
    void readOnlyExport_refusesEveryChange() throws IOException {
        rig.offer("protected", disk, true);
        try (RawClient client = RawClient.greeted(uri(), Form.STRUCTURED)) {
            client.go("protected");
            write(client, 1, 0, new byte[512], 0);
            expect(client, 1, NbdError.EPERM);
            client.request(0, Transmission.CMD_TRIM, 2, 0, 512);
            expect(client, 2, NbdError.EPERM);
            client.request(0, Transmission.CMD_WRITE_ZEROES, 3, 0, 512);
            expect(client, 3, NbdError.EPERM);
            assertEquals(512, read(client, 4, 0, 512).length);
        }
    }

    @Test
    void diskThatGrows_isLargerForClientsThatAreThere() throws IOException {
        RamDriver driver = new RamDriver(2 << 20, 512);
        Gendisk small = rig.add(driver.spec("small").withReadOnly(false), driver);
        small.resize(1024);
        rig.offer("small", small, false);
        try (RawClient client = RawClient.greeted(uri(), Form.STRUCTURED)) {
            client.go("small");
            client.request(0, Transmission.CMD_READ, 1, 1 << 20, 512);
            expect(client, 1, NbdError.EINVAL);
            small.resize(4096);
            assertEquals(512, read(client, 2, 1 << 20, 512).length);
        }
    }

    @Test
    void sessions_tellWhatTheyDid() throws IOException {
        try (RawClient client = RawClient.going(uri(), Form.STRUCTURED)) {
            write(client, 1, 0, random(4096), 0);
            expect(client, 1, NbdError.OK);
            read(client, 2, 0, 512);
            client.request(0, Transmission.CMD_READ, 3, 1, 1);
            expect(client, 3, NbdError.EINVAL);
            ServerRig.until("counted", () -> rig.server.sessions().get(0).requests() == 3);
            var session = rig.server.sessions().get(0);
            assertEquals("ram0", session.export());
            assertEquals(4096, session.bytesWritten());
            assertEquals(512, session.bytesRead());
            assertEquals(1, session.errors());
            assertEquals("structured", session.replies());
            assertEquals(1, rig.server.exports().get(0).clients());
        }
        ServerRig.until("the session is over", () -> rig.server.sessions().isEmpty());
        ServerRig.until("the disk is closed", () -> rig.server.exports().get(0).clients() == 0);
    }
}
