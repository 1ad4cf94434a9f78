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

/** Mutual TLS with certificates made by openssl, against our own wire and against libnbd. */
@Timeout(120)
class TlsTest {

    @TempDir
    static Path directory;

    private static boolean made;
    private ServerRig rig;

    private static synchronized Path certificates() throws Exception {
        Tools.need("openssl");
        if (!made) {
            authority("ca");
            authority("other");
            certificate("server", "ca", directory.resolve("server"));
            certificate("client", "ca", directory.resolve("client"));
            made = true;
        }
        return directory;
    }

    private static void authority(String name) throws Exception {
        Tools.run(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=" + name,
                "-keyout",
                directory.resolve(name + "-authority-key.pem").toString(),
                "-out",
                directory.resolve(name + "-cert.pem").toString());
    }

    /** Into a file named as the role, next to the authority's. */
    private static void certificate(String role, String authority, Path base) throws Exception {
        String request = base + ".csr";
        Path extensions = Files.writeString(
                Path.of(base + ".ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n");
        Tools.run(
                "openssl",
                "req",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-subj",
                "/CN=" + role,
                "-keyout",
                base + "-key.pem",
                "-out",
                request);
        Tools.run(
                "openssl",
                "x509",
                "-req",
                "-in",
                request,
                "-days",
                "2",
                "-CAcreateserial",
                "-extfile",
                extensions.toString(),
                "-CA",
                directory.resolve(authority + "-cert.pem").toString(),
                "-CAkey",
                directory.resolve(authority + "-authority-key.pem").toString(),
                "-out",
                base + "-cert.pem");
    }

    @BeforeEach
    void serve() throws Exception {
        Path certificates = certificates();
        rig = new ServerRig(ServerRig.PATIENT, TlsFiles.server(certificates), "nbds://localhost:0");
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
        Path foreign = Files.createTempDirectory(directory, "foreign");
        Files.copy(directory.resolve("ca-cert.pem"), foreign.resolve("ca-cert.pem"));
        certificate("client", "other", foreign.resolve("client"));
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
