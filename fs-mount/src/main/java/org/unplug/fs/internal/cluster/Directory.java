package org.unplug.fs.internal.cluster;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.unplug.fs.spi.Volume;

/**
 * The content of a directory, loaded whole and indexed, so that looking up, adding and deleting take no search on the disk.
 * It is a row of slots of 32 bytes; a node's entries stand in neighbouring ones. Changes need the tree's lock for writing,
 * everything else the same lock for reading.
 */
public abstract class Directory {
    /** The bytes of a slot. */
    public static final int SLOT = 32;
    /** The first byte of a slot behind which nothing stands. */
    protected static final int END = 0x00;

    private static final int CHUNK = 64 * 1024;
    private static final int MOST_AHEAD = 256 * 1024;

    protected final Node node;
    protected final Tree tree;
    private final int mostSlots;
    private final NameIndex byName = new NameIndex();
    private final SlotIndex bySlot = new SlotIndex();
    private final Set<String> leaving = new HashSet<>();
    /** What was erased since the last commit: the disk may have it still. */
    private final Map<String, Place> erased = new HashMap<>();

    /** Of those that are not the name itself. */
    private final Set<Object> erasedAliases = new HashSet<>();

    private final BitSet used = new BitSet();
    /** For each length the lowest slot from which so many may be free. */
    private final int[] lowest;

    private SlotRow row;

    /**
     * @param mostOfEntry how many slots one node can take
     * @param mostSlots how many the directory can have
     */
    protected Directory(Node node, Tree tree, int mostOfEntry, int mostSlots) {
        this.node = node;
        this.tree = tree;
        this.mostSlots = mostSlots;
        lowest = new int[mostOfEntry + 1];
    }

    /** Takes in a slot that is not the end. The bytes are the caller's. */
    protected abstract void meet(ByteBuffer from, int at, int slot);

    /** The whole of a node's entries, ready to be read, with the place's alias. */
    protected abstract ByteBuffer entriesOf(Node child) throws IOException;

    /** Writes a node's state into its entries. */
    protected abstract void update(Node child) throws IOException;

    /** The first byte of a slot that is deleted and was this. */
    protected abstract int deleted(int mark);

    /** A second name for a new entry of this name, or null. */
    protected abstract Object aliasFor(String name);

    /** The second name of entries that are spelled anew, which is the same but for its own spelling; or null. */
    protected abstract Object aliasFor(String name, Place spelledAnew);

    /** The parent of this directory is another one now. */
    protected abstract void moved(Node newParent) throws IOException;

    /** Whether so many slots from one on are a good place for the entries of one node. */
    protected boolean fits(int slot, int count) {
        return true;
    }

    /** How many slots there are if the directory has a place of its own on the volume; 0 if it is a chain. */
    protected int fixedSlots() {
        return 0;
    }

    /** Where such a place is. */
    protected long fixedOffset() {
        throw new IllegalStateException("directory " + node.path() + " is a chain");
    }

    /** To be called once by whoever makes this. */
    public Directory read() throws IOException {
        row = fixedSlots() > 0
                ? SlotRow.at(fixedOffset(), fixedSlots(), node, tree)
                : SlotRow.inChain(node, tree, mostSlots);
        int slots = row.slots();
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
        int ahead = 0;
        for (int slot = 0; slot < slots; ) {
            int together = row.together(slot, CHUNK / SLOT);
            ahead = row.readAhead(Math.max(ahead, slot), slot + together + mostAhead());
            chunk.clear().limit(together * SLOT);
            volume().read(row.offset(slot), chunk);
            for (int i = 0; i < together; i++, slot++) {
                if ((chunk.get(i * SLOT) & 0xFF) == END) {
                    return this;
                }
                meet(chunk, i * SLOT, slot);
            }
        }
        return this;
    }

    private int mostAhead() {
        return (int) Math.min(MOST_AHEAD, volume().cacheBytes() / 8) / SLOT;
    }

