package org.unplug.block;

/** The device is not there any more. Never thrown for anything else; final for the handle or disk that threw it. */
public final class GoneException extends BlockException {
    private static final long serialVersionUID = 1;

    /** @param what the disk, and what was asked of it */
    public GoneException(String what) {
        super(BlockStatus.GONE, what + ": " + BlockStatus.GONE.text());
    }
}
