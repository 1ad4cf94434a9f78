package org.unplug.lab.explore.engine;

import java.util.List;

/** What is played under a scheduler, once. Made anew for each execution, by the woven classes' loader. */
public interface Scene {

    /** Plays it; runs as the first task. */
    void play();

    /** Which lines of the contract were broken, each with what was seen; asked when every task has ended. */
    List<String> broken();

    /** A number that differs where the states of disk and ledger differ. Asked at each step; must not yield. */
    long probe();
}
