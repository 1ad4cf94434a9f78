package org.unplug.lab.explore.scene;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.unplug.nbd.Handshake;
import org.unplug.nbd.NbdError;
import org.unplug.nbd.ReplyHeader;
import org.unplug.nbd.ReplyHeader.Form;
import org.unplug.nbd.RequestHeader;
import org.unplug.nbd.Transmission;

/**
 * A client that is written down byte by byte: looks around and leaves, writes and reads and says good-bye, and vanishes in the middle of
 * a write.
 */
final class Visitor {

    /** Far from what others write. */
    static final long SECTOR = 300;

    private static final int BYTES = 512;

    private final String export;
    private final Form form;
    private final Supplier<Cable> drum;
    private final Notes notes;
    private final ByteBuffer in = ByteBuffer.allocate(4096).limit(0);
    private final byte[] content = new byte[BYTES];
    /** What was asked, by cookie. */
    private final Map<Long, Integer> asked = new HashMap<>();

    private Cable.End wire;
    private long cookie;
    private boolean isDurable;

    /** @param form simple or structured */
    Visitor(String export, Form form, Supplier<Cable> drum, Notes notes) {
        this.export = export;
        this.form = form;
        this.drum = drum;
        this.notes = notes;
        Arrays.fill(content, (byte) 0x5a);
    }

    /** What it wrote and was told to be durable; null if it was not. */
    byte[] durable() {
        return isDurable ? content : null;
    }

    /** A visit that ends as it wants or, when the disk goes, earlier. */
    private interface Visit {
        void pay() throws IOException;
    }

    /** @return why it ended early; null if it did not */
    private String visit(Visit visit) {
        wire = drum.get().client();
        in.clear().limit(0);
        try {
            wire.connect();
            need(Handshake.GREETING_BYTES);
            skip(Handshake.GREETING_BYTES);
            send(ByteBuffer.allocate(Integer.BYTES).putInt(Handshake.FIXED_NEWSTYLE | Handshake.NO_ZEROES));
            visit.pay();
            return null;
        } catch (IOException e) {
            return e.getMessage() == null ? e.toString() : e.getMessage();
        } finally {
            wire.close();
        }
    }

    /** Asks for everything and takes nothing. */
    String looksAround() {
        notes.did(Notes.SERVER, "LIST, INFO, ABORT");
        return visit(() -> {
            option(Handshake.OPT_LIST, new byte[0]);
            option(Handshake.OPT_INFO, choice());
            option(Handshake.OPT_ABORT, new byte[0]);
        });
    }

    /** Writes for good, reads that, and says good-bye behind two requests that are not answered yet. */
    String writesAndReads() {
        notes.did(Notes.SERVER, "GO, WRITE, READ, FLUSH, DISC");
        return visit(() -> {
            if (!opens()) {
                return;
            }
            send(request(Transmission.CMD_WRITE, Transmission.FLAG_FUA), content);
            isDurable = answer(cookie, null) == NbdError.OK;
            boolean isThere = isDurable;
            send(request(Transmission.CMD_READ, 0));
            byte[] read = new byte[BYTES];
            if (answer(cookie, read) == NbdError.OK && isThere && !Arrays.equals(read, content)) {
                notes.broken("R7 a visitor reads something else than it wrote");
            }
            send(
                    request(Transmission.CMD_READ, 0),
                    request(Transmission.CMD_FLUSH, 0),
                    request(Transmission.CMD_DISC, 0));
            for (int i = 0; i < 2; i++) {
                answer(0, read);
            }
            if (more()) {
                notes.broken("R2 the server sends something behind the last reply");
            }
        });
    }

    String vanishes() {
        notes.did(Notes.SERVER, "GO, half a WRITE");
        return visit(() -> {
            if (opens()) {
                send(request(Transmission.CMD_WRITE, 0), Arrays.copyOf(content, BYTES / 2));
            }
        });
    }

