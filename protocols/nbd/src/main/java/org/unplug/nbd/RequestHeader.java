package org.unplug.nbd;

import java.nio.ByteBuffer;

/** The header of a request, compact or extended; an object to decode into again and again. Not for concurrent use. */
public final class RequestHeader {

    public static final int COMPACT_BYTES = 28;
    public static final int EXTENDED_BYTES = 32;

    private int flags;
    private int command;
    private long cookie;
    private long offset;
    private long length;

    /**
     * Takes a header off a buffer.
     *
     * @param extended whether extended headers were agreed
     * @return false if the buffer holds less than a header; nothing was taken then
     * @throws ProtocolException on a wrong magic number
     */
    public boolean decode(ByteBuffer from, boolean extended) throws ProtocolException {
        int bytes = bytes(extended);
        if (from.remaining() < bytes) {
            return false;
        }
        int at = from.position();
        int magic = from.getInt(at);
        if (magic != (extended ? Transmission.EXTENDED_REQUEST_MAGIC : Transmission.REQUEST_MAGIC)) {
            throw new ProtocolException("a request begins with 0x" + Integer.toHexString(magic));
        }
        flags = from.getShort(at + 4) & 0xffff;
        command = from.getShort(at + 6) & 0xffff;
        cookie = from.getLong(at + 8);
        offset = from.getLong(at + 16);
        length = extended ? from.getLong(at + 24) : from.getInt(at + 24) & 0xffffffffL;
        from.position(at + bytes);
        return true;
    }

    /** Appends a header to a buffer with room for it. */
    public static void encode(
            ByteBuffer to, boolean extended, int flags, int command, long cookie, long offset, long length) {
        to.putInt(extended ? Transmission.EXTENDED_REQUEST_MAGIC : Transmission.REQUEST_MAGIC);
        to.putShort((short) flags).putShort((short) command);
        to.putLong(cookie).putLong(offset);
        if (extended) {
            to.putLong(length);
        } else {
            to.putInt((int) length);
        }
    }

    public static int bytes(boolean extended) {
        return extended ? EXTENDED_BYTES : COMPACT_BYTES;
    }

    public int flags() {
        return flags;
    }

    public int command() {
        return command;
    }

    /** The client's own mark of this request, which the reply bears. */
    public long cookie() {
        return cookie;
    }

    /** Unsigned on the wire; a negative value is out of any range. */
    public long offset() {
        return offset;
    }

    /** In bytes; up to 4 GiB - 1 in a compact header, and negative if an extended one exceeds a long. */
    public long length() {
        return length;
    }
}
