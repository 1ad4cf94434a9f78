package org.unplug.fs.internal.cluster;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;
import org.unplug.fs.spi.Volume;
import org.unplug.fs.spi.Volume.Stage;

/**
 * Where the slots of a directory are on the disk: in a chain, or in a place that the volume keeps for it. Used by whoever loads the directory,
 * and from then on with the tree's lock for writing.
 */
final class SlotRow {
    private static final int SLOT = Directory.SLOT;

    private final Tree tree;
    private final Node node;
    private final boolean fixed;
    private final int mostSlots;
    private int slots;
    /** Slots from the first to before the end lie together from an offset on: where somebody looked the last time. */
    private int knownFirst;

    private int knownEnd;
    private long knownOffset;

    /** One that has a place of its own. */
    static SlotRow at(long offset, int slots, Node node, Tree tree) {
        return new SlotRow(node, tree, true, slots, slots, offset);
    }

    /** A chain, of which more slots than are allowed are seen up to twice as many, and it gets no longer. */
    static SlotRow inChain(Node node, Tree tree, int mostSlots) throws IOException {
        long total = (long) tree.chain(node).length() * tree.layout().clusterBytes() / SLOT;
        if (total > mostSlots && node.isRoot() || total > 2L * mostSlots) {
            tree.volume()
                    .warn("directory " + node.path() + " has " + total + " entries, "
                            + tree.layout().family() + " allows " + mostSlots);
        }
        if (!node.isRoot() && total == 0) {
            throw tree.layout().damaged(tree.volume().disk().name(), "directory " + node.path() + " has no cluster");
        }
        return new SlotRow(node, tree, false, mostSlots, (int) Math.min(total, 2L * mostSlots), 0);
    }

    private SlotRow(Node node, Tree tree, boolean fixed, int mostSlots, int slots, long offset) {
        this.tree = tree;
        this.node = node;
        this.fixed = fixed;
        this.mostSlots = mostSlots;
        this.slots = slots;
        knownEnd = fixed ? slots : 0;
        knownOffset = offset;
    }

    private Volume volume() {
        return tree.volume();
    }

    int slots() {
        return slots;
    }

    private int perCluster() {
        return tree.layout().clusterBytes() / SLOT;
    }

    private void know(int slot) throws IOException {
        if (slot >= knownFirst && slot < knownEnd) {
            return;
        }
        int perCluster = perCluster();
        Run run = tree.chain(node).find(slot / perCluster, slots / perCluster);
        knownFirst = slot - slot % perCluster;
        knownEnd = (int) Math.min(slots, knownFirst + (long) run.length() * perCluster);
        knownOffset = tree.layout().offset(run.first());
    }

    /** How many slots from one on lie together on the disk. */
    int together(int slot, int want) throws IOException {
        know(slot);
        return Math.min(want, knownEnd - slot);
    }

    /** Where a slot is. */
    long offset(int slot) throws IOException {
        know(slot);
        return knownOffset + (long) (slot - knownFirst) * SLOT;
    }

    /** The first byte of a slot. */
    int mark(int slot) throws IOException {
        return volume().getByte(offset(slot));
    }

    /** Begins to read slots. @return up to where */
    int readAhead(int from, int to) throws IOException {
        int slot = from;
        while (slot < Math.min(to, slots)) {
            int together = together(slot, to - slot);
            volume().readAhead(offset(slot), (long) together * SLOT);
            slot += together;
        }
        return slot;
    }

    /** Reads slots that lie together or not. */
    ByteBuffer read(int first, int count) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(count * SLOT).order(ByteOrder.LITTLE_ENDIAN);
        for (int slot = first; into.hasRemaining(); ) {
            int together = together(slot, count - (slot - first));
            into.limit(into.position() + together * SLOT);
            volume().read(offset(slot), into);
            into.limit(into.capacity());
            slot += together;
        }
        return into.flip();
    }

    /** Writes slots, or the beginning of one, in stage NAMES. */
    void write(int slot, ByteBuffer entries) throws IOException {
        int at = slot;
        while (entries.hasRemaining()) {
            int together = together(at, (entries.remaining() + SLOT - 1) / SLOT);
            int bytes = Math.min(entries.remaining(), together * SLOT);
            volume().write(offset(at), entries.slice(entries.position(), bytes), Stage.NAMES, false, volume().errors());
            entries.position(entries.position() + bytes);
            at += together;
        }
    }

    /** Makes it longer by a cluster. */
    void grow() throws IOException {
        if (fixed) {
            throw new FileSystemException(
                    node.path(), null, "the root directory is full: it has room for " + slots + " entries");
        }
        int perCluster = perCluster();
        if (slots + perCluster > mostSlots) {
            throw new FileSystemException(
                    node.path(),
                    null,
                    "the directory is full: " + tree.layout().family() + " allows " + mostSlots + " entries");
        }
        tree.allotment().zero(tree.allotment().extend(node, 1, 0));
        slots += perCluster;
        tree.directoryGrew(node, (long) slots * SLOT);
    }
}
