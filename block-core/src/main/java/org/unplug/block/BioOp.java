package org.unplug.block;

/** What a bio or request asks for. */
public enum BioOp {
    /** Sectors into memory. */
    READ,
    /** Memory into sectors. */
    WRITE,
    /** Every write that completed before this was submitted becomes durable. */
    FLUSH,
    /** The sectors' content is not needed any more; what they read as afterwards is undefined. */
    DISCARD,
    /** The sectors read as zeroes afterwards. */
    WRITE_ZEROES;

    /** Whether memory is moved. */
    public boolean hasData() {
        return this == READ || this == WRITE;
    }

    /** Whether a write protected disk refuses it. */
    public boolean modifies() {
        return this == WRITE || this == DISCARD || this == WRITE_ZEROES;
    }
}
