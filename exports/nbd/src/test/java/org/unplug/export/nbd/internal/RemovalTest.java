package org.unplug.export.nbd.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskState;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.testing.ScriptedDriver;
import org.unplug.nbd.Handshake;
import org.unplug.nbd.NbdError;
import org.unplug.nbd.ReplyHeader.Form;
import org.unplug.nbd.Transmission;

/** The disk goes, at each state that a session of its export can be in. */
@Timeout(60)
class RemovalTest {

    private final ScriptedDriver driver = new ScriptedDriver(4096);
    private ServerRig rig;
    private Gendisk disk;
    private Export export;

    @BeforeEach
    void serve() throws IOException {
        serve(ServerRig.PATIENT);
    }

    /** How this is served. */
    ServerRig rig(Limits limits) throws IOException {
        return new ServerRig(limits);
    }

    private void serve(Limits limits) throws IOException {
        rig = rig(limits);
        DiskSpec spec = DiskSpec.of("pulled", 4096).withTimeouts(new DiskSpec.Timeouts(5_000, 2_000, 1_000));
        disk = rig.add(spec, driver);
        export = rig.offer("pulled", disk, false);
    }

    @AfterEach
    void stop() throws IOException {
        rig.close();
        assertEquals(List.of(), rig.layer.faults);
    }

    private RawClient going(Form form) throws IOException {
        return RawClient.going(rig.server.uri(), form);
    }

    private RemovalReport remove(Removal kind) {
        RemovalReport report = disk.remove(kind);
        assertTrue(report.quiet(), report.summary());
        assertEquals(List.of(), report.laggards(), report.summary());
        return report;
    }

    private void released() {
        ServerRig.until("nobody has it open", () -> export.clients() == 0);
        ServerRig.until("it is released", () -> rig.layer.state("pulled0") == DiskState.RELEASED);
    }

    private boolean isCutOffOnceItHasLingered(RawClient client) throws IOException {
        rig.linger.over();
        return client.isCutOff();
    }

    private static int error(RawClient client) throws IOException {
        client.answer();
        return client.header.isSimple() ? client.header.error() : client.data.getInt();
    }

    @ParameterizedTest
    @EnumSource(Removal.class)
    void idleClient_isAnsweredEshutdown_andThenCutOff(Removal kind) throws IOException {
        try (RawClient client = going(Form.STRUCTURED)) {
            assertEquals(1, remove(kind).holdersTold());
            client.request(0, Transmission.CMD_READ, 1, 0, 512);
            assertEquals(NbdError.ESHUTDOWN, error(client));
            client.request(0, Transmission.CMD_TRIM, 2, 0, 512);
            assertEquals(NbdError.ESHUTDOWN, error(client));
            assertTrue(isCutOffOnceItHasLingered(client));
            released();
        }
    }

    @ParameterizedTest
    @EnumSource(Removal.class)
    void clientInTheHandshake_neitherHoldsItUp_norGetsIt(Removal kind) throws IOException {
        try (RawClient client = RawClient.greeted(rig.server.uri(), Form.STRUCTURED)) {
            assertEquals(0, remove(kind).holdersTold());
            rig.server.withdraw(export);
            client.option(Handshake.OPT_GO, RawClient.goData("pulled"));
            assertEquals(Handshake.REP_ERR_UNKNOWN, client.reply);
            released();
        }
    }

