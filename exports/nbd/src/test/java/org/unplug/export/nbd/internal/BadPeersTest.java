package org.unplug.export.nbd.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.block.BlockStatus;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.testing.ScriptedDriver;
import org.unplug.driver.ram.RamDriver;
import org.unplug.nbd.Handshake;
import org.unplug.nbd.ReplyHeader.Form;
import org.unplug.nbd.RequestHeader;
import org.unplug.nbd.Transmission;

/** Clients that break the protocol, or stand still: each costs its own connection and one line, and nobody else anything. */
@Timeout(90)
class BadPeersTest {

    private static final Limits SHORT_STALL = new Limits(4, 1 << 20, 0, 120_000, 700, 0, 400, 0);

    private ServerRig rig;

    /** How this is served. */
    ServerRig rig(Limits limits) throws IOException {
        return new ServerRig(limits);
    }

    private void serve(Limits limits) throws IOException {
        rig = rig(limits);
        RamDriver driver = new RamDriver(8 << 20, 512);
        rig.offer("ram0", rig.add(driver.spec("ram"), driver), false);
    }

    @AfterEach
    void stop() throws IOException {
        rig.close();
    }

    private void cutOff(RawClient client, String line) throws IOException {
        assertTrue(client.isCutOff());
        ServerRig.until("one line", () -> rig.lost.size() == 1);
        assertTrue(rig.lost.get(0).contains(line), rig.lost.get(0));
        ServerRig.until("the session is over", () -> rig.server.sessions().isEmpty());
    }

    private void goodClientIsServed() throws IOException {
        try (RawClient good = RawClient.going(rig.server.uri(), Form.STRUCTURED)) {
            good.request(0, Transmission.CMD_READ, 1, 0, 4096);
            good.answer();
            assertEquals(Transmission.CHUNK_OFFSET_DATA, good.header.chunk());
        }
    }

    @Test
    void garbageForAnOption_isCutOff() throws IOException {
        serve(ServerRig.PATIENT);
        try (RawClient client = RawClient.greeted(rig.server.uri(), Form.SIMPLE)) {
            client.send(ByteBuffer.allocate(16).putLong(1).putLong(2));
            cutOff(client, "an option begins with 0x1");
        }
        goodClientIsServed();
    }

    @Test
    void garbageForARequest_isCutOff() throws IOException {
        serve(ServerRig.PATIENT);
        try (RawClient client = RawClient.going(rig.server.uri(), Form.SIMPLE)) {
            client.send(ByteBuffer.allocate(28).putLong(0x0102030405060708L).position(28));
            cutOff(client, "a request begins with 0x1020304");
        }
        goodClientIsServed();
    }

    @Test
    void wholeRequestBeforeGarbage_isCarriedOut() throws IOException {
        serve(ServerRig.PATIENT);
        byte[] sevens = new byte[512];
        Arrays.fill(sevens, (byte) 7);
        try (RawClient client = RawClient.going(rig.server.uri(), Form.SIMPLE)) {
            ByteBuffer both = ByteBuffer.allocate(1024);
            RequestHeader.encode(both, false, 0, Transmission.CMD_WRITE, 1, 0, sevens.length);
            client.send(both.put(sevens).put(new byte[28]));
            cutOff(client, "a request begins with 0x0");
        }
        try (RawClient good = RawClient.going(rig.server.uri(), Form.STRUCTURED)) {
            good.request(0, Transmission.CMD_READ, 1, 0, sevens.length);
            good.answer();
            assertEquals(ByteBuffer.wrap(sevens), good.data.position(good.data.limit() - sevens.length));
        }
    }

    @Test
    void fourGigabytesToBeWritten_areNotWaitedFor() throws IOException {
        serve(ServerRig.PATIENT);
        try (RawClient client = RawClient.going(rig.server.uri(), Form.SIMPLE)) {
            client.request(0, Transmission.CMD_WRITE, 1, 0, 0xffffffffL);
            cutOff(client, "a WRITE with 4294967295 bytes of data");
        }
        goodClientIsServed();
    }

    @Test
    void optionOfFourGigabytes_isNotWaitedFor() throws IOException {
        serve(ServerRig.PATIENT);
        try (RawClient client = RawClient.greeted(rig.server.uri(), Form.SIMPLE)) {
            client.send(ByteBuffer.allocate(16)
                    .putLong(Handshake.OPTION_MAGIC)
                    .putInt(Handshake.OPT_GO)
                    .putInt(-1));
            cutOff(client, "an option with 4294967295 bytes");
        }
    }

    @Test
    void halfAHeader_andSleeping_isCutOffAfterAWhile() throws IOException {
        serve(SHORT_STALL);
        try (RawClient client = RawClient.going(rig.server.uri(), Form.SIMPLE)) {
            client.send(
                    ByteBuffer.allocate(11).putInt(Transmission.REQUEST_MAGIC).position(11));
            goodClientIsServed();
            cutOff(client, "stood still in the middle of a message");
        }
    }

    @Test
    void silenceInTheHandshake_isCutOffAfterAWhile() throws IOException {
        serve(new Limits(4, 1 << 20, 0, 700, 120_000, 0, 400, 0));
        try (RawClient client = new RawClient(rig.server.uri())) {
            cutOff(client, "chose no export");
        }
    }

