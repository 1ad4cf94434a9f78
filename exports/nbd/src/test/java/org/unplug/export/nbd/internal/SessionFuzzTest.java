package org.unplug.export.nbd.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.internal.genhd.OwnedDisk;
import org.unplug.driver.ram.RamDriver;
import org.unplug.nbd.Handshake;
import org.unplug.nbd.RequestHeader;
import org.unplug.nbd.Transmission;

/**
 * Whatever a client sends, its session ends, with one line at most, and holds nothing afterwards. In everyday runs over the
 * seeds and what was found; with JAZZER_FUZZ=1 it looks for more.
 */
class SessionFuzzTest {

    /** The first byte says how the rest is cut. */
    private static List<ByteBuffer> cut(byte[] sent) {
        List<ByteBuffer> portions = new ArrayList<>();
        int length = sent.length == 0 ? 1 : 1 + (sent[0] & 0xff) * 8;
        for (int at = 1; at < sent.length; at += length) {
            portions.add(ByteBuffer.wrap(sent, at, Math.min(length, sent.length - at)));
        }
        return portions;
    }

    private static ServerRig rig;
    private static Gendisk disk;
    private static Exports exports;

    private static synchronized void serve() throws IOException {
        if (rig == null) {
            rig = new ServerRig(ServerRig.PATIENT);
            RamDriver driver = new RamDriver(1 << 20, 512);
            disk = rig.add(driver.spec("ram"), driver);
            exports = new Exports();
            exports.add(new Export("a", new OwnedDisk(disk, rig.layer.userBundle()), false, 0, rig.clockwork));
        }
    }

    @FuzzTest
    void anySession_ends_withOneLineAtMost(byte[] sent) throws IOException {
        serve();
        List<String> lines = new ArrayList<>();
        Session.Means means = ServerRig.alone(exports, rig.clockwork, lines::add);
        boolean[] over = new boolean[1];
        Session session = new Session(1, "fuzz", new RecordedWire(cut(sent), () -> {}), means, () -> over[0] = true);
        session.run();
        assertTrue(over[0]);
        assertTrue(lines.size() <= 1, lines.toString());
        assertTrue(lines.stream().noneMatch(line -> line.contains("failed here")), lines.toString());
        assertEquals(0, exports.all().get(0).clients());
        assertEquals(0, session.info().inFlight());
        assertEquals(List.of(), rig.layer.faults);
    }

    /** Writes the seeds anew: sessions that go well, as far as they go. */
    public static void main(String[] args) throws IOException {
        java.nio.file.Path folder = java.nio.file.Path.of(args[0]);
        java.nio.file.Files.createDirectories(folder);
        for (int form = 0; form < 3; form++) {
            ByteBuffer out = ByteBuffer.allocate(64 << 10);
            out.put((byte) (form * 60)).putInt(Handshake.FIXED_NEWSTYLE | Handshake.NO_ZEROES);
            option(out, Handshake.OPT_LIST, new byte[0]);
            if (form > 0) {
                option(out, form == 1 ? Handshake.OPT_STRUCTURED_REPLY : Handshake.OPT_EXTENDED_HEADERS, new byte[0]);
                byte[] context = "\0\0\0\0\0\0\0\1\0\0\0\17base:allocation"
                        .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
                option(out, Handshake.OPT_SET_META_CONTEXT, context);
            }
            option(out, Handshake.OPT_INFO, RawClient.goData("a"));
            option(out, Handshake.OPT_GO, RawClient.goData("a"));
            for (int command = 0; command <= Transmission.CMD_BLOCK_STATUS; command++) {
                if (command != Transmission.CMD_DISC) {
                    boolean write = command == Transmission.CMD_WRITE;
                    boolean flush = command == Transmission.CMD_FLUSH;
                    int flags = write && form == 2 ? Transmission.FLAG_PAYLOAD_LEN : 0;
                    RequestHeader.encode(out, form == 2, flags, command, command, flush ? 0 : 4096, flush ? 0 : 1024);
                    out.put(new byte[write ? 1024 : 0]);
                }
            }
            RequestHeader.encode(out, form == 2, 0, Transmission.CMD_READ, 99, 0, 1 << 20);
            RequestHeader.encode(out, form == 2, 0, Transmission.CMD_DISC, 100, 0, 0);
            byte[] seed = new byte[out.flip().remaining()];
            out.get(seed);
            java.nio.file.Files.write(folder.resolve("seed" + form), seed);
        }
    }

    private static void option(ByteBuffer out, int option, byte[] data) {
        out.putLong(Handshake.OPTION_MAGIC).putInt(option).putInt(data.length).put(data);
    }
}