    @ParameterizedTest
    @EnumSource(Removal.class)
    void requestsWithTheDriver_areEachAnsweredOnce(Removal kind) throws IOException {
        driver.reply(ScriptedDriver.Reply.HOLD);
        driver.whenCancelled = request -> request.complete(BlockStatus.IOERR);
        try (RawClient client = going(Form.SIMPLE)) {
            for (int i = 0; i < 20; i++) {
                client.request(0, Transmission.CMD_READ, i, i * 512L, 512);
            }
            ServerRig.until("all are with the driver", () -> driver.held.size() == 20);
            remove(kind);
            List<Long> answered = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                assertTrue(error(client) != NbdError.OK);
                answered.add(client.header.cookie());
            }
            assertEquals(20, answered.stream().distinct().count());
            assertTrue(isCutOffOnceItHasLingered(client));
            released();
        }
    }

    @Test
    void requestEndedOverTheDriversHead_keepsItsMemoryOutOfThePool() throws IOException {
        driver.reply(ScriptedDriver.Reply.HOLD);
        try (RawClient client = going(Form.SIMPLE)) {
            client.request(0, Transmission.CMD_READ, 1, 0, 4096);
            ServerRig.until("it is with the driver", () -> driver.held.size() == 1);
            RemovalReport report = disk.remove(Removal.SURPRISE);
            assertEquals(1, report.overTheHead());
            assertEquals(NbdError.ESHUTDOWN, error(client));
            client.request(0, Transmission.CMD_READ, 2, 0, 4096);
            assertEquals(NbdError.ESHUTDOWN, error(client));
            // The driver writes into what it was given, long after: into nobody's memory.
            ByteBuffer late = driver.held.get(0).segment(0);
            late.put(late.position(), (byte) 1);
            driver.held.get(0).complete(BlockStatus.OK);
            assertTrue(isCutOffOnceItHasLingered(client));
            released();
        }
    }

    @Test
    void writeWhoseDataIsHalfHere_isRefusedWhole() throws IOException {
        try (RawClient client = going(Form.SIMPLE)) {
            client.request(0, Transmission.CMD_WRITE, 1, 0, 64 << 10);
            client.send(ByteBuffer.allocate(20_000).position(20_000));
            ServerRig.until("it has begun", () -> rig.server.sessions().get(0).inFlight() == 1);
            remove(Removal.ORDERLY);
            client.send(ByteBuffer.allocate((64 << 10) - 20_000).position((64 << 10) - 20_000));
            assertEquals(NbdError.ESHUTDOWN, error(client));
            assertTrue(isCutOffOnceItHasLingered(client));
            released();
        }
    }

    @Test
    void hardRemoval_cutsOffAtOnce() throws IOException {
        rig.close();
        serve(new Limits(8, 1 << 20, 0, 120_000, 120_000, 0, 0, 0));
        try (RawClient client = going(Form.SIMPLE)) {
            remove(Removal.ORDERLY);
            assertTrue(client.isCutOff());
            released();
        }
    }

    @Test
    void clientThatTakesNoReplies_doesNotHoldUpTheRemoval() throws IOException {
        try (RawClient client = going(Form.STRUCTURED)) {
            for (int i = 0; i < 100; i++) {
                client.request(0, Transmission.CMD_READ, i, 0, 1 << 20);
            }
            RemovalReport report = remove(Removal.ORDERLY);
            assertTrue(report.synced(), report.summary());
            rig.linger.over();
            released();
            assertTrue(rig.lost.get(0).contains("export pulled is gone"), rig.lost.toString());
        }
    }

    @Test
    void exclusiveHolder_keepsClientsOut_andClientsKeepItOut() throws IOException {
        try (RawClient client = going(Form.SIMPLE)) {
            org.unplug.block.BlockException busy = org.junit.jupiter.api.Assertions.assertThrows(
                    org.unplug.block.BlockException.class,
                    () -> rig.layer.open(
                            "pulled0", org.unplug.block.Holder.named("mkfs"), org.unplug.block.OpenMode.EXCLUSIVE));
            assertTrue(busy.getMessage().contains("nbd export pulled"), busy.getMessage());
        }
        ServerRig.until("it is closed", () -> export.clients() == 0);
        try (var mount = rig.layer.open(
                        "pulled0", org.unplug.block.Holder.named("vfat"), org.unplug.block.OpenMode.EXCLUSIVE);
                RawClient client = RawClient.greeted(rig.server.uri(), Form.SIMPLE)) {
            client.go("pulled");
            assertEquals(Handshake.REP_ERR_POLICY, client.reply);
            String why =
                    java.nio.charset.StandardCharsets.UTF_8.decode(client.data).toString();
            assertTrue(why.contains("vfat"), why);
            assertEquals("pulled0", mount.info().name());
        }
    }
}
