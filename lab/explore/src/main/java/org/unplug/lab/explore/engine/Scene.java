package org.unplug.lab.explore.engine;

/** What is played under a scheduler, once. Made anew for each execution, by the woven classes' loader. */
public interface Scene {

    /** Plays it; runs as the first task. */
    void play();

    /** What came of it; asked when every task has ended. */
    Account account();

    /** A number that differs where the states of disk and ledger differ. Asked at each step; must not yield. */
    long probe();
}
