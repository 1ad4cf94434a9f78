package org.unplug.nbd;

import java.nio.ByteBuffer;

/** The header of a reply: simple, or a chunk, structured or extended. Not for concurrent use. */
public final class ReplyHeader {

    public static final int SIMPLE_BYTES = 16;
    public static final int STRUCTURED_BYTES = 20;
    public static final int EXTENDED_BYTES = 32;

    /** Which of the three forms of reply is spoken on a connection. */
    public enum Form {
        SIMPLE(SIMPLE_BYTES),
        STRUCTURED(STRUCTURED_BYTES),
        EXTENDED(EXTENDED_BYTES);

        private final int bytes;

        Form(int bytes) {
            this.bytes = bytes;
        }

        /** The length of its header. */
        public int bytes() {
            return bytes;
        }
    }

    private boolean simple;
    private int error;
    private int flags;
    private int chunk;
    private long cookie;
    private long offset;
    private long length;

    /**
     * Takes a header off a buffer. A server that agreed to structured replies may still send simple ones where no data
     * follows; one that agreed to extended headers may not.
     *
     * @return false if the buffer holds less than a header; nothing was taken then
     * @throws ProtocolException on a magic number that was not agreed
     */
    public boolean decode(ByteBuffer from, Form agreed) throws ProtocolException {
        if (from.remaining() < SIMPLE_BYTES) {
            return false;
        }
        int at = from.position();
        int magic = from.getInt(at);
        int bytes;
        if (magic == Transmission.SIMPLE_REPLY_MAGIC && agreed != Form.EXTENDED) {
            bytes = SIMPLE_BYTES;
            simple = true;
            error = from.getInt(at + 4);
            flags = Transmission.REPLY_DONE;
            chunk = Transmission.CHUNK_NONE;
            length = 0;
            offset = 0;
        } else if (magic == Transmission.STRUCTURED_REPLY_MAGIC && agreed == Form.STRUCTURED
                || magic == Transmission.EXTENDED_REPLY_MAGIC && agreed == Form.EXTENDED) {
            bytes = agreed.bytes();
            if (from.remaining() < bytes) {
                return false;
            }
            simple = false;
            error = 0;
            flags = from.getShort(at + 4) & 0xffff;
            chunk = from.getShort(at + 6) & 0xffff;
            offset = agreed == Form.EXTENDED ? from.getLong(at + 16) : 0;
            length = agreed == Form.EXTENDED ? from.getLong(at + 24) : from.getInt(at + 16) & 0xffffffffL;
        } else {
            throw new ProtocolException("a reply begins with 0x" + Integer.toHexString(magic));
        }
        cookie = from.getLong(at + 8);
        from.position(at + bytes);
        return true;
    }

    /** Appends a simple reply's header. */
    public static void encodeSimple(ByteBuffer to, long cookie, int error) {
        to.putInt(Transmission.SIMPLE_REPLY_MAGIC).putInt(error).putLong(cookie);
    }

    /**
     * Appends a chunk's header.
     *
     * @param form structured or extended
     * @param offset of the request; only in an extended one
     * @param length of the chunk's payload
     */
    public static void encodeChunk(
            ByteBuffer to, Form form, int flags, int chunk, long cookie, long offset, long length) {
        boolean extended = form == Form.EXTENDED;
        to.putInt(extended ? Transmission.EXTENDED_REPLY_MAGIC : Transmission.STRUCTURED_REPLY_MAGIC);
        to.putShort((short) flags).putShort((short) chunk).putLong(cookie);
        if (extended) {
            to.putLong(offset).putLong(length);
        } else {
            to.putInt((int) length);
        }
    }

    /** Whether it is a simple reply; then {@link #error} says how the request ended, and a READ's data follows. */
    public boolean isSimple() {
        return simple;
    }

    public int error() {
        return error;
    }

    public boolean isDone() {
        return (flags & Transmission.REPLY_DONE) != 0;
    }

    public int chunk() {
        return chunk;
    }

    public long cookie() {
        return cookie;
    }

    public long offset() {
        return offset;
    }

    /** Bytes of the chunk's payload; negative if an extended one exceeds a long. */
    public long length() {
        return length;
    }
}