    @Test
    void silenceBetweenRequests_isEndured_unlessAskedOtherwise() throws IOException {
        serve(new Limits(4, 1 << 20, 0, 120_000, 120_000, 900, 400, 0));
        try (RawClient client = RawClient.going(rig.server.uri(), Form.SIMPLE)) {
            cutOff(client, "asked for nothing for 900 ms");
        }
    }

    @Test
    void millionOptions_areTooMany() throws IOException {
        serve(ServerRig.PATIENT);
        try (RawClient client = RawClient.greeted(rig.server.uri(), Form.SIMPLE)) {
            try {
                for (int i = 0; i < 1_000_000; i++) {
                    client.option(99, new byte[0]);
                }
            } catch (IOException cut) {
                assertTrue(client.isCutOff());
            }
            cutOff(client, "more than 1000 options");
        }
    }

    @Test
    void clientThatVanishesInTheMiddleOfAWrite_leavesNothingBehind() throws IOException {
        serve(ServerRig.PATIENT);
        try (RawClient client = RawClient.going(rig.server.uri(), Form.SIMPLE)) {
            client.request(0, Transmission.CMD_WRITE, 1, 0, 1 << 20);
            client.send(ByteBuffer.allocate(5000).position(5000));
        }
        ServerRig.until("the session is over", () -> rig.server.sessions().isEmpty());
        assertEquals(0, rig.server.exports().get(0).clients());
        assertEquals(1, rig.lost.size(), rig.lost.toString());
        goodClientIsServed();
    }

    @Test
    void clientThatTakesNoReplies_holdsABoundedAmount_andIsCutOff() throws IOException {
        serve(SHORT_STALL);
        try (RawClient client = RawClient.going(rig.server.uri(), Form.STRUCTURED)) {
            ByteBuffer burst = ByteBuffer.allocate(200 * 28);
            for (int i = 0; i < 200; i++) {
                org.unplug.nbd.RequestHeader.encode(burst, false, 0, Transmission.CMD_READ, i, 0, 1 << 20);
            }
            client.send(burst);
            ServerRig.until("it is cut off", () -> rig.lost.size() == 1);
            assertTrue(rig.lost.get(0).contains("did not take its replies"), rig.lost.get(0));
        }
        goodClientIsServed();
    }

    @Test
    void moreConnectionsThanAllowed_areRefused_andOthersServed() throws IOException {
        serve(new Limits(4, 1 << 20, 0, 120_000, 120_000, 0, 400, 0));
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                clients.add(RawClient.going(rig.server.uri(), Form.SIMPLE));
            }
            try (RawClient fifth = new RawClient(rig.server.uri())) {
                assertTrue(fifth.isCutOff());
            }
            assertTrue(rig.lost.get(0).contains("there are 4 connections; refused"), rig.lost.toString());
            clients.get(3).request(0, Transmission.CMD_READ, 1, 0, 512);
            clients.get(3).answer();
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
        ServerRig.until("all are over", () -> rig.server.sessions().isEmpty());
        goodClientIsServed();
    }

    @Test
    void deafClient_doesNotHoldUpADiskThatAnswersLater() throws Exception {
        rig = rig(ServerRig.PATIENT);
        ScriptedDriver driver = new ScriptedDriver(16384);
        Gendisk disk = rig.add(org.unplug.block.spi.DiskSpec.of("slow", 16384), driver);
        rig.offer("slow", disk, false);
        driver.reply(ScriptedDriver.Reply.HOLD);
        try (RawClient client = RawClient.going(rig.server.uri(), Form.STRUCTURED)) {
            ByteBuffer burst = ByteBuffer.allocate(16 * 28);
            for (int i = 0; i < 16; i++) {
                org.unplug.nbd.RequestHeader.encode(burst, false, 0, Transmission.CMD_READ, i, 0, 256 << 10);
            }
            client.send(burst);
            ServerRig.until("all are with the driver", () -> driver.held.size() == 16);
            // Completed here, on the disk's thread: more than any socket takes.
            driver.held.forEach(request -> request.complete(BlockStatus.OK));
            for (int i = 0; i < 16; i++) {
                client.answer();
                assertEquals(8 + (256 << 10), client.data.remaining());
            }
        }
    }

    @Test
    void randomBytes_neverHarmAnybodyElse() throws IOException {
        serve(SHORT_STALL);
        Random random = new Random(42);
        for (int round = 0; round < 60; round++) {
            byte[] noise = new byte[random.nextInt(4096) + 1];
            random.nextBytes(noise);
            Form form = Form.values()[random.nextInt(3)];
            try (RawClient client =
                    random.nextBoolean() ? RawClient.going(rig.server.uri(), form) : new RawClient(rig.server.uri())) {
                client.send(ByteBuffer.allocate(noise.length).put(noise));
                client.channel.shutdownOutput();
                assertTrue(client.isCutOff());
            } catch (IOException cutOffWhileSending) {
                continue;
            }
            goodClientIsServed();
        }
        ServerRig.until("all are over", () -> rig.server.sessions().isEmpty());
        assertEquals(List.of(), rig.layer.faults);
    }
}
