package org.unplug.fs.internal.exfat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.unplug.fs.internal.cluster.Directory;
import org.unplug.fs.internal.cluster.NameRules;
import org.unplug.fs.internal.cluster.Node;

/**
 * The entries of one file or directory, summed as a whole: File, Stream Extension, names (sections 7.4, 7.6, 7.7). What changes in a
 * node's life stands in the first two.
 */
final class EntrySet {
    static final int IN_USE = 0x80;
    static final int BITMAP = 0x81;
    static final int UPCASE = 0x82;
    static final int LABEL = 0x83;
    static final int FILE = 0x85;
    static final int STREAM = 0xC0;
    static final int NAME = 0xC1;
    /** This bit makes an entry one that follows a primary one. */
    static final int SECONDARY = 0x40;

    private static final int SLOT = Directory.SLOT;
    private static final int IN_NAME = 15;
    private static final int ALLOCATED = 0x01;
    private static final int NO_CHAIN = 0x02;

    private EntrySet() {}

    /** Adds a byte to a 16-bit sum (sections 6.3.3, 7.6.4). */
    static int add(int sum, int value) {
        return (sum << 15 | sum >>> 1) + value & 0xFFFF;
    }

    static int checksum(ByteBuffer set) {
        int sum = 0;
        for (int i = 0; i < set.limit(); i++) {
            if (i != 2 && i != 3) {
                sum = add(sum, set.get(i) & 0xFF);
            }
        }
        return sum;
    }

    static int slots(String name) {
        return slots(name.length());
    }

    private static int slots(int characters) {
        return 2 + (characters + IN_NAME - 1) / IN_NAME;
    }

    static ByteBuffer of(String name, int hash, Node.State state, ExfatTime time) {
        int slots = slots(name);
        ByteBuffer set = ByteBuffer.allocate(slots * SLOT).order(ByteOrder.LITTLE_ENDIAN);
        set.put(0, (byte) FILE);
        set.put(1, (byte) (slots - 1));
        set.put(SLOT, (byte) STREAM);
        putName(set, name, hash);
        putState(set, state, time);
        return set;
    }

    /** How long a name may be that takes as many entries as the present one. */
    static int mostCharacters(ByteBuffer set) {
        return Math.min(NameRules.MOST_CHARACTERS, names(set) * IN_NAME);
    }

    /** Puts another name that takes as many entries, and sums anew. */
    static void rename(ByteBuffer set, String name, int hash) {
        putName(set, name, hash);
        set.putShort(2, (short) checksum(set));
    }

    private static int names(ByteBuffer set) {
        return slots(set.get(SLOT + 3) & 0xFF) - 2;
    }

    private static void putName(ByteBuffer set, String name, int hash) {
        set.put(SLOT + 3, (byte) name.length());
        set.putShort(SLOT + 4, (short) hash);
        for (int i = 0; i < names(set) * IN_NAME; i++) {
            int at = (2 + i / IN_NAME) * SLOT;
            set.put(at, (byte) NAME);
            set.putChar(at + 2 + i % IN_NAME * 2, i < name.length() ? name.charAt(i) : 0);
        }
    }

    /** Puts what changes while a node has its name, and sums anew. */
    static void putState(ByteBuffer set, Node.State state, ExfatTime time) {
        set.putShort(4, (short) state.attributes());
        set.putInt(8, time.stamp(state.created()));
        set.putInt(12, time.stamp(state.modified()));
        set.putInt(16, time.stamp(state.accessed()));
        set.put(20, (byte) time.hundredths(state.created()));
        set.put(21, (byte) time.hundredths(state.modified()));
        set.put(22, (byte) time.offset(state.created()));
        set.put(23, (byte) time.offset(state.modified()));
        set.put(24, (byte) time.offset(state.accessed()));
        boolean noChain = state.contiguous() && state.namedCluster() != 0;
        set.put(SLOT + 1, (byte) (ALLOCATED | (noChain ? NO_CHAIN : 0)));
        set.putLong(SLOT + 8, state.validSize());
        set.putInt(SLOT + 20, state.namedCluster());
        set.putLong(SLOT + 24, state.size());
        set.putShort(2, (short) checksum(set));
    }

    /** Whether it is a whole set of a file or directory. */
    static boolean isWhole(ByteBuffer set) {
        int length = set.get(SLOT + 3) & 0xFF;
        int names = names(set);
        boolean whole = (set.get(SLOT) & 0xFF) == STREAM
                && length > 0
                && set.limit() >= (2 + names) * SLOT
                && (set.getShort(2) & 0xFFFF) == checksum(set);
        for (int i = 0; whole && i < names; i++) {
            whole = (set.get((2 + i) * SLOT) & 0xFF) == NAME;
        }
        return whole;
    }

    static String name(ByteBuffer set) {
        int length = set.get(SLOT + 3) & 0xFF;
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < length; i++) {
            name.append(set.getChar((2 + i / IN_NAME) * SLOT + 2 + i % IN_NAME * 2));
        }
        return NameRules.shown(name.toString());
    }

    static Node.State state(ByteBuffer set, ExfatTime time) {
        int first = set.getInt(SLOT + 20);
        long size = Math.max(0, set.getLong(SLOT + 24));
        long valid = Math.max(0, Math.min(size, set.getLong(SLOT + 8)));
        return new Node.State(
                set.getShort(4) & 0xFFFF,
                size,
                valid,
                first,
                first == 0 || (set.get(SLOT + 1) & NO_CHAIN) != 0,
                time.instant(set.getInt(8), set.get(20) & 0xFF, set.get(22) & 0xFF),
                time.instant(set.getInt(12), set.get(21) & 0xFF, set.get(23) & 0xFF),
                time.instant(set.getInt(16), 0, set.get(24) & 0xFF));
    }
}
