package org.unplug.export.nbd.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.unplug.driver.ram.RamDriver;
import org.unplug.nbd.Handshake;
import org.unplug.nbd.NbdUri;
import org.unplug.nbd.ReplyHeader.Form;
import org.unplug.nbd.TlsFiles;
import org.unplug.nbd.TlsWire;
import org.unplug.nbd.testing.Certificates;

/** Mutual TLS with certificates made by openssl, against our own wire and against libnbd. */
@Timeout(120)
class TlsTest {

    @TempDir
    static Path directory;

    private static Certificates certificates;
    private ServerRig rig;

    private static synchronized Certificates certificates() throws Exception {
        Tools.need("openssl");
        if (certificates == null) {
            certificates = Certificates.in(directory);
        }
        return certificates;
    }

    @BeforeEach
    void serve() throws Exception {
        certificates();
        rig = new ServerRig(ServerRig.PATIENT, TlsFiles.server(directory), "nbds://localhost:0");
        RamDriver driver = new RamDriver(16 << 20, 512);
        rig.offer("ram0", rig.add(driver.spec("ram"), driver), false);
    }

    @AfterEach
    void stop() throws IOException {
        if (rig != null) {
            rig.close();
        }
    }

    private String uri() {
        return rig.uri("ram0") + "?tls-certificates=" + directory;
    }

    @Test
    void libnbd_copiesThereAndBack_encrypted() throws Exception {
        Tools.need("nbdinfo", "nbdcopy", "cmp");
        Path image = Files.write(directory.resolve("image"), new byte[16 << 20]);
        byte[] data = new byte[5 << 20];
        new java.util.Random(1).nextBytes(data);
        Files.write(image, data, java.nio.file.StandardOpenOption.WRITE);
        assertTrue(Tools.run("nbdinfo", uri()).contains("protocol: newstyle-fixed with TLS"));
        Path back = directory.resolve("back");
        Tools.run("nbdcopy", image.toString(), uri());
        Tools.run("nbdcopy", uri(), back.toString());
        Tools.run("cmp", image.toString(), back.toString());
    }

    @Test
    void withoutTls_nothingIsTold() throws Exception {
        try (RawClient client = RawClient.greeted(NbdUri.parse(rig.uri("")), Form.SIMPLE)) {
            client.option(Handshake.OPT_LIST, new byte[0]);
            assertEquals(Handshake.REP_ERR_TLS_REQD, client.reply);
            client.go("ram0");
            assertEquals(Handshake.REP_ERR_TLS_REQD, client.reply);
        }
    }

    @Test
    void bytesBehindStartTls_areNotTakenForEncryptedOnes() throws Exception {
        try (RawClient client = RawClient.greeted(NbdUri.parse(rig.uri("")), Form.SIMPLE)) {
            client.send(ByteBuffer.allocate(32)
                    .putLong(Handshake.OPTION_MAGIC)
                    .putInt(Handshake.OPT_STARTTLS)
                    .putInt(0)
                    .putLong(Handshake.OPTION_MAGIC)
                    .putInt(Handshake.OPT_LIST)
                    .putInt(0));
            assertTrue(client.isCutOff());
            ServerRig.until("one line", () -> rig.lost.size() == 1);
            assertTrue(rig.lost.get(0).contains("data behind STARTTLS"), rig.lost.toString());
        }
    }

    @Test
    void clientThatOthersVouchFor_isTurnedAway() throws Exception {
        Path foreign = certificates().withForeignClient();
        try (RawClient client = RawClient.greeted(NbdUri.parse(rig.uri("")), Form.SIMPLE)) {
            client.option(Handshake.OPT_STARTTLS, new byte[0]);
            assertEquals(Handshake.REP_ACK, client.reply);
            // With TLS 1.3 the client learns of the refusal after its own handshake: at the first read.
            assertThrows(IOException.class, () -> readByTls(client, foreign));
            ServerRig.until("one line", () -> rig.lost.size() == 1);
            assertTrue(rig.lost.get(0).contains("TLS: "), rig.lost.toString());
        }
    }

    private static void readByTls(RawClient client, Path certificates) throws IOException {
        TlsWire wire = TlsWire.client(client.channel, TlsFiles.client(certificates), "localhost");
        if (wire.read(ByteBuffer.allocate(1)) < 0) {
            throw new IOException("closed");
        }
    }

    @Test
    void missingFiles_areNamed() {
        IOException e = assertThrows(IOException.class, () -> TlsFiles.client(directory.resolve("none")));
        assertTrue(e.getMessage().contains("client-key.pem"), e.getMessage());
    }
}
