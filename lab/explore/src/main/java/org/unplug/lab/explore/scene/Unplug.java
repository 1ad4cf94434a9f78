package org.unplug.lab.explore.scene;

import java.util.Arrays;
import java.util.Locale;

/** How the disk goes. */
enum Unplug {
    /** The driver removes it in order. */
    EJECT,
    /** The device is gone, and then removed: markDead, remove. */
    YANK,
    /** The driver's bundle stops: STOPPING, then STOPPED. */
    STOP,
    /** The device stops to answer, and is gone some time later. */
    DROP,
    /** Two remove it at once, one in order and one by surprise. */
    TWO,
    /** As YANK, and another medium is put in at once. */
    SWAP;

    boolean isOrderly() {
        return this == EJECT || this == STOP;
    }

    /** Whether the device is gone before anybody removes the disk. */
    boolean isSurprise() {
        return this == YANK || this == DROP || this == SWAP;
    }

    static Unplug named(String text) {
        return Arrays.stream(values())
                .filter(kind -> kind.name().toLowerCase(Locale.ROOT).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no way to unplug '" + text + "'"));
    }
}
