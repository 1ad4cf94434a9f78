package org.unplug.block;

/** What a handle is opened for. */
public enum OpenMode {
    /** Only read; the default where neither this nor another mode is given is {@link #WRITE}. */
    READ,
    /** Read and write. */
    WRITE,
    /** Read and write, and nobody else opens this disk exclusively, nor a disk above or below it, meanwhile: what a mount and mkfs take. */
    EXCLUSIVE;

    public boolean writes() {
        return this != READ;
    }
}
