package org.unplug.nbd;

/** Numbers of the transmission phase. */
public final class Transmission {

    public static final int REQUEST_MAGIC = 0x25609513;
    public static final int EXTENDED_REQUEST_MAGIC = 0x21e41c71;
    public static final int SIMPLE_REPLY_MAGIC = 0x67446698;
    public static final int STRUCTURED_REPLY_MAGIC = 0x668e33ef;
    public static final int EXTENDED_REPLY_MAGIC = 0x6e8a278c;

    // Transmission flags: what an export can.
    public static final int HAS_FLAGS = 1;
    public static final int READ_ONLY = 1 << 1;
    public static final int SEND_FLUSH = 1 << 2;
    public static final int SEND_FUA = 1 << 3;
    public static final int ROTATIONAL = 1 << 4;
    public static final int SEND_TRIM = 1 << 5;
    public static final int SEND_WRITE_ZEROES = 1 << 6;
    public static final int SEND_DF = 1 << 7;
    public static final int CAN_MULTI_CONN = 1 << 8;
    public static final int SEND_RESIZE = 1 << 9;
    public static final int SEND_CACHE = 1 << 10;
    public static final int SEND_FAST_ZERO = 1 << 11;

    public static final int CMD_READ = 0;
    public static final int CMD_WRITE = 1;
    public static final int CMD_DISC = 2;
    public static final int CMD_FLUSH = 3;
    public static final int CMD_TRIM = 4;
    public static final int CMD_CACHE = 5;
    public static final int CMD_WRITE_ZEROES = 6;
    public static final int CMD_BLOCK_STATUS = 7;

    /** Force unit access: durable when answered. */
    public static final int FLAG_FUA = 1;
    /** WRITE_ZEROES must not deallocate. */
    public static final int FLAG_NO_HOLE = 1 << 1;
    /** READ must be answered in one chunk. */
    public static final int FLAG_DF = 1 << 2;
    /** BLOCK_STATUS wants one extent only. */
    public static final int FLAG_REQ_ONE = 1 << 3;
    /** WRITE_ZEROES must fail with ENOTSUP rather than write. */
    public static final int FLAG_FAST_ZERO = 1 << 4;
    /** With extended headers: the length is that of a payload that follows. */
    public static final int FLAG_PAYLOAD_LEN = 1 << 5;

    /** On a chunk: the last one of its reply. */
    public static final int REPLY_DONE = 1;

    public static final int CHUNK_NONE = 0;
    public static final int CHUNK_OFFSET_DATA = 1;
    public static final int CHUNK_OFFSET_HOLE = 2;
    public static final int CHUNK_BLOCK_STATUS = 5;
    public static final int CHUNK_BLOCK_STATUS_EXT = 6;
    public static final int CHUNK_ERROR = 0x8001;
    public static final int CHUNK_ERROR_OFFSET = 0x8002;

    /** In an extent of {@link Handshake#BASE_ALLOCATION}: not allocated. */
    public static final int STATE_HOLE = 1;
    /** In an extent of {@link Handshake#BASE_ALLOCATION}: reads as zeroes. */
    public static final int STATE_ZERO = 2;

    /** The most payload that a peer must accept where nothing else was agreed: 32 MiB. */
    public static final int DEFAULT_MAX_PAYLOAD = 32 << 20;

    private Transmission() {}

    /** Whether a chunk reports an error. */
    public static boolean isError(int chunk) {
        return (chunk & 0x8000) != 0;
    }

    /** A command's name, for messages. */
    public static String name(int command) {
        return switch (command) {
            case CMD_READ -> "READ";
            case CMD_WRITE -> "WRITE";
            case CMD_DISC -> "DISC";
            case CMD_FLUSH -> "FLUSH";
            case CMD_TRIM -> "TRIM";
            case CMD_CACHE -> "CACHE";
            case CMD_WRITE_ZEROES -> "WRITE_ZEROES";
            case CMD_BLOCK_STATUS -> "BLOCK_STATUS";
            default -> "command " + command;
        };
    }
}
