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

    /** What a finding means to whoever has files there. */
    public enum Kind {
        /**
         * What a cut may leave by the contract of consistency (docs/consistency.md, C6): clusters that are not needed, names
         * half made or half taken away, marks and hints. No file that was kept lacks anything, and using the volume on does no harm.
         */
        RESIDUE,
        /** Something that no cut explains: a file or directory has lost content, or would. */
        DAMAGE
    }

    /**
     * One thing that was wrong.
     *
     * @param kind whether a cut explains it
     * @param where path of what it is about, or of the directory with a trailing slash; empty for the volume as a whole
     * @param what was found, and what was done about it or would be
     * @param repaired whether that was done
     */
    public record Finding(Kind kind, String where, String what, boolean repaired) {}

    public CheckReport {
        findings = List.copyOf(findings);
    }

    /** The findings that no cut explains. */
    public List<Finding> damage() {
        return findings.stream().filter(f -> f.kind() == Kind.DAMAGE).toList();
    }

    /** Whether nothing is wrong, or not any more. */
    public boolean isSound() {
        return findings.stream().allMatch(Finding::repaired);
    }
}
