package org.unplug.lab.internal.rig;

import org.unplug.block.Removal;

/** The ways in which a disk is taken away. */
public enum Way {
    /** The low level driver's bundle is stopped. */
    STOP(Removal.ORDERLY, "Bundle.stop()"),
    /** The medium is pulled out. */
    YANK(Removal.SURPRISE, "yank until dead"),
    /** The medium is ejected in order. */
    EJECT(Removal.ORDERLY, "eject()");

    private static final long SYNC_MS = 30_000;
    private static final long DRAIN_MS = 5_000;

    private final Removal kind;
    private final String text;

    Way(Removal kind, String text) {
        this.kind = kind;
        this.text = text;
    }

    public Removal kind() {
        return kind;
    }

    public boolean isOrderly() {
        return kind == Removal.ORDERLY;
    }

    public String text() {
        return text;
    }

    /** The contract's deadline. */
    public long limitNanos() {
        return ((isOrderly() ? SYNC_MS : 0) + DRAIN_MS) * 1_000_000;
    }
}
