package org.unplug.scsi.internal.midlayer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.unplug.scsi.internal.midlayer.SyncCommand.Outcome;

/** Reads vital product data (SPC-4, 7.8). */
public final class Vpd {

    public static final int SUPPORTED = 0x00;
    public static final int SERIAL = 0x80;
    public static final int IDENTIFICATION = 0x83;
    public static final int BLOCK_LIMITS = 0xB0;
    public static final int CHARACTERISTICS = 0xB1;
    public static final int PROVISIONING = 0xB2;
    static final int HEADER_BYTES = 4;

    private static final int T10_VENDOR = 1;
    private static final int EUI_64 = 2;
    private static final int NAA = 3;

    private Vpd() {}

    /** The page, cut to its length; empty if it is not what was asked for. */
    public static Optional<ByteBuffer> checked(Outcome outcome, int page) {
        ByteBuffer data = outcome.data();
        if (!outcome.ok() || data.remaining() < HEADER_BYTES || (data.get(1) & 0xFF) != page) {
            return Optional.empty();
        }
        int length = HEADER_BYTES + (data.getShort(2) & 0xFFFF);
        data.limit(Math.min(data.limit(), length));
        return Optional.of(data);
    }

    static String serial(ByteBuffer page) {
        return text(page, HEADER_BYTES, page.limit() - HEADER_BYTES);
    }

    /** The best name of the unit itself: NAA before EUI-64 before T10 vendor text. */
    static String bestDesignator(ByteBuffer page) {
        String best = "";
        int bestType = 0;
        int at = HEADER_BYTES;
        while (at + HEADER_BYTES <= page.limit()) {
            int association = page.get(at + 1) >> 4 & 3;
            int type = page.get(at + 1) & 0x0F;
            int length = page.get(at + 3) & 0xFF;
            int from = at + HEADER_BYTES;
            if (from + length > page.limit()) {
                break;
            }
            if (association == 0 && type > bestType && type <= NAA) {
                bestType = type;
                best = switch (type) {
                    case T10_VENDOR -> "t10." + text(page, from, length);
                    case EUI_64 -> "eui." + hex(page, from, length);
                    default -> "naa." + hex(page, from, length);
                };
            }
            at = from + length;
        }
        return best;
    }

    /** Revolutions per minute, 1 for none, 0 for unknown (SBC-3, 6.6.2). */
    static int rotation(ByteBuffer page) {
        int rate = page.limit() < 6 ? 0 : page.getShort(4) & 0xFFFF;
        return rate == 0xFFFF || rate > 1 && rate < 0x401 ? 0 : rate;
    }

    /** The provisioning type in a word (SBC-3, 6.6.4). */
    static String provisioning(ByteBuffer page) {
        if (page.limit() < 7) {
            return "";
        }
        return switch (page.get(6) & 7) {
            case 0 -> "full";
            case 1 -> "resource";
            case 2 -> "thin";
            default -> "";
        };
    }

    private static String hex(ByteBuffer from, int at, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(String.format("%02x", from.get(at + i)));
        }
        return text.toString();
    }

    /** ASCII without blanks around it; what is not printable becomes a question mark. */
    static String text(ByteBuffer from, int at, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            byte b = from.get(at + i);
            bytes[i] = b == 0 ? (byte) ' ' : b < 0x20 || b == 0x7F ? (byte) '?' : b;
        }
        return new String(bytes, StandardCharsets.US_ASCII).strip();
    }
}
