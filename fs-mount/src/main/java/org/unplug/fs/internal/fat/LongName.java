package org.unplug.fs.internal.fat;

import java.nio.ByteBuffer;
import org.unplug.fs.internal.cluster.Directory;
import org.unplug.fs.internal.cluster.NameRules;

/** Long names (VFAT): what they may contain, and how they are cut into entries of thirteen characters before the short one. */
final class LongName {
    static final int IN_SLOT = 13;
    static final int LAST = 0x40;
    private static final int[] PLACES = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};

    private LongName() {}

    /** Upper case, a character at a time, as Windows and Linux compare. */
    static String fold(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (upper(name.charAt(i)) != name.charAt(i)) {
                return foldFrom(i, name.toCharArray());
            }
        }
        return name;
    }

    private static String foldFrom(int from, char[] chars) {
        for (int i = from; i < chars.length; i++) {
            chars[i] = upper(chars[i]);
        }
        return new String(chars);
    }

    private static char upper(char c) {
        if (c < 0x80) {
            return c >= 'a' && c <= 'z' ? (char) (c - 'a' + 'A') : c;
        }
        return Character.toUpperCase(c);
    }

    static int slots(String name) {
        return (name.length() + IN_SLOT - 1) / IN_SLOT;
    }

    /** Puts the entries of a name, the last part first. */
    static void put(ByteBuffer to, String name, int checksum) {
        int slots = slots(name);
        for (int part = slots; part >= 1; part--) {
            int at = to.position();
            to.put(at, (byte) (part == slots ? part | LAST : part));
            to.put(at + 11, (byte) Slot.LONG_NAME);
            to.put(at + 12, (byte) 0);
            to.put(at + 13, (byte) checksum);
            to.putShort(at + 26, (short) 0);
            for (int i = 0; i < IN_SLOT; i++) {
                int index = (part - 1) * IN_SLOT + i;
                int c = index < name.length() ? name.charAt(index) : index == name.length() ? 0 : 0xFFFF;
                to.putShort(at + PLACES[i], (short) c);
            }
            to.position(at + Directory.SLOT);
        }
    }

    /** Gathers the parts of a long name while a directory is read, in the order in which they stand there. */
    static final class Parts {
        private final char[] chars = new char[20 * IN_SLOT];
        private int expected;
        private int length;
        private int checksum;
        private int firstSlot;

        /** The entry at {@code at} is a part; one that does not follow on makes the parts before it orphans. */
        void add(ByteBuffer from, int at, int slot) {
            int order = from.get(at) & 0xFF;
            int part = order & 0x3F;
            int sum = from.get(at + 13) & 0xFF;
            if ((order & LAST) != 0 && part >= 1 && part <= 20) {
                firstSlot = slot;
                checksum = sum;
                length = part * IN_SLOT;
            } else if (part == 0 || part != expected || sum != checksum) {
                clear();
                return;
            }
            for (int i = 0; i < IN_SLOT; i++) {
                int index = (part - 1) * IN_SLOT + i;
                char c = from.getChar(at + PLACES[i]);
                chars[index] = c;
                if (c == 0 && index < length) {
                    length = index;
                }
            }
            expected = part - 1;
        }

        /** The long name of a short one, or null; begins anew. */
        String take(ShortName shortName) {
            boolean complete = expected == 0
                    && length > 0
                    && length <= NameRules.MOST_CHARACTERS
                    && checksum == shortName.checksum();
            String name = complete ? NameRules.shown(new String(chars, 0, length)) : null;
            clear();
            return name != null && NameRules.isReachable(name) ? name : null;
        }

        int firstSlot() {
            return firstSlot;
        }

        void clear() {
            expected = -1;
            length = 0;
        }

        Parts() {
            clear();
        }
    }
}
