package org.unplug.fs;

import java.util.List;

/**
 * What a check of a volume found.
 *
 * @param disk that was checked
 * @param type its variant, as "fat32"
 * @param files how many regular files there are
 * @param directories how many directories, the root included
 * @param findings what was wrong, in the order in which it was found; empty for a volume that is well
 */
public record CheckReport(String disk, String type, long files, long directories, List<Finding> findings) {

    /**
     * One thing that was wrong.
     *
     * @param where path or part of the volume
     * @param what was found, and what was done about it or would be
     * @param repaired whether that was done
     */
    public record Finding(String where, String what, boolean repaired) {}

    public CheckReport {
        findings = List.copyOf(findings);
    }

    /** Whether nothing is wrong, or not any more. */
    public boolean isSound() {
        return findings.stream().allMatch(Finding::repaired);
    }
}
