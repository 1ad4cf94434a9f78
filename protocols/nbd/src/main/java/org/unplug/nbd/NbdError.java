package org.unplug.nbd;

import org.unplug.block.BlockStatus;

/** Error numbers on the wire, and what they are to a disk. */
public final class NbdError {

    public static final int OK = 0;
    public static final int EPERM = 1;
    public static final int EIO = 5;
    public static final int ENOMEM = 12;
    public static final int EINVAL = 22;
    public static final int ENOSPC = 28;
    public static final int EOVERFLOW = 75;
    public static final int ENOTSUP = 95;
    public static final int ESHUTDOWN = 108;

    private NbdError() {}

    /** What a server answers where its disk ended a request with this status. */
    public static int of(BlockStatus status) {
        return switch (status) {
            case OK -> OK;
            case GONE -> ESHUTDOWN;
            case PROTECTED -> EPERM;
            case NOSPACE -> ENOSPC;
            case NOTSUPP -> ENOTSUP;
            case AGAIN -> ENOMEM;
            case IOERR, MEDIUM, TIMEOUT -> EIO;
        };
    }

    /** What a client's disk says where the server answered this error. */
    public static BlockStatus toStatus(int error) {
        return switch (error) {
            case OK -> BlockStatus.OK;
            case EPERM -> BlockStatus.PROTECTED;
            case ENOSPC -> BlockStatus.NOSPACE;
            case ENOTSUP -> BlockStatus.NOTSUPP;
            case ENOMEM -> BlockStatus.AGAIN;
            case ESHUTDOWN -> BlockStatus.GONE;
            default -> BlockStatus.IOERR;
        };
    }
}
