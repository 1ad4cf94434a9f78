package org.unplug.export.nbd.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.driver.ram.RamDriver;
import org.unplug.nbd.Handshake;
import org.unplug.nbd.ReplyHeader.Form;
import org.unplug.nbd.Transmission;

/** Options, by a client that says exactly what it wants. */
@Timeout(60)
class NegotiationTest {

    private ServerRig rig;

    @BeforeEach
    void serve() throws IOException {
        rig = new ServerRig(ServerRig.PATIENT);
        for (String name : List.of("a", "b")) {
            RamDriver driver = new RamDriver(1 << 20, name.equals("a") ? 512 : 4096);
            rig.offer(name, rig.add(driver.spec("ram"), driver), name.equals("b"));
        }
    }

    @AfterEach
    void stop() throws IOException {
        rig.close();
    }

    private RawClient client() throws IOException {
        return RawClient.greeted(rig.server.uri(), Form.SIMPLE);
    }

    @Test
    void list_namesEveryExport() throws IOException {
        try (RawClient client = client()) {
            List<String> names = new ArrayList<>();
            client.option(Handshake.OPT_LIST, new byte[0]);
            while (client.reply == Handshake.REP_SERVER) {
                byte[] name = new byte[client.data.getInt()];
                client.data.get(name);
                names.add(new String(name, StandardCharsets.UTF_8));
                client.readReply();
            }
            assertEquals(Handshake.REP_ACK, client.reply);
            assertEquals(List.of("a", "b"), names);
            client.option(Handshake.OPT_LIST, new byte[1]);
            assertEquals(Handshake.REP_ERR_INVALID, client.reply);
        }
    }

    @Test
    void info_tellsWhatGoWould_andOpensNothing() throws IOException {
        try (RawClient client = client()) {
            client.option(Handshake.OPT_INFO, RawClient.goData("b"));
            assertEquals(Handshake.REP_INFO, client.reply);
            assertEquals(Handshake.INFO_EXPORT, client.data.getShort());
            assertEquals(1 << 20, client.data.getLong());
            int flags = client.data.getShort();
            assertTrue((flags & Transmission.READ_ONLY) != 0);
            assertTrue((flags & Transmission.CAN_MULTI_CONN) != 0);
            assertFalse((flags & Transmission.SEND_DF) != 0, "no chunks were agreed to");
            client.readReply();
            assertEquals(Handshake.INFO_BLOCK_SIZE, client.data.getShort());
            assertEquals(4096, client.data.getInt());
            client.readReply();
            assertEquals(Handshake.REP_ACK, client.reply);
            assertEquals(0, rig.server.exports().get(1).clients());
        }
    }

    @Test
    void unknownExportsAndOptions_areRefused_andTheHaggleGoesOn() throws IOException {
        try (RawClient client = client()) {
            client.go("nothing");
            assertEquals(Handshake.REP_ERR_UNKNOWN, client.reply);
            client.go("");
            assertEquals(Handshake.REP_ERR_UNKNOWN, client.reply, "there are two");
            client.option(99, new byte[3]);
            assertEquals(Handshake.REP_ERR_UNSUP, client.reply);
            client.option(Handshake.OPT_STARTTLS, new byte[0]);
            assertEquals(Handshake.REP_ERR_POLICY, client.reply);
            client.option(Handshake.OPT_GO, new byte[] {0, 0, 0, 9, 1});
            assertEquals(Handshake.REP_ERR_INVALID, client.reply);
            client.option(Handshake.OPT_GO, new byte[0]);
            assertEquals(Handshake.REP_ERR_INVALID, client.reply);
            client.option(Handshake.OPT_LIST, new byte[100_000]);
            assertEquals(Handshake.REP_ERR_TOO_BIG, client.reply);
            client.option(Handshake.OPT_SET_META_CONTEXT, new byte[8]);
            assertEquals(Handshake.REP_ERR_INVALID, client.reply, "no chunks were agreed to");
            client.go("a");
            assertEquals(Handshake.REP_ACK, client.reply);
        }
        assertTrue(rig.lost.isEmpty(), rig.lost.toString());
    }

    @Test
    void exportName_theOldWay_isAnsweredWithZeroesUnlessAgreedOtherwise() throws IOException {
        for (boolean noZeroes : new boolean[] {true, false}) {
            try (RawClient client = new RawClient(rig.server.uri())) {
                client.read(Handshake.GREETING_BYTES);
                int flags = Handshake.FIXED_NEWSTYLE | (noZeroes ? Handshake.NO_ZEROES : 0);
                client.send(ByteBuffer.allocate(4).putInt(flags));
                client.send(ByteBuffer.allocate(17)
                        .putLong(Handshake.OPTION_MAGIC)
                        .putInt(Handshake.OPT_EXPORT_NAME)
                        .putInt(1)
                        .put((byte) 'a'));
                ByteBuffer answer = client.read(noZeroes ? 10 : 10 + Handshake.ZEROES_BYTES);
                assertEquals(1 << 20, answer.getLong());
                client.request(0, Transmission.CMD_READ, 3, 0, 512);
                client.answer();
                assertEquals(3, client.header.cookie());
                client.read(512);
            }
        }
    }

    @Test
    void abort_isAcknowledgedAndEnds() throws IOException {
        try (RawClient client = client()) {
            client.option(Handshake.OPT_ABORT, new byte[0]);
            assertEquals(Handshake.REP_ACK, client.reply);
            assertTrue(client.isCutOff());
        }
        assertTrue(rig.lost.isEmpty(), rig.lost.toString());
    }
}
