package org.unplug.nbd;

/** Numbers of the handshake and option haggling, "fixed newstyle" only. */
public final class Handshake {

    /** "NBDMAGIC", first in the server's greeting. */
    public static final long MAGIC = 0x4e42444d41474943L;
    /** "IHAVEOPT", in the greeting and before each option. */
    public static final long OPTION_MAGIC = 0x49484156454F5054L;
    /** Before each reply to an option. */
    public static final long OPTION_REPLY_MAGIC = 0x3e889045565a9L;
    /** Where an oldstyle server's greeting has this instead of {@link #OPTION_MAGIC}. */
    public static final long OLDSTYLE_MAGIC = 0x00420281861253L;

    /** Server's flag, and the client's answer: fixed newstyle. */
    public static final int FIXED_NEWSTYLE = 1;
    /** Server's flag, and the client's answer: no 124 zero bytes after the answer to EXPORT_NAME. */
    public static final int NO_ZEROES = 2;

    public static final int GREETING_BYTES = 18;
    public static final int OPTION_HEADER_BYTES = 16;
    public static final int OPTION_REPLY_HEADER_BYTES = 20;
    /** What follows the answer to EXPORT_NAME unless {@link #NO_ZEROES} was agreed. */
    public static final int ZEROES_BYTES = 124;
    /** The longest string there may be: an export's name, a description, a context. */
    public static final int MAX_STRING_BYTES = 4096;

    public static final int OPT_EXPORT_NAME = 1;
    public static final int OPT_ABORT = 2;
    public static final int OPT_LIST = 3;
    public static final int OPT_STARTTLS = 5;
    public static final int OPT_INFO = 6;
    public static final int OPT_GO = 7;
    public static final int OPT_STRUCTURED_REPLY = 8;
    public static final int OPT_LIST_META_CONTEXT = 9;
    public static final int OPT_SET_META_CONTEXT = 10;
    public static final int OPT_EXTENDED_HEADERS = 11;

    public static final int REP_ACK = 1;
    public static final int REP_SERVER = 2;
    public static final int REP_INFO = 3;
    public static final int REP_META_CONTEXT = 4;

    public static final int REP_ERR_UNSUP = 0x80000001;
    public static final int REP_ERR_POLICY = 0x80000002;
    public static final int REP_ERR_INVALID = 0x80000003;
    public static final int REP_ERR_PLATFORM = 0x80000004;
    public static final int REP_ERR_TLS_REQD = 0x80000005;
    public static final int REP_ERR_UNKNOWN = 0x80000006;
    public static final int REP_ERR_SHUTDOWN = 0x80000007;
    public static final int REP_ERR_BLOCK_SIZE_REQD = 0x80000008;
    public static final int REP_ERR_TOO_BIG = 0x80000009;
    public static final int REP_ERR_EXT_HEADER_REQD = 0x8000000A;

    public static final int INFO_EXPORT = 0;
    public static final int INFO_NAME = 1;
    public static final int INFO_DESCRIPTION = 2;
    public static final int INFO_BLOCK_SIZE = 3;

    /** The one metadata context that we know. */
    public static final String BASE_ALLOCATION = "base:allocation";

    private Handshake() {}

    /** Whether an option's reply is an error. */
    public static boolean isError(int reply) {
        return reply < 0;
    }

    /** An option's reply in words, for messages. */
    public static String text(int reply) {
        return switch (reply) {
            case REP_ERR_UNSUP -> "not supported";
            case REP_ERR_POLICY -> "forbidden by policy";
            case REP_ERR_INVALID -> "invalid request";
            case REP_ERR_PLATFORM -> "not supported on its platform";
            case REP_ERR_TLS_REQD -> "TLS is required";
            case REP_ERR_UNKNOWN -> "no such export";
            case REP_ERR_SHUTDOWN -> "the server is shutting down";
            case REP_ERR_BLOCK_SIZE_REQD -> "block sizes must be asked for";
            case REP_ERR_TOO_BIG -> "the request is too big";
            case REP_ERR_EXT_HEADER_REQD -> "extended headers are required";
            default -> "reply 0x" + Integer.toHexString(reply);
        };
    }
}
