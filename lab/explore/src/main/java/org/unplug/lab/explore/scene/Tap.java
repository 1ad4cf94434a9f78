package org.unplug.lab.explore.scene;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.unplug.nbd.Handshake;
import org.unplug.nbd.NbdError;
import org.unplug.nbd.ProtocolException;
import org.unplug.nbd.ReplyHeader;
import org.unplug.nbd.ReplyHeader.Form;
import org.unplug.nbd.RequestHeader;
import org.unplug.nbd.Transmission;

/**
 * Listens on an NBD connection: each request is answered once (R2), one that was made after the disk's removal by ESHUTDOWN, and nothing
 * fails otherwise (R1). Knows the protocol by its numbers only; what either end makes of the bytes is not asked.
 */
final class Tap {

    private final Notes notes;
    private final BooleanSupplier isRemoved;
    private final BooleanSupplier isReplaced;
    private final Stream requests = new Stream();
    private final Stream replies = new Stream();
    private final RequestHeader request = new RequestHeader();
    private final ReplyHeader reply = new ReplyHeader();

    /** What was asked and has not been answered, by cookie. */
    private final Map<Long, Asked> asked = new HashMap<>();

    private boolean greeted;
    private boolean hasFlags;
    private boolean transmits;
    private boolean wentLate;
    /** It was another disk's export that was chosen. */
    private boolean isOther;

    private Form form = Form.SIMPLE;
    private int answered;

    private static final class Asked {
        private final int command;
        private final long length;
        private final boolean late;
        private int error = NbdError.OK;

        Asked(int command, long length, boolean late) {
            this.command = command;
            this.length = length;
            this.late = late;
        }
    }

    /**
     * @param isRemoved whether the removal of the disk behind it has returned
     * @param isReplaced whether another disk is exported since then, perhaps under the same name
     */
    Tap(Notes notes, BooleanSupplier isRemoved, BooleanSupplier isReplaced) {
        this.notes = notes;
        this.isRemoved = isRemoved;
        this.isReplaced = isReplaced;
    }

    /** Requests that are not answered. */
    int open() {
        return asked.size();
    }

    /** Requests that were. */
    int answered() {
        return answered;
    }

    /** What has come and not been understood yet, and what need not be. */
    private static final class Stream {
        private ByteBuffer bytes = ByteBuffer.allocate(0);
        private long skip;

        private void add(ByteBuffer more) {
            int past = (int) Math.min(skip, more.remaining());
            skip -= past;
            more.position(more.position() + past);
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            all.write(bytes.array(), bytes.position(), bytes.remaining());
            while (more.hasRemaining()) {
                all.write(more.get());
            }
            bytes = ByteBuffer.wrap(all.toByteArray());
        }

        /** Passes over what is there or comes. */
        private void skip(long count) {
            int past = (int) Math.min(count, bytes.remaining());
            bytes.position(bytes.position() + past);
            skip += count - past;
        }

        private boolean has(int count) {
            return skip == 0 && bytes.remaining() >= count;
        }
    }

    void fromClient(ByteBuffer more) {
        requests.add(more);
        try {
            if (!hasFlags && requests.has(Integer.BYTES)) {
                hasFlags = true;
                requests.skip(Integer.BYTES);
            }
            while (!transmits && requests.has(Handshake.OPTION_HEADER_BYTES)) {
                requests.bytes.getLong();
                wentLate = isRemoved.getAsBoolean();
                requests.bytes.getInt();
                requests.skip(requests.bytes.getInt());
            }
            while (transmits && requests.skip == 0 && request.decode(requests.bytes, form == Form.EXTENDED)) {
                asks();
            }
        } catch (ProtocolException e) {
            notes.broken("R2 on the wire " + e.getMessage());
        }
    }

    private void asks() {
        if (request.command() == Transmission.CMD_DISC) {
            return;
        }
        Asked one = new Asked(request.command(), request.length(), !isOther && isRemoved.getAsBoolean());
        if (asked.put(request.cookie(), one) != null) {
            notes.broken("R2 the client asks twice by one cookie");
        }
        if (request.command() == Transmission.CMD_WRITE) {
            requests.skip(request.length());
        }
    }

    void fromServer(ByteBuffer more) {
        replies.add(more);
        try {
            if (!greeted && replies.has(Handshake.GREETING_BYTES)) {
                greeted = true;
                replies.skip(Handshake.GREETING_BYTES);
            }
            while (!transmits && replies.has(Handshake.OPTION_REPLY_HEADER_BYTES)) {
                optionReply();
            }
            while (transmits && replies.skip == 0 && reply(replies.bytes)) {
                answers();
            }
        } catch (ProtocolException e) {
            notes.broken("R2 on the wire " + e.getMessage());
        }
    }

    private void optionReply() {
        replies.bytes.getLong();
        int option = replies.bytes.getInt();
        int kind = replies.bytes.getInt();
        replies.skip(replies.bytes.getInt());
        if (kind != Handshake.REP_ACK) {
            return;
        }
        switch (option) {
            case Handshake.OPT_STRUCTURED_REPLY -> form = Form.STRUCTURED;
            case Handshake.OPT_EXTENDED_HEADERS -> form = Form.EXTENDED;
            case Handshake.OPT_GO -> {
                transmits = true;
                isOther = isReplaced.getAsBoolean();
                if (wentLate && !isOther) {
                    notes.broken("R1 an export was opened after remove returned");
                }
            }
            default -> {}
        }
    }

    /** A header, and of an error its number as well. */
    private boolean reply(ByteBuffer from) throws ProtocolException {
        int at = from.position();
        if (!reply.decode(from, form)) {
            return false;
        }
        if (Transmission.isError(reply.chunk()) && from.remaining() < Integer.BYTES) {
            from.position(at);
            return false;
        }
        return true;
    }

    private void answers() {
        Asked one = asked.get(reply.cookie());
        if (one == null) {
            notes.broken("R2 a request was answered that nobody has made, or twice");
            replies.skip(reply.length());
            return;
        }
        int error = reply.error();
        long payload = reply.length();
        if (reply.isSimple() && one.command == Transmission.CMD_READ && error == NbdError.OK) {
            payload = one.length;
        } else if (Transmission.isError(reply.chunk())) {
            error = replies.bytes.getInt(replies.bytes.position());
        }
        one.error = one.error == NbdError.OK ? error : one.error;
        replies.skip(payload);
        if (reply.isDone()) {
            asked.remove(reply.cookie());
            answered++;
            judge(one);
        }
    }

    private void judge(Asked one) {
        notes.looked("R2");
        String what = Transmission.name(one.command);
        if (one.error != NbdError.OK && one.error != NbdError.ESHUTDOWN) {
            notes.broken("R1 a " + what + " was answered error " + one.error);
        }
        if (one.late) {
            notes.looked("R1");
            if (one.error != NbdError.ESHUTDOWN) {
                notes.broken("R1 a " + what + " after remove returned was answered " + one.error);
            }
        }
    }
}
