package org.unplug.scsi.debug.internal.target;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The answers to INQUIRY: the standard data and pages 00h, 80h, 83h, B0h (SPC-4, 6.4 and 7.8; SBC-3, 6.5). */
final class InquiryData {

    private static final int SPC_4 = 6;
    private static final int REMOVABLE = 0x80;
    private static final int HEADER_BYTES = 4;
    private static final int NAA_BYTES = 8;
    private static final int ASSOCIATION_UNIT_BINARY = 0x01;
    private static final int DESIGNATOR_NAA = 0x03;
    private static final int LIMITS_BYTES = 0x3C;

    private InquiryData() {}

    static byte[] standard(Identity identity) {
        byte[] data = new byte[36];
        data[1] = (byte) (identity.removable() ? REMOVABLE : 0);
        data[2] = SPC_4;
        data[3] = 2;
        data[4] = (byte) (data.length - 5);
        data[7] = 2; // command queuing
        text(data, 8, 8, Identity.VENDOR);
        text(data, 16, 16, Identity.PRODUCT);
        text(data, 32, 4, Identity.REVISION);
        return data;
    }

    /** The page, or null if there is none such. */
    static byte[] page(int page, Identity identity, int maxBlocks) {
        return switch (page) {
            case 0x00 -> page(page, new byte[] {0x00, (byte) 0x80, (byte) 0x83, (byte) 0xB0});
            case 0x80 -> page(page, identity.serial().getBytes(StandardCharsets.US_ASCII));
            case 0x83 ->
                page(
                        page,
                        ByteBuffer.allocate(HEADER_BYTES + NAA_BYTES)
                                .put((byte) ASSOCIATION_UNIT_BINARY)
                                .put((byte) DESIGNATOR_NAA)
                                .put((byte) 0)
                                .put((byte) NAA_BYTES)
                                .putLong(identity.naa())
                                .array());
            case 0xB0 ->
                page(
                        page,
                        ByteBuffer.allocate(LIMITS_BYTES).putInt(4, maxBlocks).array());
            default -> null;
        };
    }

    private static byte[] page(int page, byte[] content) {
        return ByteBuffer.allocate(HEADER_BYTES + content.length)
                .put((byte) 0)
                .put((byte) page)
                .putShort((short) content.length)
                .put(content)
                .array();
    }

    private static void text(byte[] data, int at, int length, String text) {
        Arrays.fill(data, at, at + length, (byte) ' ');
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, data, at, Math.min(length, bytes.length));
    }
}
