package org.unplug.fs.internal.fat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.unplug.fs.internal.cluster.Directory;
import org.unplug.fs.internal.cluster.NameRules;
import org.unplug.fs.internal.cluster.Node;
import org.unplug.fs.internal.cluster.Place;
import org.unplug.fs.internal.cluster.Tree;

/** A directory of FAT: entries with short names, long ones in the slots before. A place's alias is its short name. */
final class FatDirectory extends Directory {
    /** A long name of 255 characters and the short one. */
    private static final int MOST_SLOTS_OF_ENTRY = 21;

    private final Geometry geometry;
    private final FatTime time;
    /** Those that have a long name: the others' short names are their names. */
    private final Map<ShortName, Node> byShortName = new HashMap<>();

    private final Set<ShortName> leavingShort = new HashSet<>();
    private final LongName.Parts parts = new LongName.Parts();
    private String label = "";

    FatDirectory(Node node, Tree tree, Geometry geometry, FatTime time) {
        super(node, tree, MOST_SLOTS_OF_ENTRY, Slot.MOST);
        this.geometry = geometry;
        this.time = time;
    }

    @Override
    protected int fixedSlots() {
        return node.isRoot() ? geometry.rootSlots() : 0;
    }

    @Override
    protected long fixedOffset() {
        return geometry.rootOffset();
    }

    @Override
    protected void meet(ByteBuffer from, int at, int slot) {
        if ((from.get(at) & 0xFF) == Slot.DELETED) {
            parts.clear();
            return;
        }
        use(slot);
        int attributes = from.get(at + 11) & 0xFF;
        if (Slot.isLongName(attributes)) {
            parts.add(from, at, slot);
            return;
        }
        ShortName shortName = Slot.name(from, at);
        int firstSlot = parts.firstSlot();
        String longName = parts.take(shortName);
        if ((attributes & Slot.LABEL) != 0) {
            label = new String(shortName.bytes(), StandardCharsets.ISO_8859_1).stripTrailing();
            return;
        }
        String name = longName == null ? shortName.display() : longName;
        if (shortName.dots() > 0 || !NameRules.isReachable(name)) {
            return;
        }
        found(new Node(
                new Place(node, name, tree.fold(name), shortName, longName == null ? slot : firstSlot, slot),
                state(from, at, geometry, time)));
    }

    /** What an entry says. */
    static Node.State state(ByteBuffer from, int at, Geometry geometry, FatTime time) {
        int attributes = from.get(at + 11) & 0xFF;
        long size = (attributes & Node.DIRECTORY) != 0 ? 0 : from.getInt(at + 28) & 0xFFFF_FFFFL;
        int date = from.getShort(at + 24) & 0xFFFF;
        int createdDate = from.getShort(at + 16) & 0xFFFF;
        int accessedDate = from.getShort(at + 18) & 0xFFFF;
        return new Node.State(
                attributes & 0x3F,
                size,
                size,
                Slot.cluster(from, at, geometry.bits()),
                false,
                time.instant(createdDate, from.getShort(at + 14) & 0xFFFF, from.get(at + 13) & 0xFF),
                time.instant(date, from.getShort(at + 22) & 0xFFFF, 0),
                time.instant(accessedDate, 0, 0));
    }

    String label() {
        return label;
    }

    private static ShortName shortName(Place place) {
        return (ShortName) place.alias();
    }

    @Override
    protected void found(Node child) {
        super.found(child);
        if (child.place().hasOwnAlias()) {
            byShortName.putIfAbsent(shortName(child.place()), child);
        }
    }

    @Override
    protected Node get(String name) {
        Node found = super.get(name);
        if (found != null) {
            return found;
        }
        ShortName exact = ShortName.exact(name.toUpperCase(Locale.ROOT));
        return exact == null ? null : byShortName.get(exact);
    }

    @Override
    protected Object aliasFor(String name) {
        Place returning = returning(name);
        if (returning != null) {
            return returning.alias();
        }
        ShortName exact = ShortName.exact(name);
        Predicate<ShortName> taken = this::isUsed;
        return exact != null && !taken.test(exact) ? exact : ShortName.beside(name, taken);
    }

    private boolean isUsed(ShortName other) {
        return byShortName.containsKey(other)
                || leavingShort.contains(other)
                || isErased(other)
                || isUsed(LongName.fold(other.display()));
    }

    @Override
    protected Object aliasFor(String name, Place spelledAnew) {
        ShortName exact = ShortName.exact(name);
        ShortName was = shortName(spelledAnew);
        return was.equals(exact) ? exact : new ShortName(was.bytes(), 0);
    }

    /** Parts of a long name are told by the short name's bytes, which stay, and by their number: each may have either spelling. */
    @Override
    protected boolean takesSpelling(int first, int last) {
        return true;
    }

    @Override
    protected ByteBuffer entriesOf(Node child) {
        ShortName shortName = shortName(child.place());
        boolean plain = shortName.display().equals(child.name());
        int longSlots = plain ? 0 : LongName.slots(child.name());
        ByteBuffer entries = ByteBuffer.allocate((longSlots + 1) * SLOT).order(ByteOrder.LITTLE_ENDIAN);
        if (!plain) {
            LongName.put(entries, child.name(), shortName.checksum());
        }
        Slot.put(entries, entries.position(), shortName, child.state(), time, geometry.bits());
        return entries.rewind();
    }

    @Override
    protected void forget(Node child) {
        super.forget(child);
        if (child.place().hasOwnAlias()) {
            byShortName.remove(shortName(child.place()), child);
        }
    }

    @Override
    protected void remember(Node child) {
        super.remember(child);
        if (child.place().hasOwnAlias()) {
            byShortName.put(shortName(child.place()), child);
        }
    }

    @Override
    protected void leaving(Place place) {
        super.leaving(place);
        if (place.hasOwnAlias()) {
            leavingShort.add(shortName(place));
        }
    }

    @Override
    protected void left(Place place) {
        super.left(place);
        if (place.hasOwnAlias()) {
            leavingShort.remove(shortName(place));
        }
    }

    @Override
    protected int deleted(int mark) {
        return Slot.DELETED;
    }

    @Override
    protected void update(Node child) throws IOException {
        int slot = child.place().last();
        ByteBuffer entry = slots(slot, 1);
        Slot.putState(entry, 0, child.state(), time, geometry.bits());
        write(slot, entry);
    }

    /** The second entry points to the parent, unless the volume is damaged. */
    @Override
    protected void moved(Node newParent) throws IOException {
        int cluster = newParent.isRoot() ? 0 : newParent.state().firstCluster();
        ByteBuffer entry = slots(1, 1);
        if (Slot.name(entry, 0).dots() != 2) {
            return;
        }
        entry.putShort(20, (short) (geometry.bits() == 32 ? cluster >>> 16 : 0));
        entry.putShort(26, (short) cluster);
        write(1, entry);
    }
}
