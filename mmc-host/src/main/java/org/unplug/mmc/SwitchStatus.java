package org.unplug.mmc;

import java.nio.ByteBuffer;

/**
 * What an SD card answers to CMD6, 512 bits (SD Physical Layer, section 4.3.10). Functions are in six groups of sixteen; of each group
 * one is in force.
 *
 * @param milliamps most current that it draws with the functions of this answer; 0 if they cannot be had together
 * @param supported sixteen bits for each group, those of group 1 the lowest
 * @param selected four bits for each group, those of group 1 the lowest: what is in force, or would be
 */
public record SwitchStatus(int milliamps, RegisterBits supported, int selected) {

    public static final int BYTES = 64;

    /** The group that says how the lines are driven. */
    public static final int ACCESS_MODE = 1;

    public static final int GROUPS = 6;

    /** In a question: leave that group as it is. In an answer: that function cannot be had. */
    public static final int NONE = 0xf;

    private static final int SET = 1 << 31;
    private static final int SELECTED_AT = 14;
    private static final int SELECTED_BYTES = 3;

    /** Reads the answer, 64 bytes from the array's beginning on. */
    public static SwitchStatus decode(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        int milliamps = buffer.getShort() & 0xffff;
        RegisterBits supported = new RegisterBits(buffer.getInt() & 0xffffffffL, buffer.getLong());
        int selected = 0;
        for (int i = 0; i < SELECTED_BYTES; i++) {
            selected = selected << 8 | (bytes[SELECTED_AT + i] & 0xff);
        }
        return new SwitchStatus(milliamps, supported, selected);
    }

    /** Makes the answer. */
    public byte[] encode() {
        ByteBuffer buffer = ByteBuffer.allocate(BYTES)
                .putShort((short) milliamps)
                .putInt((int) supported.high())
                .putLong(supported.low());
        for (int i = SELECTED_BYTES - 1; i >= 0; i--) {
            buffer.put((byte) (selected >>> (8 * i)));
        }
        return buffer.array();
    }

    /** Whether a group, 1 to 6, has a function, 0 to 15. */
    public boolean supports(int group, int function) {
        return supported.field(16 * (group - 1) + function, 1) != 0;
    }

    /** The function in force of a group, 1 to 6; {@link #NONE} if what was asked for cannot be had. */
    public int selected(int group) {
        return selected >>> (4 * (group - 1)) & 0xf;
    }

    /** The argument of CMD6 that asks for one function and leaves the other groups as they are. */
    public static int argument(boolean set, int group, int function) {
        int shift = 4 * (group - 1);
        return (set ? SET : 0) | (0xffffff & ~(0xf << shift)) | function << shift;
    }
}
