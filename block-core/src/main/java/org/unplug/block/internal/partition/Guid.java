package org.unplug.block.internal.partition;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.UUID;

/** GUIDs as GPT stores them: the first three fields little-endian, the rest in order (UEFI 2.10, appendix A). */
final class Guid {

    static final int BYTES = 16;
    static final UUID UNUSED = new UUID(0, 0);

    private Guid() {}

    static UUID get(ByteBuffer from, int at) {
        ByteBuffer little = from.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer big = from.duplicate().order(ByteOrder.BIG_ENDIAN);
        long high = (little.getInt(at) & 0xFFFFFFFFL) << 32
                | (little.getShort(at + 4) & 0xFFFFL) << 16
                | (little.getShort(at + 6) & 0xFFFFL);
        return new UUID(high, big.getLong(at + 8));
    }

    static void put(ByteBuffer into, int at, UUID guid) {
        ByteBuffer little = into.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer big = into.duplicate().order(ByteOrder.BIG_ENDIAN);
        long high = guid.getMostSignificantBits();
        little.putInt(at, (int) (high >>> 32));
        little.putShort(at + 4, (short) (high >>> 16));
        little.putShort(at + 6, (short) high);
        big.putLong(at + 8, guid.getLeastSignificantBits());
    }

    static String text(UUID guid) {
        return guid.toString().toUpperCase(Locale.ROOT);
    }
}
