package org.unplug.export.nbd.internal;

import java.nio.ByteBuffer;
import org.unplug.nbd.NbdError;
import org.unplug.nbd.ReplyHeader;
import org.unplug.nbd.ReplyHeader.Form;
import org.unplug.nbd.Transmission;

/** Turns operations that are over into bytes, in the form that was agreed. */
final class Replies {

    /** The longest reply without data. */
    static final int MOST_HEAD_BYTES = 48;

    private final Form form;
    private final boolean extended;

    Replies(Form form) {
        this.form = form;
        this.extended = form == Form.EXTENDED;
    }

    /** Whether a reply goes out from the operation's own memory, behind whose header its data is. */
    boolean isFrame(Operation operation) {
        if (operation.slot == null) {
            return false;
        }
        return switch (operation.command) {
            case Transmission.CMD_READ -> operation.error == NbdError.OK || operation.pieces != null;
            case Transmission.CMD_BLOCK_STATUS -> operation.error == NbdError.OK;
            default -> false;
        };
    }

    /**
     * Puts the reply into a list of buffers, of which from position to limit is to be sent: the operation's own memory, and behind it
     * the disk's own where that was lent.
     *
     * @return how many buffers: one or two
     */
    int frame(Operation operation, ByteBuffer[] to, int at) {
        ByteBuffer loan = operation.bio().takeLoan();
        ByteBuffer frame = frame(operation);
        to[at] = frame;
        if (loan == null) {
            return 1;
        }
        frame.limit(Slot.HEADROOM);
        to[at + 1] = loan;
        return 2;
    }

    private ByteBuffer frame(Operation operation) {
        ByteBuffer frame = operation.slot.frame().clear();
        if (operation.command == Transmission.CMD_BLOCK_STATUS) {
            int bytes = operation.extents.bytes(extended);
            int chunk = extended ? Transmission.CHUNK_BLOCK_STATUS_EXT : Transmission.CHUNK_BLOCK_STATUS;
            chunk(frame, operation, chunk, bytes);
            operation.extents.encode(frame, extended);
            return frame.flip();
        }
        if (operation.error != NbdError.OK) {
            error(frame, operation);
            return frame.flip();
        }
        int start = Slot.HEADROOM - (form == Form.SIMPLE ? form.bytes() : form.bytes() + Long.BYTES);
        frame.position(start);
        if (form == Form.SIMPLE) {
            ReplyHeader.encodeSimple(frame, operation.cookie, NbdError.OK);
        } else {
            chunk(frame, operation, Transmission.CHUNK_OFFSET_DATA, Long.BYTES + operation.length);
            frame.putLong(operation.offset);
        }
        return frame.limit(Slot.HEADROOM + (int) operation.length).position(start);
    }

    /** Appends a reply without data. */
    void head(ByteBuffer to, Operation operation) {
        if (form == Form.SIMPLE) {
            ReplyHeader.encodeSimple(to, operation.cookie, operation.error);
        } else if (operation.error != NbdError.OK) {
            error(to, operation);
        } else {
            chunk(to, operation, Transmission.CHUNK_NONE, 0);
        }
    }

    private void error(ByteBuffer to, Operation operation) {
        boolean atOffset = operation.command == Transmission.CMD_READ && operation.pieces != null;
        int type = atOffset ? Transmission.CHUNK_ERROR_OFFSET : Transmission.CHUNK_ERROR;
        chunk(to, operation, type, 6 + (atOffset ? Long.BYTES : 0));
        to.putInt(operation.error).putShort((short) 0);
        if (atOffset) {
            to.putLong(operation.offset);
        }
    }

    private void chunk(ByteBuffer to, Operation operation, int type, long length) {
        int flags = operation.last ? Transmission.REPLY_DONE : 0;
        ReplyHeader.encodeChunk(to, form, flags, type, operation.cookie, operation.requestOffset, length);
    }
}
