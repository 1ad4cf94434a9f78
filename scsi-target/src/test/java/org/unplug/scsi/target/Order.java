package org.unplug.scsi.target;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/** A command for tests, for one use or many: its data in two buffers with a border inside a block, so that borders are met. */
final class Order extends Task {

    private final byte[] cdb;
    private final byte[] sense = new byte[96];
    private final ByteBuffer[] segments;
    private volatile int ends;

    /** @param cdb in hexadecimal, blanks for the eye */
    Order(String cdb, int room) {
        this(cdb, new byte[room]);
    }

    Order(String cdb, byte[] data) {
        this.cdb = HexFormat.of().parseHex(cdb.replace(" ", ""));
        int first = data.length * 2 / 3;
        segments = data.length == 0
                ? new ByteBuffer[0]
                : new ByteBuffer[] {
                    ByteBuffer.allocate(first + 3).put(3, data, 0, first).position(3),
                    ByteBuffer.allocateDirect(data.length - first).put(0, data, first, data.length - first)
                };
    }

    byte[] data() {
        byte[] all = new byte[transferBytes()];
        get(0, all, all.length);
        return all;
    }

    byte[] moved() {
        return Arrays.copyOf(data(), (int) movedBytes());
    }

    int ends() {
        return ends;
    }

    /** How it ended in one line: the status, and for sense data key/code/qualifier, information and the field pointer. */
    String told() {
        if (senseBytes() == 0) {
            return status().name();
        }
        StringBuilder text = new StringBuilder();
        boolean descriptors = (sense[0] & 0x7F) == 0x72;
        int asc = descriptors ? 2 : 12;
        text.append(String.format("%x/%02x/%02x", sense[descriptors ? 1 : 2], sense[asc], sense[asc + 1]));
        int specific = descriptors ? -1 : 15;
        if (descriptors) {
            for (int at = 8; at < senseBytes(); at += (sense[at + 1] & 0xFF) + 2) {
                if (sense[at] == 0) {
                    text.append(" at ").append(Bytes.get64(sense, at + 4));
                } else if (sense[at] == 2) {
                    specific = at + 4;
                }
            }
        } else if ((sense[0] & 0x80) != 0) {
            text.append(" at ").append(Bytes.get32(sense, 3));
        }
        if (specific > 0 && (sense[specific] & 0x80) != 0) {
            text.append((sense[specific] & 0x40) != 0 ? " cdb " : " list ").append(Bytes.get16(sense, specific + 1));
            if ((sense[specific] & 0x08) != 0) {
                text.append('.').append(sense[specific] & 7);
            }
        }
        return text.toString();
    }

    @Override
    protected byte[] cdb() {
        return cdb;
    }

    @Override
    protected int cdbLength() {
        return cdb.length;
    }

    @Override
    protected int segmentCount() {
        return segments.length;
    }

    @Override
    protected ByteBuffer segment(int index) {
        return segments[index];
    }

    @Override
    protected int transferBytes() {
        int bytes = 0;
        for (ByteBuffer segment : segments) {
            bytes += segment.remaining();
        }
        return bytes;
    }

    @Override
    protected byte[] sense() {
        return sense;
    }

    @Override
    protected synchronized void ended() {
        ends++;
    }
}
