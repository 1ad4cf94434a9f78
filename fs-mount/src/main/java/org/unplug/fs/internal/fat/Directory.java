package org.unplug.fs.internal.fat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.unplug.fs.spi.Volume.Stage;

/**
 * The content of a directory, loaded whole and indexed, so that looking up, adding and deleting take no search on the disk.
 * Changes need the super block's lock for writing, everything else the same lock for reading.
 */
final class Directory {
    private static final int CHUNK = 64 * 1024;
    /** A long name of 255 characters and the short one. */
    private static final int MOST_SLOTS_OF_ENTRY = 21;

    private final Node node;
    private final FatSuperBlock volume;
    private final Map<String, Node> byName = new HashMap<>();
    private final Map<ShortName, Node> byShortName = new HashMap<>();
    private final TreeMap<Integer, Node> bySlot = new TreeMap<>();
    private final BitSet used = new BitSet();
    /** For each length the lowest slot from which so many may be free. */
    private final int[] lowest = new int[MOST_SLOTS_OF_ENTRY + 1];

    private int slots;
    private String label = "";

    private Directory(Node node, FatSuperBlock volume) {
        this.node = node;
        this.volume = volume;
    }

    static Directory load(Node node, FatSuperBlock volume) throws IOException {
        Directory directory = new Directory(node, volume);
        directory.read();
        return directory;
    }

    private void read() throws IOException {
        Geometry geometry = volume.geometry();
        boolean fixed = node.isRoot() && geometry.rootSlots() > 0;
        long total = fixed ? geometry.rootSlots() : (long) chain().length() * geometry.clusterBytes() / Slot.BYTES;
        if (total > Slot.MOST && node.isRoot() || total > 2L * Slot.MOST) {
            volume.volume().warn("directory " + node.path() + " has " + total + " entries, FAT allows " + Slot.MOST);
        }
        slots = (int) Math.min(total, 2L * Slot.MOST);
        if (!fixed && !node.isRoot() && slots == 0) {
            throw Geometry.damaged(volume.volume().disk().name(), "directory " + node.path() + " has no cluster");
        }
        LongName.Parts parts = new LongName.Parts();
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
        for (int slot = 0; slot < slots; ) {
            int contiguous = contiguous(slot, CHUNK / Slot.BYTES);
            chunk.clear().limit(contiguous * Slot.BYTES);
            volume.volume().read(offset(slot), chunk);
            for (int i = 0; i < contiguous; i++, slot++) {
                if ((chunk.get(i * Slot.BYTES) & 0xFF) == Slot.END) {
                    return;
                }
                entry(chunk, i * Slot.BYTES, slot, parts);
            }
        }
    }

    private void entry(ByteBuffer from, int at, int slot, LongName.Parts parts) {
        if ((from.get(at) & 0xFF) == Slot.DELETED) {
            parts.clear();
            return;
        }
        used.set(slot);
        int attributes = from.get(at + 11) & 0xFF;
        if (Slot.isLongName(attributes)) {
            parts.add(from, at, slot);
            return;
        }
        ShortName shortName = Slot.name(from, at);
        int firstSlot = parts.firstSlot();
        String longName = parts.take(shortName);
        if ((attributes & Slot.LABEL) != 0) {
            label = new String(shortName.bytes(), java.nio.charset.StandardCharsets.ISO_8859_1).stripTrailing();
            return;
        }
        String shown = shortName.display();
        String name = longName == null ? shown : longName;
        if (shown.equals(".") || shown.equals("..") || name.isEmpty() || name.indexOf('/') >= 0) {
            return;
        }
        FatTime time = volume.time();
        int date = from.getShort(at + 24) & 0xFFFF;
        int createdDate = from.getShort(at + 16) & 0xFFFF;
        int accessedDate = from.getShort(at + 18) & 0xFFFF;
        boolean directory = (attributes & Slot.DIRECTORY) != 0;
        Node.State state = new Node.State(
                attributes & 0x3F,
                directory ? 0 : from.getInt(at + 28) & 0xFFFF_FFFFL,
                Slot.cluster(from, at, volume.geometry().bits()),
                time.instant(createdDate, from.getShort(at + 14) & 0xFFFF, from.get(at + 13) & 0xFF),
                time.instant(date, from.getShort(at + 22) & 0xFFFF, 0),
                time.instant(accessedDate, 0, 0));
        Node child = new Node(node, name, shortName, state);
        child.firstSlot = longName == null ? slot : firstSlot;
        child.slot = slot;
        bySlot.put(slot, child);
        byName.putIfAbsent(LongName.fold(name), child);
        byShortName.putIfAbsent(shortName, child);
    }

    private Chain chain() throws IOException {
        return node.chain(volume.table(), volume.geometry());
    }

    /** How many slots from one on lie together on the disk. */
    private int contiguous(int slot, int want) throws IOException {
        int most = Math.min(want, slots - slot);
        Geometry geometry = volume.geometry();
        if (node.isRoot() && geometry.rootSlots() > 0) {
            return most;
        }
        int perCluster = geometry.clusterBytes() / Slot.BYTES;
        FatTable.Run run = chain().find(slot / perCluster, want / perCluster + 1);
        return Math.min(most, run.length() * perCluster - slot % perCluster);
    }

    private long offset(int slot) throws IOException {
        Geometry geometry = volume.geometry();
        if (node.isRoot() && geometry.rootSlots() > 0) {
            return geometry.rootOffset() + (long) slot * Slot.BYTES;
        }
        int perCluster = geometry.clusterBytes() / Slot.BYTES;
        FatTable.Run run = chain().find(slot / perCluster, 1);
        return geometry.offset(run.first()) + (long) slot % perCluster * Slot.BYTES;
    }

