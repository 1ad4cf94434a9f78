package org.unplug.export.nbd.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskState;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.internal.genhd.OwnedDisk;
import org.unplug.driver.ram.RamDriver;
import org.unplug.nbd.Handshake;
import org.unplug.nbd.NbdError;
import org.unplug.nbd.ReplyHeader;
import org.unplug.nbd.ReplyHeader.Form;
import org.unplug.nbd.RequestHeader;
import org.unplug.nbd.Transmission;

/**
 * One session, recorded, with every option and command and a cut in the middle of every message. It is played again and again,
 * and the disk is pulled before its first read or write of the wire, then before its second, and so on to the last.
 */
@Timeout(600)
class PulledAnywhereTest {

    private static final int DISK_BYTES = 2 << 20;
    private static final int LONG_BYTES = SlotPool.PIECE_BYTES + (8 << 10);

    /** What the client sends, in portions, and what it wants to find on the disk by the cookie of the WRITE. */
    private static final class Recording {
        private final Form form;
        private final List<ByteBuffer> portions = new ArrayList<>();
        private final Map<Long, byte[]> written = new LinkedHashMap<>();
        private final Map<Long, Long> places = new HashMap<>();
        private final Map<Long, Integer> dataBytes = new HashMap<>();
        private long cookies;

        Recording(Form form) {
            this.form = form;
            add(ByteBuffer.allocate(4).putInt(Handshake.FIXED_NEWSTYLE | Handshake.NO_ZEROES));
            option(Handshake.OPT_LIST, new byte[0]);
            if (form != Form.SIMPLE) {
                option(
                        form == Form.STRUCTURED ? Handshake.OPT_STRUCTURED_REPLY : Handshake.OPT_EXTENDED_HEADERS,
                        new byte[0]);
                option(
                        Handshake.OPT_SET_META_CONTEXT,
                        "\0\0\0\1d\0\0\0\1\0\0\0\17base:allocation".getBytes(StandardCharsets.ISO_8859_1));
            }
            option(Handshake.OPT_INFO, RawClient.goData("d"));
            option(Handshake.OPT_GO, RawClient.goData("d"));
            write(0, 4096, 0);
            request(Transmission.CMD_READ, 0, 0, 4096);
            write(8192, 1024, Transmission.FLAG_FUA);
            request(Transmission.CMD_FLUSH, 0, 0, 0);
            request(Transmission.CMD_WRITE_ZEROES, 0, 64 << 10, 4096);
            request(Transmission.CMD_TRIM, 0, 128 << 10, 4096);
            request(Transmission.CMD_CACHE, 0, 0, 4096);
            if (form != Form.SIMPLE) {
                request(Transmission.CMD_BLOCK_STATUS, 0, 0, DISK_BYTES);
            }
            write(1 << 20, LONG_BYTES, 0);
            request(Transmission.CMD_READ, 0, 1 << 20, LONG_BYTES);
            request(Transmission.CMD_READ, 0, 0, 512);
            header(Transmission.CMD_DISC, 0, ++cookies, 0, 0);
        }

        /** In two halves, so that something can happen in its middle. */
        private void add(ByteBuffer message) {
            message.flip();
            int half = message.limit() / 2;
            portions.add(message.slice(0, half));
            portions.add(message.slice(half, message.limit() - half));
        }

        private void option(int option, byte[] data) {
            add(ByteBuffer.allocate(16)
                    .putLong(Handshake.OPTION_MAGIC)
                    .putInt(option)
                    .putInt(data.length));
            add(ByteBuffer.allocate(data.length).put(data));
        }

        private void header(int command, int flags, long cookie, long offset, long length) {
            ByteBuffer header = ByteBuffer.allocate(RequestHeader.EXTENDED_BYTES);
            RequestHeader.encode(header, form == Form.EXTENDED, flags, command, cookie, offset, length);
            add(header);
        }

        private void request(int command, int flags, long offset, long length) {
            header(command, flags, ++cookies, offset, length);
            dataBytes.put(cookies, command == Transmission.CMD_READ ? (int) length : 0);
        }

        private void write(long offset, int bytes, int flags) {
            request(
                    Transmission.CMD_WRITE,
                    form == Form.EXTENDED ? flags | Transmission.FLAG_PAYLOAD_LEN : flags,
                    offset,
                    bytes);
            byte[] data = new byte[bytes];
            new Random(offset).nextBytes(data);
            add(ByteBuffer.allocate(bytes).put(data));
            written.put(cookies, data);
            places.put(cookies, offset);
        }

        List<ByteBuffer> fromTheStart() {
            return portions.stream().map(ByteBuffer::duplicate).toList();
        }
    }

    /** How each request was answered, by cookie, in the order of the answers. */
    private static Map<Long, Integer> answers(ByteBuffer sent, Recording recording) throws IOException {
        Map<Long, Integer> answers = new LinkedHashMap<>();
        Map<Long, Integer> errors = new HashMap<>();
        ReplyHeader header = new ReplyHeader();
        while (header.decode(sent, recording.form)) {
            long cookie = header.cookie();
            int error = header.error();
            int payload = (int) header.length();
            if (header.isSimple()) {
                // Cut off in the middle of its data: never answered.
                payload = error == NbdError.OK ? recording.dataBytes.get(cookie) : 0;
            } else if (Transmission.isError(header.chunk())) {
                error = sent.getInt(sent.position());
            }
            if (payload > sent.remaining()) {
                return answers;
            }
            sent.position(sent.position() + payload);
            errors.merge(cookie, error, (before, now) -> before == NbdError.OK ? now : before);
            if (header.isDone()) {
                assertTrue(
                        answers.put(cookie, errors.get(cookie)) == null, "request " + cookie + " was answered twice");
            }
        }
        assertEquals(0, sent.remaining(), "half a reply");
        return answers;
    }

