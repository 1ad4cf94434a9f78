package org.unplug.scsi.target;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Fields of bytes as the bus has them: big-endian. */
final class Bytes {

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private Bytes() {}

    static int get16(byte[] from, int at) {
        return (from[at] & 0xFF) << 8 | from[at + 1] & 0xFF;
    }

    static int get24(byte[] from, int at) {
        return (from[at] & 0xFF) << 16 | get16(from, at + 1);
    }

    static long get32(byte[] from, int at) {
        return (int) INT.get(from, at) & 0xFFFF_FFFFL;
    }

    static long get64(byte[] from, int at) {
        return (long) LONG.get(from, at);
    }

    static void put16(byte[] into, int at, int value) {
        into[at] = (byte) (value >>> 8);
        into[at + 1] = (byte) value;
    }

    static void put32(byte[] into, int at, int value) {
        INT.set(into, at, value);
    }

    static void put64(byte[] into, int at, long value) {
        LONG.set(into, at, value);
    }

    /** Text, filled with blanks. */
    static void putText(byte[] into, int at, int length, String text) {
        Arrays.fill(into, at, at + length, (byte) ' ');
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, into, at, Math.min(length, bytes.length));
    }
}
