package org.unplug.fs.internal.cluster;

import java.io.IOException;
import java.time.Instant;

/**
 * What differs between the file systems that are trees of directories over clusters: FAT and exFAT. One for each mount. Called
 * with the tree's lock, for writing where something is changed.
 */
public interface Dialect {

    Layout layout();

    Clusters clusters();

    /** In the boot sector or the root directory; empty for none. Called after the root was loaded. */
    String label(Directory root);

    /** The serial number as people write it. */
    String uuid();

    /** Why a name cannot be had; null if it can. */
    String refusal(String name);

    /** The form in which names that mean the same file are equal. */
    String fold(String name);

    /** How large a file can get. */
    long mostFileBytes();

    /** Why not larger, in words. */
    String tooLarge();

    /** The root as nobody has seen it yet. */
    Node root();

    /** Reads a directory. */
    Directory load(Node directory, Tree tree) throws IOException;

    /** The state of a new file or directory. */
    Node.State newState(boolean directory, Instant now);

    /** Writes what a new directory begins with into its first cluster, which is zeroed, in stage DATA. */
    void prepare(Node directory, Node parent, Tree tree) throws IOException;

    /** Whether a directory's entry says how long the directory is. */
    boolean keepsDirectorySizes();

    /** Whether the volume says that it is in use. */
    boolean isMarked() throws IOException;

    /** Makes the volume say that it is, or is not, in use; in stages NAMES and MAP. */
    void mark(boolean dirty) throws IOException;

    /** Distances at which stage MAP is written again. */
    long[] mirrors();

    /** Brings hints of what is free up to date, in stage NAMES; the end of each commit. */
    void writeInfo() throws IOException;

    /** A name that looks as if the greater part of its entries had been lost. */
    boolean isRemnant(Node node);
}
