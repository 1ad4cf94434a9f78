package org.unplug.export.nbd.internal;

import java.nio.channels.Selector;

/** Where a worker of a {@link Crew} sits, which guards it: a selector that watches a share of the connections. */
final class Desk {

    final Selector selector;
    /** Null while nobody is needed. */
    Worker worker;
    /** Whether somebody asks the selector. */
    boolean asked;
    /** Whether its worker waits there. */
    boolean asleep;

    int members;
    /** Whether the selector has to be asked so that it lets go of who has left. */
    boolean somebodyLeft;

    Desk(Selector selector) {
        this.selector = selector;
    }

    void wake() {
        asleep = false;
        selector.wakeup();
    }
}
