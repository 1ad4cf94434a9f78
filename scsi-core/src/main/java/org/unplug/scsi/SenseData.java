package org.unplug.scsi;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Sense data, decoded from or encoded into the fixed format (response codes 70h, 71h) or the descriptor format (72h, 73h) of
 * SPC-4, 4.5.
 *
 * @param key what kind of trouble
 * @param asc the additional sense code
 * @param ascq its qualifier
 * @param information where it happened, as a logical block address, if the device says so
 * @param deferred whether it tells of an earlier command
 */
public record SenseData(SenseKey key, int asc, int ascq, OptionalLong information, boolean deferred) {

    /** The length that {@link #encodeFixed} writes. */
    public static final int FIXED_BYTES = 18;

    private static final int FIXED = 0x70;
    private static final int DESCRIPTOR = 0x72;
    private static final int VALID = 0x80;
    private static final int INFORMATION_DESCRIPTOR = 0x00;
    private static final int INFORMATION_BYTES = 12;
    private static final int HEADER_BYTES = 8;

    /** Sense data of a current error without information. */
    public static SenseData of(SenseKey key, int asc, int ascq) {
        return new SenseData(key, asc, ascq, OptionalLong.empty(), false);
    }

    /** The same trouble, at a logical block. */
    public SenseData at(long lba) {
        return new SenseData(key, asc, ascq, OptionalLong.of(lba), deferred);
    }

    /** Decodes either format; empty if there are too few bytes for a key or the response code is no sense data. */
    public static Optional<SenseData> decode(byte[] bytes, int length) {
        if (length < 3) {
            return Optional.empty();
        }
        int code = bytes[0] & 0x7F;
        return switch (code) {
            case FIXED, FIXED + 1 -> Optional.of(decodeFixed(ByteBuffer.wrap(bytes, 0, length), code != FIXED));
            case DESCRIPTOR, DESCRIPTOR + 1 ->
                Optional.of(decodeDescriptors(ByteBuffer.wrap(bytes, 0, length), code != DESCRIPTOR));
            default -> Optional.empty();
        };
    }

    private static SenseData decodeFixed(ByteBuffer from, boolean deferred) {
        int length = from.limit();
        boolean valid = (from.get(0) & VALID) != 0 && length >= 7;
        return new SenseData(
                SenseKey.of(from.get(2)),
                length > 12 ? from.get(12) & 0xFF : 0,
                length > 13 ? from.get(13) & 0xFF : 0,
                valid ? OptionalLong.of(from.getInt(3) & 0xFFFF_FFFFL) : OptionalLong.empty(),
                deferred);
    }

    private static SenseData decodeDescriptors(ByteBuffer from, boolean deferred) {
        OptionalLong information = OptionalLong.empty();
        int length = from.limit();
        int at = HEADER_BYTES;
        while (at + 2 <= length) {
            int type = from.get(at) & 0xFF;
            int size = (from.get(at + 1) & 0xFF) + 2;
            if (type == INFORMATION_DESCRIPTOR
                    && size >= INFORMATION_BYTES
                    && at + INFORMATION_BYTES <= length
                    && (from.get(at + 2) & VALID) != 0) {
                information = OptionalLong.of(from.getLong(at + 4));
            }
            at += size;
        }
        return new SenseData(
                SenseKey.of(from.get(1)),
                from.get(2) & 0xFF,
                length > 3 ? from.get(3) & 0xFF : 0,
                information,
                deferred);
    }

    /**
     * Encodes in the fixed format. Information above 32 bits does not fit and is left out.
     *
     * @return how many bytes were written from index 0 on
     * @throws IndexOutOfBoundsException if the array holds fewer than {@link #FIXED_BYTES}
     */
    public int encodeFixed(byte[] into) {
        ByteBuffer to = ByteBuffer.wrap(into);
        for (int i = 0; i < FIXED_BYTES; i++) {
            to.put(i, (byte) 0);
        }
        boolean fits = information.isPresent() && information.getAsLong() >>> 32 == 0;
        to.put(0, (byte) ((deferred ? FIXED + 1 : FIXED) | (fits ? VALID : 0)));
        to.put(2, (byte) key.code());
        to.putInt(3, fits ? (int) information.getAsLong() : 0);
        to.put(7, (byte) (FIXED_BYTES - 8));
        to.put(12, (byte) asc);
        to.put(13, (byte) ascq);
        return FIXED_BYTES;
    }

    /**
     * Encodes in the descriptor format.
     *
     * @return how many bytes were written from index 0 on, at most 20
     * @throws IndexOutOfBoundsException if the array does not hold them
     */
    public int encodeDescriptors(byte[] into) {
        ByteBuffer to = ByteBuffer.wrap(into);
        int extra = information.isPresent() ? INFORMATION_BYTES : 0;
        for (int i = 0; i < HEADER_BYTES + extra; i++) {
            to.put(i, (byte) 0);
        }
        to.put(0, (byte) (deferred ? DESCRIPTOR + 1 : DESCRIPTOR));
        to.put(1, (byte) key.code());
        to.put(2, (byte) asc);
        to.put(3, (byte) ascq);
        to.put(7, (byte) extra);
        if (extra > 0) {
            to.put(HEADER_BYTES + 1, (byte) (INFORMATION_BYTES - 2));
            to.put(HEADER_BYTES + 2, (byte) VALID);
            to.putLong(HEADER_BYTES + 4, information.getAsLong());
        }
        return HEADER_BYTES + extra;
    }

    /** Whether it bears this additional sense code and qualifier. */
    public boolean is(int wantedAsc, int wantedAscq) {
        return asc == wantedAsc && ascq == wantedAscq;
    }

    /**
     * In words whatever the bytes say, for messages: {@link #text}, and which field was wrong, how far an operation is, how often the
     * unit tried. Bytes that are no sense data, or too few, say so.
     */
    public static String inWords(byte[] bytes, int length) {
        return decode(bytes, length)
                .map(sense -> sense.text() + SenseDetails.text(sense.key, bytes, length))
                .orElse(length == 0 ? "no sense data" : length + " bytes that are no sense data");
    }

    /** In words, as "medium error: unrecovered read error (11/00) at block 17". */
    public String text() {
        StringBuilder text = new StringBuilder();
        if (deferred) {
            text.append("deferred ");
        }
        text.append(key.text());
        String words = AdditionalSense.text(asc, ascq);
        if (!words.isEmpty()) {
            text.append(": ").append(words);
        }
        text.append(String.format(" (%02x/%02x)", asc, ascq));
        information.ifPresent(lba -> text.append(" at block ").append(lba));
        return text.toString();
    }
}