    String label() {
        return label;
    }

    int size() {
        return bySlot.size();
    }

    boolean isEmpty() {
        return bySlot.isEmpty();
    }

    /** In the order on the disk. */
    List<Node> nodes() {
        return new ArrayList<>(bySlot.values());
    }

    Node get(String name) {
        Node found = byName.get(LongName.fold(name));
        if (found != null) {
            return found;
        }
        ShortName exact = ShortName.exact(name.toUpperCase(java.util.Locale.ROOT));
        return exact == null ? null : byShortName.get(exact);
    }

    /** Gives a node a short name of its own here. */
    ShortName shortNameFor(String name) {
        ShortName exact = ShortName.exact(name);
        if (exact != null && !byShortName.containsKey(exact)) {
            return exact;
        }
        return ShortName.beside(name, byShortName::containsKey);
    }

    /**
     * Writes the entries of a node that has name, short name and state, and lists it.
     *
     * @throws FileSystemException if the directory cannot take it; nothing was changed then
     */
    void add(Node child) throws IOException {
        boolean plain = child.shortName.display().equals(child.name);
        int longSlots = plain ? 0 : LongName.slots(child.name);
        int first = place(longSlots + 1);
        ByteBuffer entries = ByteBuffer.allocate((longSlots + 1) * Slot.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        if (!plain) {
            LongName.put(entries, child.name, child.shortName.checksum());
        }
        Slot.put(
                entries,
                entries.position(),
                child,
                volume.time(),
                volume.geometry().bits());
        boolean atEnd = used.length() <= first;
        write(first, entries.rewind());
        int next = first + longSlots + 1;
        if (atEnd && next < slots && volume.volume().getByte(offset(next)) != Slot.END) {
            // The specification lets anything stand behind the end mark, and the mark was just overwritten.
            write(next, ByteBuffer.allocate(Slot.BYTES));
        }
        used.set(first, next);
        child.parent = node;
        child.firstSlot = first;
        child.slot = first + longSlots;
        remember(child);
    }

    /** Takes a node from the index and marks its entries deleted. */
    void remove(Node child) throws IOException {
        forget(child);
        erase(child);
    }

    /** Takes a node from the index only. */
    void forget(Node child) {
        bySlot.remove(child.slot, child);
        byName.remove(LongName.fold(child.name), child);
        byShortName.remove(child.shortName, child);
    }

    /** Undoes {@link #forget}. */
    void remember(Node child) {
        bySlot.put(child.slot, child);
        byName.put(LongName.fold(child.name), child);
        byShortName.put(child.shortName, child);
    }

    /** Marks the entries of a node that was forgotten deleted. */
    void erase(Node child) throws IOException {
        for (int slot = child.firstSlot; slot <= child.slot; slot++) {
            write(slot, ByteBuffer.wrap(new byte[] {(byte) Slot.DELETED}));
        }
        used.clear(child.firstSlot, child.slot + 1);
        for (int length = 1; length < lowest.length; length++) {
            lowest[length] = Math.min(lowest[length], Math.max(0, child.firstSlot - length + 1));
        }
    }

    /** Writes the state of a node into its entry. */
    void update(Node child) throws IOException {
        ByteBuffer entry = ByteBuffer.allocate(Slot.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        long at = offset(child.slot);
        volume.volume().read(at, entry);
        Slot.putState(entry, 0, child, volume.time(), volume.geometry().bits());
        volume.volume().write(at, entry.rewind(), Stage.NAMES, false, volume.errors());
    }

    /** Makes the second entry point to another parent. */
    void updateParent(int parentCluster) throws IOException {
        ByteBuffer entry = ByteBuffer.allocate(Slot.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        volume.volume().read(offset(1), entry);
        entry.putShort(20, (short) (volume.geometry().bits() == 32 ? parentCluster >>> 16 : 0));
        entry.putShort(26, (short) parentCluster);
        volume.volume().write(offset(1), entry.rewind(), Stage.NAMES, false, volume.errors());
    }

    private void write(int slot, ByteBuffer entries) throws IOException {
        int at = slot;
        while (entries.hasRemaining()) {
            int bytes = Math.min(entries.remaining(), contiguous(at, MOST_SLOTS_OF_ENTRY) * Slot.BYTES);
            volume.volume()
                    .write(offset(at), entries.slice(entries.position(), bytes), Stage.NAMES, false, volume.errors());
            entries.position(entries.position() + bytes);
            at += bytes / Slot.BYTES;
            if (bytes < Slot.BYTES) {
                return;
            }
        }
    }

    /** Finds so many free slots together; makes the directory longer if need be. */
    private int place(int count) throws IOException {
        int from = used.nextClearBit(Math.min(lowest[count], used.length()));
        while (true) {
            int taken = used.nextSetBit(from);
            if (taken < 0 || taken - from >= count) {
                break;
            }
            from = used.nextClearBit(taken);
        }
        while (from + count > slots) {
            grow();
        }
        lowest[count] = from + count;
        return from;
    }

    private void grow() throws IOException {
        Geometry geometry = volume.geometry();
        if (node.isRoot() && geometry.rootSlots() > 0) {
            throw new FileSystemException(
                    node.path(), null, "the root directory is full: it has room for " + slots + " entries");
        }
        int perCluster = geometry.clusterBytes() / Slot.BYTES;
        if (slots + perCluster > Slot.MOST) {
            throw new FileSystemException(
                    node.path(), null, "the directory is full: FAT allows " + Slot.MOST + " entries");
        }
        FatTable.Run run = volume.allocate(chain().last(), 1, 0, node.path());
        volume.zero(run);
        chain().append(run);
        slots += perCluster;
    }
}
