package org.unplug.scsi;

import java.nio.ByteBuffer;

/**
 * Words for what sense data says beyond key, code and block: which field was wrong, how far an operation is, how often the unit
 * tried. In the fixed format at fixed places (SPC-4, 4.5.3), else in descriptors (4.5.2).
 */
final class SenseDetails {

    private static final int COMMAND_SPECIFIC = 0x01;
    private static final int KEY_SPECIFIC = 0x02;
    private static final int REPLACEABLE_UNIT = 0x03;
    private static final int BLOCK_COMMANDS = 0x05;
    private static final int WRONG_LENGTH = 0x20;
    private static final int END_OF_MEDIUM = 0x40;
    private static final int FILE_MARK = 0x80;

    private final StringBuilder text = new StringBuilder();
    private final SenseKey key;

    private SenseDetails(SenseKey key) {
        this.key = key;
    }

    /** The words, each part begun with a comma; empty if there is nothing more to say. */
    static String text(SenseKey key, byte[] bytes, int length) {
        SenseDetails details = new SenseDetails(key);
        ByteBuffer from = ByteBuffer.wrap(bytes, 0, length);
        if ((bytes[0] & 0x7F) >= 0x72) {
            details.descriptors(from);
        } else {
            details.fixed(from);
        }
        return details.text.toString();
    }

    private void fixed(ByteBuffer from) {
        flags(from.get(2) & (FILE_MARK | END_OF_MEDIUM | WRONG_LENGTH));
        if (from.limit() >= 12) {
            commandSpecific(from.getInt(8) & 0xFFFF_FFFFL);
        }
        if (from.limit() >= 15) {
            replaceableUnit(from.get(14) & 0xFF);
        }
        if (from.limit() >= 18) {
            keySpecific(from.get(15), from.getShort(16) & 0xFFFF);
        }
    }

    private void descriptors(ByteBuffer from) {
        int at = 8;
        while (at + 2 <= from.limit()) {
            int end = at + 2 + (from.get(at + 1) & 0xFF);
            if (end > from.limit()) {
                return;
            }
            descriptor(from, from.get(at) & 0xFF, at, end - at);
            at = end;
        }
    }

    private void descriptor(ByteBuffer from, int type, int at, int size) {
        if (type == COMMAND_SPECIFIC && size >= 12) {
            commandSpecific(from.getLong(at + 4));
        } else if (type == KEY_SPECIFIC && size >= 7) {
            keySpecific(from.get(at + 4), from.getShort(at + 5) & 0xFFFF);
        } else if (type == REPLACEABLE_UNIT && size >= 4) {
            replaceableUnit(from.get(at + 3) & 0xFF);
        } else if (type == BLOCK_COMMANDS && size >= 4) {
            flags(from.get(at + 3) & WRONG_LENGTH);
        }
    }

    private void flags(int flags) {
        if ((flags & FILE_MARK) != 0) {
            text.append(", file mark");
        }
        if ((flags & END_OF_MEDIUM) != 0) {
            text.append(", end of medium");
        }
        if ((flags & WRONG_LENGTH) != 0) {
            text.append(", wrong length");
        }
    }

    private void commandSpecific(long value) {
        if (value != 0) {
            text.append(", command information ")
                    .append(Long.toHexString(value))
                    .append('h');
        }
    }

    private void replaceableUnit(int code) {
        if (code != 0) {
            text.append(String.format(", part %02xh", code));
        }
    }

    private void keySpecific(int first, int value) {
        if (first >= 0) {
            return; // SKSV, the sign bit, says whether the rest is valid
        }
        switch (key) {
            case ILLEGAL_REQUEST -> {
                text.append(", byte ").append(value);
                if ((first & 0x08) != 0) {
                    text.append(" bit ").append(first & 7);
                }
                text.append((first & 0x40) != 0 ? " of the command" : " of its data");
            }
            case NO_SENSE, NOT_READY ->
                text.append(", ").append(value * 100 / 0x10000).append(" % done");
            case RECOVERED_ERROR, MEDIUM_ERROR, HARDWARE_ERROR ->
                text.append(", after ").append(value).append(" tries of its own");
            case COPY_ABORTED -> text.append(", byte ").append(value).append(" of its segment");
            default -> {}
        }
    }
}
