package org.unplug.driver.mirror;

import java.util.List;

/** The legs of one mirror, named by the service property {@code disk.name}. Any thread may call; nothing blocks. */
public interface MirrorControl {

    /** The state of a leg. */
    enum LegState {
        /** Read from and written to. */
        IN_SYNC,
        /** Written to, and being brought up to date. */
        SYNCING,
        /** Gone, or dropped after an error. */
        ABSENT
    }

    /**
     * A leg at some instant.
     *
     * @param disk the name of its disk, or the last one that it had
     * @param staleBytes what must be copied before it is in sync, at the most
     * @param reads how many requests it has answered
     * @param writes how many requests it has taken
     */
    record LegStatus(String disk, LegState state, long staleBytes, long reads, long writes) {}

    List<LegStatus> legs();

    /** Whether every leg is in sync. */
    default boolean isWhole() {
        return legs().stream().allMatch(leg -> leg.state() == LegState.IN_SYNC);
    }
}