    private boolean opens() throws IOException {
        if (form != Form.SIMPLE) {
            option(Handshake.OPT_STRUCTURED_REPLY, new byte[0]);
        }
        return option(Handshake.OPT_GO, choice()) == Handshake.REP_ACK;
    }

    private byte[] choice() {
        byte[] name = export.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(6 + name.length)
                .putInt(name.length)
                .put(name)
                .putShort((short) 0)
                .array();
    }

    /** @return the last reply's kind */
    private int option(int option, byte[] data) throws IOException {
        send(ByteBuffer.allocate(Handshake.OPTION_HEADER_BYTES + data.length)
                .putLong(Handshake.OPTION_MAGIC)
                .putInt(option)
                .putInt(data.length)
                .put(data));
        while (true) {
            need(Handshake.OPTION_REPLY_HEADER_BYTES);
            in.getLong();
            int about = in.getInt();
            int kind = in.getInt();
            int length = in.getInt();
            need(length);
            skip(length);
            if (about != option) {
                notes.broken("R2 option " + option + " is answered by a reply to " + about);
            }
            if (kind == Handshake.REP_ACK || Handshake.isError(kind)) {
                return kind;
            }
        }
    }

    private byte[] request(int command, int flags) {
        ByteBuffer header = ByteBuffer.allocate(RequestHeader.COMPACT_BYTES);
        boolean isPlaced = command == Transmission.CMD_READ || command == Transmission.CMD_WRITE;
        asked.put(++cookie, command);
        RequestHeader.encode(
                header, false, flags, command, cookie, isPlaced ? SECTOR * BYTES : 0, isPlaced ? BYTES : 0);
        return header.array();
    }

    /**
     * Takes a reply, of one chunk or several.
     *
     * @param to the request's cookie; 0 for either of two
     * @param data where a READ's data goes
     */
    private int answer(long to, byte[] data) throws IOException {
        ReplyHeader header = new ReplyHeader();
        int error = NbdError.OK;
        do {
            while (!header.decode(in, form)) {
                needMore();
            }
            if (to != 0 && header.cookie() != to) {
                notes.broken("R2 the server answers " + header.cookie() + " when only " + to + " was asked");
            }
            error = header.isSimple() ? header.error() : error;
            long payload = header.length();
            if (header.isSimple() && error == NbdError.OK && isRead(header.cookie())) {
                payload = BYTES;
            } else if (header.chunk() == Transmission.CHUNK_OFFSET_DATA) {
                need(Long.BYTES);
                skip(Long.BYTES);
                payload -= Long.BYTES;
            } else if (Transmission.isError(header.chunk())) {
                need(Integer.BYTES);
                error = in.getInt(in.position());
            }
            need((int) payload);
            if (payload == BYTES && data != null) {
                in.get(data);
            } else {
                skip((int) payload);
            }
        } while (!header.isDone());
        return error;
    }

    private boolean isRead(long answered) {
        return asked.getOrDefault(answered, Transmission.CMD_DISC) == Transmission.CMD_READ;
    }

    private void send(byte[]... parts) throws IOException {
        for (byte[] part : parts) {
            send(ByteBuffer.allocate(part.length).put(part));
        }
    }

    private void send(ByteBuffer whole) throws IOException {
        ByteBuffer[] all = {whole.flip()};
        while (whole.hasRemaining()) {
            wire.write(all, 0, 1);
        }
    }

    private void skip(int bytes) {
        in.position(in.position() + bytes);
    }

    private void need(int bytes) throws IOException {
        while (in.remaining() < bytes) {
            needMore();
        }
    }

    private void needMore() throws IOException {
        if (!more()) {
            throw new EOFException("the server closed the connection");
        }
    }

    /** Whether there was more before the end. */
    private boolean more() throws IOException {
        in.compact();
        int count = wire.read(in);
        in.flip();
        return count >= 0;
    }
}
