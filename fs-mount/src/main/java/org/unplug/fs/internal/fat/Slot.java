package org.unplug.fs.internal.fat;

import java.nio.ByteBuffer;
import org.unplug.fs.internal.cluster.Node;

/** The fields of a directory entry of 32 bytes. */
final class Slot {
    static final int MOST = 65_536;
    static final int DELETED = 0xE5;

    static final int LABEL = 0x08;
    static final int LONG_NAME = 0x0F;

    private Slot() {}

    static boolean isLongName(int attributes) {
        return (attributes & 0x3F) == LONG_NAME;
    }

    static int cluster(ByteBuffer from, int at, int bits) {
        int low = from.getShort(at + 26) & 0xFFFF;
        return bits == 32 ? low | (from.getShort(at + 20) & 0x0FFF) << 16 : low;
    }

    static ShortName name(ByteBuffer from, int at) {
        byte[] bytes = new byte[ShortName.LENGTH];
        from.get(at, bytes);
        if (bytes[0] == 0x05) {
            bytes[0] = (byte) DELETED;
        }
        return new ShortName(bytes, from.get(at + 12) & 0x18);
    }

    /** Puts the whole entry of a node. */
    static void put(ByteBuffer to, int at, ShortName shortName, Node.State state, FatTime time, int bits) {
        putName(to, at, shortName);
        putState(to, at, state, time, bits);
    }

    /** Puts another name. */
    static void putName(ByteBuffer to, int at, ShortName shortName) {
        byte[] name = shortName.bytes();
        to.put(at, name);
        if ((name[0] & 0xFF) == DELETED) {
            to.put(at, (byte) 0x05);
        }
        to.put(at + 12, (byte) shortName.caseFlags());
    }

    /** Puts what changes while a node has its name. */
    static void putState(ByteBuffer to, int at, Node.State state, FatTime time, int bits) {
        to.put(at + 11, (byte) state.attributes());
        to.put(at + 13, (byte) time.hundredths(state.created()));
        to.putShort(at + 14, (short) time.time(state.created()));
        to.putShort(at + 16, (short) time.date(state.created()));
        to.putShort(at + 18, (short) time.date(state.accessed()));
        if (bits == 32) {
            to.putShort(at + 20, (short) (state.namedCluster() >>> 16));
        }
        to.putShort(at + 22, (short) time.time(state.modified()));
        to.putShort(at + 24, (short) time.date(state.modified()));
        to.putShort(at + 26, (short) state.namedCluster());
        to.putInt(at + 28, (int) state.size());
    }
}
