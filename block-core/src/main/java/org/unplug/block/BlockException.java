package org.unplug.block;

import java.io.IOException;

/** A blocking request that failed, with the status it failed with. */
public class BlockException extends IOException {
    private static final long serialVersionUID = 1;

    private final BlockStatus status;

    public BlockException(BlockStatus status, String message) {
        super(message);
        this.status = status;
    }

    public BlockStatus status() {
        return status;
    }

    /** The exception that fits a status other than OK: a {@link GoneException} for GONE. */
    public static BlockException of(BlockStatus status, String what) {
        return status == BlockStatus.GONE
                ? new GoneException(what)
                : new BlockException(status, what + ": " + status.text());
    }
}
