package org.unplug.fs.internal.exfat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.unplug.fs.internal.cluster.Damaged;

/**
 * The volume's own table of which characters are the same in names (section 7.2). It is stored with a count instead of each
 * run of characters that are their own upper case.
 */
final class Upcase {
    private static final int CHARACTERS = 1 << 16;
    private static final int RUN = 0xFFFF;
    /** Sets that are shorter are written out: a mark and a count take two. */
    private static final int LEAST_RUN = 3;

    private final char[] upper;

    private Upcase(char[] upper) {
        this.upper = upper;
    }

    /** The table that a new volume gets: what Unicode says of single characters of the basic plane. */
    static Upcase unicode() {
        char[] upper = new char[CHARACTERS];
        for (int c = 0; c < CHARACTERS; c++) {
            boolean foldable = c < 0x80 ? c >= 'a' && c <= 'z' : !Character.isSurrogate((char) c);
            upper[c] = foldable ? Character.toUpperCase((char) c) : (char) c;
        }
        return new Upcase(upper);
    }

    /** @throws Damaged if the table is not the one that was summed, or too long */
    static Upcase read(String disk, ByteBuffer stored, int checksum) throws IOException {
        if (ExfatLayout.checksum(0, stored, false) != checksum) {
            throw new Damaged(disk, "exFAT", "the checksum of the up-case table is wrong");
        }
        ByteBuffer from = stored.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        char[] upper = new char[CHARACTERS];
        int at = 0;
        while (from.remaining() >= 2 && at < CHARACTERS) {
            int next = from.getChar();
            if (next == RUN && from.remaining() >= 2) {
                int end = Math.min(CHARACTERS, at + from.getChar());
                for (; at < end; at++) {
                    upper[at] = (char) at;
                }
            } else {
                upper[at++] = (char) next;
            }
        }
        for (; at < CHARACTERS; at++) {
            upper[at] = (char) at;
        }
        return new Upcase(upper);
    }

    /** As it is stored. */
    ByteBuffer stored() {
        ByteBuffer to = ByteBuffer.allocate(2 * CHARACTERS).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < CHARACTERS; ) {
            int same = 0;
            while (at + same < CHARACTERS && upper[at + same] == at + same && same < RUN) {
                same++;
            }
            if (same >= LEAST_RUN || at + same == CHARACTERS) {
                to.putChar((char) RUN).putChar((char) same);
                at += same;
            } else {
                to.putChar(upper[at]);
                at++;
            }
        }
        return to.flip();
    }

    String fold(String name) {
        char[] chars = name.toCharArray();
        for (int i = 0; i < chars.length; i++) {
            chars[i] = upper[chars[i]];
        }
        return new String(chars);
    }

    /** The sum by which names are told apart quickly (section 7.6.4). */
    int hash(String name) {
        int sum = 0;
        for (char c : fold(name).toCharArray()) {
            sum = EntrySet.add(sum, c & 0xFF);
            sum = EntrySet.add(sum, c >>> 8);
        }
        return sum;
    }
}
