package org.unplug.fs.internal.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The clusters of one file or directory as runs, read from the table as far as somebody asked. Its monitor guards it; changes come
 * from whoever has the file or directory for writing.
 */
public final class Chain {
    private final Clusters table;
    private final Layout layout;
    private int[] starts = new int[2];
    /** Up to which cluster of the file each run reaches. */
    private int[] ends = new int[2];

    private int runs;
    private boolean complete;
    private boolean contiguous;

    private Chain(Clusters table, Layout layout) {
        this.table = table;
        this.layout = layout;
    }

    /** @param first the first cluster, 0 for an empty chain */
    public static Chain linked(Clusters table, Layout layout, int first) throws IOException {
        Chain chain = new Chain(table, layout);
        chain.complete = first == 0;
        if (first != 0) {
            chain.check(first, 1);
            chain.add(first, 1);
        }
        return chain;
    }

    /** Neighbouring clusters that no table links. */
    static Chain contiguous(Clusters table, Layout layout, int first, int length) throws IOException {
        Chain chain = new Chain(table, layout);
        chain.complete = true;
        chain.contiguous = true;
        if (first != 0 && length > 0) {
            chain.check(first, length);
            chain.add(first, length);
        }
        return chain;
    }

    private void check(int first, int length) throws Damaged {
        if (!layout.holds(first) || !layout.holds(first + (long) length - 1)) {
            throw layout.damaged(table.disk(), "a chain begins at cluster " + first + " of " + layout.clusters());
        }
    }

    private int mapped() {
        return runs == 0 ? 0 : ends[runs - 1];
    }

    private void add(int first, int length) {
        if (runs > 0 && starts[runs - 1] + lengthOf(runs - 1) == first) {
            ends[runs - 1] += length;
            return;
        }
        if (runs == starts.length) {
            starts = Arrays.copyOf(starts, runs * 2);
            ends = Arrays.copyOf(ends, runs * 2);
        }
        starts[runs] = first;
        ends[runs] = mapped() + length;
        runs++;
    }

    private int lengthOf(int run) {
        return ends[run] - (run == 0 ? 0 : ends[run - 1]);
    }

    private int lastCluster() {
        return runs == 0 ? 0 : starts[runs - 1] + lengthOf(runs - 1) - 1;
    }

    private void mapTo(int count) throws IOException {
        while (!complete && mapped() < count) {
            int next = table.next(lastCluster());
            if (next == Clusters.END) {
                complete = true;
            } else if (mapped() >= layout.clusters()) {
                throw layout.damaged(table.disk(), "the chain from cluster " + starts[0] + " runs in a circle");
            } else {
                add(next, 1);
            }
        }
    }

    /** How many clusters there are. */
    public synchronized int length() throws IOException {
        mapTo(Integer.MAX_VALUE);
        return mapped();
    }

    /** The last cluster, 0 if there is none. */
    public synchronized int last() throws IOException {
        mapTo(Integer.MAX_VALUE);
        return lastCluster();
    }

    /**
     * The run from a cluster of the file on.
     *
     * @param want how long a run is of use
     * @return null if the chain ends before
     */
    public synchronized Run find(int index, int want) throws IOException {
        try {
            mapTo((int) Math.min(Integer.MAX_VALUE, (long) index + want));
        } catch (Damaged behind) {
            // Whoever needs what is there will be told.
            if (index >= mapped()) {
                throw behind;
            }
        }
        if (index >= mapped()) {
            return null;
        }
        int run = Arrays.binarySearch(ends, 0, runs, index + 1);
        run = run < 0 ? -run - 1 : run;
        int left = ends[run] - index;
        return new Run(starts[run] + lengthOf(run) - left, Math.min(left, want));
    }

    /** Adds what was {@linkplain Clusters#join joined} to the last cluster. */
    synchronized void append(Run run) {
        add(run.first(), run.length());
        complete = true;
    }

    /** Whether no table is needed to follow it. */
    public synchronized boolean isContiguous() {
        return contiguous;
    }

    /** From now on the table says what follows what. */
    public synchronized void becomeLinked() {
        contiguous = false;
    }

    /** Keeps so many clusters; the runs of the others. */
    synchronized List<Run> cut(int keep) throws IOException {
        mapTo(Integer.MAX_VALUE);
        List<Run> rest = new ArrayList<>();
        while (runs > 0 && mapped() > keep) {
            int before = runs == 1 ? 0 : ends[runs - 2];
            int from = Math.max(before, keep);
            rest.add(new Run(starts[runs - 1] + from - before, ends[runs - 1] - from));
            if (from == before) {
                runs--;
            } else {
                ends[runs - 1] = from;
            }
        }
        return rest;
    }
}