    /** A slot that is neither free nor the end. */
    protected final void use(int slot) {
        used.set(slot);
    }

    /** Lists a node that was read; an earlier one of the same name stays the one that is found. */
    protected void found(Node child) {
        bySlot.put(child.place().last(), child);
        byName.putIfAbsent(child);
    }

    private Volume volume() {
        return tree.volume();
    }

    int size() {
        return bySlot.size();
    }

    boolean isEmpty() {
        return bySlot.isEmpty();
    }

    /** In the order on the disk. */
    List<Node> nodes() {
        return bySlot.nodes();
    }

    /** The node of a name, or null. */
    protected Node get(String name) {
        return byName.get(tree.fold(name));
    }

    /**
     * Writes the entries of a node that has a name and a state, and lists it.
     *
     * @throws FileSystemException if the directory cannot take it; nothing was changed then
     */
    void add(Node child) throws IOException {
        ByteBuffer entries = entriesOf(child);
        int count = entries.remaining() / SLOT;
        Place returning = returning(child.name());
        int first = returning == null ? place(count) : returning.first();
        boolean atEnd = used.length() <= first;
        for (int gap = used.length(); gap < first; gap++) {
            // Nothing may stand behind an end.
            if (row.mark(gap) == END) {
                write(gap, ByteBuffer.wrap(new byte[] {(byte) deleted(END)}));
            }
        }
        write(first, entries);
        int next = first + count;
        if (atEnd && next < row.slots() && row.mark(next) != END) {
            // The specification lets anything stand behind the end mark, and the mark was just overwritten.
            write(next, ByteBuffer.allocate(SLOT));
        }
        used.set(first, next);
        child.setPlace(child.place().at(first, next - 1));
        remember(child);
    }

    /** Takes a node from the index and marks its entries deleted. */
    void remove(Node child) throws IOException {
        forget(child);
        erase(child.place());
    }

    /** Takes a node from the index only. */
    protected void forget(Node child) {
        bySlot.remove(child.place().last(), child);
        byName.remove(child);
    }

    /** Undoes {@link #forget}. */
    protected void remember(Node child) {
        bySlot.put(child.place().last(), child);
        byName.put(child);
    }

    /** The entries of what was forgotten stay for a while: its name is not to be used before they go. */
    protected void leaving(Place place) {
        leaving.add(place.folded());
    }

    /** Undoes {@link #leaving}. */
    protected void left(Place place) {
        leaving.remove(place.folded());
    }

    /** Whether a name, in the form in which names that mean the same are equal, is somebody's, or may be on the disk still. */
    protected final boolean isUsed(String folded) {
        return byName.get(folded) != null || leaving.contains(folded) || erased.containsKey(folded);
    }

    /** Whether a name may still be on the disk, such that a new entry of it could be there beside the old one after a cut. */
    boolean isStillThere(String name) {
        String folded = tree.fold(name);
        return leaving.contains(folded) || erased.containsKey(folded) && returning(name) == null;
    }

    /** What a node that is to have a name here begins with. */
    Place newPlace(String name) {
        return new Place(node, name, tree.fold(name), aliasFor(name), 0, 0);
    }

    /** What one that has another spelling of a name here begins with. */
    Place newPlace(String name, Place spelledAnew) {
        return new Place(node, name, spelledAnew.folded(), aliasFor(name, spelledAnew), 0, 0);
    }

    /** Where this very name was erased since the last commit, if its slots are free: new entries go there, over the old ones. Or null. */
    protected final Place returning(String name) {
        Place was = erased.get(tree.fold(name));
        boolean fits = was != null
                && was.name().equals(name)
                && used.get(was.first(), was.last() + 1).isEmpty();
        return fits ? was : null;
    }

    /** Whether the disk may have entries with this alias that were erased since the last commit. */
    protected final boolean isErased(Object alias) {
        return erasedAliases.contains(alias);
    }

    /** What was erased is so on the disk. */
    void committed() {
        erased.clear();
        erasedAliases.clear();
    }