    /** Moves on to the first reply to a request; whether the export was opened. */
    private static boolean skipHandshake(ByteBuffer sent) {
        sent.position(Math.min(Handshake.GREETING_BYTES, sent.limit()));
        while (sent.hasRemaining()) {
            sent.getLong();
            int option = sent.getInt();
            int reply = sent.getInt();
            int length = sent.getInt();
            sent.position(sent.position() + length);
            if (option == Handshake.OPT_GO && reply != Handshake.REP_INFO) {
                return reply == Handshake.REP_ACK;
            }
        }
        return false;
    }

    /** Plays it, and pulls the disk before that call; whether there was such a call. */
    private static boolean play(ServerRig rig, Recording recording, Removal kind, int before) throws IOException {
        RamDriver driver = new RamDriver(DISK_BYTES, 512);
        Gendisk disk = rig.add(driver.spec("d"), driver);
        String name = disk.info().name();
        Exports exports = new Exports();
        Export export = new Export("d", new OwnedDisk(disk, rig.layer.userBundle()), false, 60_000, rig.clockwork);
        exports.add(export);
        List<String> lines = new ArrayList<>();
        Session.Means means = ServerRig.alone(exports, rig.clockwork, lines::add);
        int[] calls = new int[1];
        RemovalReport[] report = new RemovalReport[1];
        RecordedWire wire = new RecordedWire(recording.fromTheStart(), () -> {
            if (calls[0]++ == before) {
                report[0] = disk.remove(kind);
            }
        });
        Session session = new Session(1, "recorded", wire, means, () -> {});
        session.run();

        boolean pulled = report[0] != null;
        if (pulled) {
            assertTrue(report[0].quiet() && report[0].laggards().isEmpty(), report[0].summary());
            assertEquals(DiskState.RELEASED, rig.layer.state(name));
        } else {
            disk.remove(Removal.SURPRISE);
        }
        assertTrue(session.isClosed());
        assertEquals(0, export.clients());
        assertEquals(0, session.info().inFlight());
        assertTrue(lines.size() <= 1, lines.toString());
        ByteBuffer sent = wire.sent();
        if (!skipHandshake(sent)) {
            // It was refused; that it does not take no for an answer is the recording's doing.
            assertTrue(pulled);
            return true;
        }
        Map<Long, Integer> answers = answers(sent, recording);
        if (lines.isEmpty()) {
            assertEquals(recording.cookies - 1, answers.size(), "all but the good-bye are answered");
        } else {
            assertTrue(pulled && lines.get(0).contains("after its reply had begun"), lines.toString());
        }
        onceGone_everythingIs(answers);
        whatWasAnswered_isOnTheDisk(rig, driver, recording, answers);
        return pulled;
    }

    private static void onceGone_everythingIs(Map<Long, Integer> answers) {
        boolean gone = false;
        for (Map.Entry<Long, Integer> answer : answers.entrySet()) {
            assertTrue(
                    answer.getValue() == NbdError.ESHUTDOWN || answer.getValue() == NbdError.OK && !gone,
                    answers.toString());
            gone |= answer.getValue() == NbdError.ESHUTDOWN;
        }
    }

    private static void whatWasAnswered_isOnTheDisk(
            ServerRig rig, RamDriver driver, Recording recording, Map<Long, Integer> answers) throws IOException {
        Gendisk again = rig.add(driver.spec("again"), driver);
        try (DiskHandle handle = rig.layer.open(again.info().name(), Holder.named("auditor"), OpenMode.READ)) {
            for (Map.Entry<Long, byte[]> write : recording.written.entrySet()) {
                if (answers.getOrDefault(write.getKey(), NbdError.EIO) == NbdError.OK) {
                    ByteBuffer found = ByteBuffer.allocate(write.getValue().length);
                    Long place = recording.places.get(write.getKey());
                    assertNotNull(place);
                    handle.read(place / 512, found);
                    assertArrayEquals(write.getValue(), found.array());
                }
            }
        }
        again.remove(Removal.SURPRISE);
    }

    @ParameterizedTest
    @CsvSource({
        "SIMPLE, ORDERLY",
        "SIMPLE, SURPRISE",
        "STRUCTURED, ORDERLY",
        "STRUCTURED, SURPRISE",
        "EXTENDED, ORDERLY",
        "EXTENDED, SURPRISE"
    })
    void diskThatIsPulled_beforeAnyCallOfTheWire_endsTheSessionWell(Form form, Removal kind) throws IOException {
        Recording recording = new Recording(form);
        try (ServerRig rig = new ServerRig(ServerRig.PATIENT)) {
            int before = 0;
            while (play(rig, recording, kind, before)) {
                before++;
            }
            assertTrue(before > recording.portions.size() / 2, before + " places to pull it at");
            assertEquals(List.of(), rig.layer.faults);
        }
    }
}
