package org.unplug.lab.explore.scene;

import java.util.Arrays;
import java.util.Locale;

/** What is over the disk. */
enum Shape {
    /** The disk itself is written. */
    RAW,
    /** As RAW, with a driver that never completes every third request. */
    STUCK,
    /** A partition of it is written. */
    PART,
    /** A disk stacked over it, of another bundle, is written. */
    STACK,
    /** A file system is mounted on it. */
    FAT,
    /** It is exported by NBD, and the disk of an NBD client, of another bundle, is written. */
    NBD;

    static Shape named(String text) {
        return Arrays.stream(values())
                .filter(shape -> shape.name().toLowerCase(Locale.ROOT).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no shape '" + text + "'"));
    }
}