    /** Marks the entries of what was forgotten deleted. */
    void erase(Place place) throws IOException {
        markDeleted(place.first(), place.last() + 1);
        freed(place.first(), place.last() + 1);
        left(place);
        erased.put(place.folded(), place);
        if (place.hasOwnAlias()) {
            erasedAliases.add(place.alias());
        }
        tree.commit().erased(this);
    }

    private void freed(int from, int to) {
        used.clear(from, to);
        for (int length = 1; length < lowest.length; length++) {
            lowest[length] = Math.min(lowest[length], Math.max(0, from - length + 1));
        }
    }

    /** In one write, so that nothing of a name is written back alone. */
    private void markDeleted(int from, int to) throws IOException {
        if (to - from == 1) {
            write(from, ByteBuffer.wrap(new byte[] {(byte) deleted(row.mark(from))}));
        } else if (from < to) {
            ByteBuffer entries = row.read(from, to - from);
            for (int at = 0; at < entries.limit(); at += SLOT) {
                entries.put(at, (byte) deleted(entries.get(at) & 0xFF));
            }
            row.write(from, entries);
        }
    }

    /** Gives a node the entries of another one that has the name it is to have: one sector, so it is the one or the other. */
    void takeOver(Node child, Node replaced) throws IOException {
        child.setPlace(replaced.place());
        // If that fails the caller puts both back: neither may be listed meanwhile.
        update(child);
        remember(child);
    }

    /**
     * Gives a node another spelling of its name in the entries that it has, so that no cut leaves two names.
     *
     * @param spelling what its place is to be, but for the slots
     * @return false if they cannot take it in one step: nothing was changed then
     */
    boolean respell(Node child, Place spelling) throws IOException {
        Place old = child.place();
        child.setPlace(spelling.at(old.first(), old.last()));
        ByteBuffer entries = entriesOf(child);
        int first = old.last() + 1 - entries.remaining() / SLOT;
        boolean free = first >= 0
                && (first >= old.first() || used.get(first, old.first()).isEmpty());
        if (!free || !takesSpelling(first, old.last())) {
            child.setPlace(old);
            return false;
        }
        write(first, entries);
        markDeleted(old.first(), Math.max(first, old.first()));
        freed(old.first(), old.last() + 1);
        used.set(first, old.last() + 1);
        child.setPlace(old);
        forget(child);
        child.setPlace(spelling.at(first, old.last()));
        remember(child);
        return true;
    }

    /** Whether these slots, written over with another spelling of the same name, are a name of the file whichever sectors arrive. */
    protected abstract boolean takesSpelling(int first, int last);

    /** Clears what stands behind the end mark. @return whether there was something */
    boolean clearBehindEnd() throws IOException {
        boolean found = false;
        for (int slot = used.length(), end = -1; slot < row.slots(); slot++) {
            int mark = row.mark(slot);
            if (end < 0) {
                end = mark == END ? slot : end;
            } else if (mark != END) {
                write(slot, ByteBuffer.allocate(SLOT));
                found = true;
            }
        }
        return found;
    }

    /** What slots hold. */
    protected final ByteBuffer slots(int first, int count) throws IOException {
        return row.read(first, count);
    }

    /** Writes slots, or the beginning of one, in stage NAMES. */
    protected final void write(int slot, ByteBuffer entries) throws IOException {
        row.write(slot, entries);
    }

    /** Finds so many free slots together; makes the directory longer if need be. */
    private int place(int count) throws IOException {
        int from = used.nextClearBit(Math.min(lowest[count], used.length()));
        while (true) {
            int taken = used.nextSetBit(from);
            if (taken >= 0 && taken - from < count) {
                from = used.nextClearBit(taken);
            } else if (!fits(from, count)) {
                from = used.nextClearBit(from + 1);
            } else {
                break;
            }
        }
        while (from + count > row.slots()) {
            row.grow();
        }
        lowest[count] = from + count;
        return from;
    }
}
