package org.unplug.fs.internal.exfat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.unplug.fs.internal.cluster.Directory;
import org.unplug.fs.internal.cluster.NameRules;
import org.unplug.fs.internal.cluster.Node;
import org.unplug.fs.internal.cluster.Place;
import org.unplug.fs.internal.cluster.Tree;

/**
 * A directory of exFAT. A set of entries lies in one sector where it can, so that it reaches the disk as a whole; of a longer one at
 * least what changes later does. What is no whole set is left alone, but secondary entries without a primary one count as free.
 */
final class ExfatDirectory extends Directory {
    /** File, Stream Extension, and seventeen entries of a name; others that somebody added come on top. */
    private static final int MOST_SLOTS_OF_ENTRY = 19;

    private static final int MOST_SLOTS = (256 << 20) / SLOT;
    private static final int IN_SECTOR = 512 / SLOT;

    private final Upcase upcase;
    private final ExfatTime time;
    private ByteBuffer set;
    private int missing;
    private String label = "";

    ExfatDirectory(Node node, Tree tree, Upcase upcase, ExfatTime time) {
        super(node, tree, MOST_SLOTS_OF_ENTRY, MOST_SLOTS);
        this.upcase = upcase;
        this.time = time;
    }

    @Override
    protected void meet(ByteBuffer from, int at, int slot) {
        int type = from.get(at) & 0xFF;
        boolean follows = missing > 0 && (type & EntrySet.IN_USE) != 0 && (type & EntrySet.SECONDARY) != 0;
        if (missing > 0 && !follows) {
            missing = 0;
            tree.volume().warn("directory " + node.path() + ": the entry before slot " + slot + " is not complete");
        }
        if (follows) {
            use(slot);
            set.put(from.slice(at, SLOT));
            if (--missing == 0) {
                whole(slot);
            }
        } else if (type == EntrySet.FILE) {
            use(slot);
            missing = from.get(at + 1) & 0xFF;
            set = ByteBuffer.allocate((missing + 1) * SLOT).order(ByteOrder.LITTLE_ENDIAN);
            set.put(from.slice(at, SLOT));
        } else if ((type & EntrySet.IN_USE) != 0 && (type & EntrySet.SECONDARY) == 0) {
            use(slot);
            if (type == EntrySet.LABEL) {
                label = ExfatRoot.label(from.slice(at, SLOT).order(ByteOrder.LITTLE_ENDIAN));
            }
        }
    }

    private void whole(int last) {
        set.flip();
        int slots = set.limit() / SLOT;
        String name = slots < 3 || !EntrySet.isWhole(set) ? "" : EntrySet.name(set);
        if (!NameRules.isReachable(name)) {
            tree.volume()
                    .warn("directory " + node.path() + ": the entry at slot " + (last + 1 - slots) + " is damaged");
            return;
        }
        found(new Node(
                new Place(node, name, tree.fold(name), null, last + 1 - slots, last), EntrySet.state(set, time)));
    }

    String label() {
        return label;
    }

    @Override
    protected ByteBuffer entriesOf(Node child) {
        return EntrySet.of(child.name(), upcase.hash(child.name()), child.state(), time);
    }

    /** The sum is that of the whole set, but only the first two entries change. */
    @Override
    protected void update(Node child) throws IOException {
        Place place = child.place();
        ByteBuffer entries = slots(place.first(), place.last() + 1 - place.first());
        EntrySet.putState(entries, child.state(), time);
        write(place.first(), entries.slice(0, 2 * SLOT));
    }

    @Override
    protected int deleted(int mark) {
        return mark == END ? EntrySet.FILE & ~EntrySet.IN_USE : mark & ~EntrySet.IN_USE;
    }

    @Override
    protected Object aliasFor(String name) {
        return null;
    }

    @Override
    protected Object aliasFor(String name, Place spelledAnew) {
        return null;
    }

    /** A set of entries is summed as a whole. */
    @Override
    protected boolean takesSpelling(int first, int last) {
        return first / IN_SECTOR == last / IN_SECTOR;
    }

    @Override
    protected void moved(Node newParent) {
        // Nothing in it leads up.
    }

    @Override
    protected boolean fits(int slot, int count) {
        int inSector = slot % IN_SECTOR;
        return count > IN_SECTOR ? inSector == 0 : inSector + count <= IN_SECTOR;
    }
}
