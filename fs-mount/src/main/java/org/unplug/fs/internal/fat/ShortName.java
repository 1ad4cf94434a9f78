package org.unplug.fs.internal.fat;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.function.Predicate;
import org.unplug.fs.internal.cluster.NameRules;

/**
 * The 8.3 name of an entry: eleven bytes, padded with spaces, and the two flags by which Windows NT and Linux show an upper case
 * name in lower case. Immutable; equal names have equal bytes.
 */
final class ShortName {
    static final int LENGTH = 11;
    static final int BASE = 8;
    private static final int LOWER_BASE = 0x08;
    private static final int LOWER_EXTENSION = 0x10;
    private static final Charset OEM =
            Charset.isSupported("IBM437") ? Charset.forName("IBM437") : StandardCharsets.ISO_8859_1;
    private static final String ALLOWED = "$%'-_@~`!(){}^#&";
    private static final int PLAIN_TAILS = 9;
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private final byte[] bytes;
    private final int caseFlags;
    private final int hash;

    /**
     * Takes over the array.
     *
     * @param bytes as on the disk, but a first byte 0x05 is 0xE5 here
     * @param caseFlags 0x08 for a name, 0x10 for an extension in lower case
     */
    ShortName(byte[] bytes, int caseFlags) {
        this.bytes = bytes;
        this.caseFlags = caseFlags;
        hash = Arrays.hashCode(bytes);
    }

    /** Not to be changed. */
    byte[] bytes() {
        return bytes;
    }

    int caseFlags() {
        return caseFlags;
    }

    /** The name that needs no long one beside it, or null if there is none. */
    static ShortName exact(String name) {
        int dot = name.lastIndexOf('.');
        String base = dot < 0 ? name : name.substring(0, dot);
        String extension = dot < 0 ? "" : name.substring(dot + 1);
        if (base.isEmpty() || base.length() > BASE || extension.length() > 3 || (dot >= 0 && extension.isEmpty())) {
            return null;
        }
        int baseCase = caseOf(base);
        int extensionCase = caseOf(extension);
        if (baseCase < 0 || extensionCase < 0) {
            return null;
        }
        return new ShortName(
                pad(base, extension), (baseCase == 1 ? LOWER_BASE : 0) | (extensionCase == 1 ? LOWER_EXTENSION : 0));
    }

    /** 1 for lower case, 0 for upper or none, -1 for mixed case or a character that a short name cannot have. */
    private static int caseOf(String part) {
        boolean lower = false;
        boolean upper = false;
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            lower |= c >= 'a' && c <= 'z';
            upper |= c >= 'A' && c <= 'Z';
            if (!plain(Character.toUpperCase(c)) || c > 0x7F) {
                return -1;
            }
        }
        return lower && upper ? -1 : lower ? 1 : 0;
    }

    private static boolean plain(char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c <= 0x7F && ALLOWED.indexOf(c) >= 0);
    }

    /**
     * The name to go beside a long one: the long one's characters as far as they fit, and a tail ~N if something was lost or the
     * name is taken. From the tenth on a hash of the long name is in it, so that a crowd of similar names finds places quickly.
     */
    static ShortName beside(String longName, Predicate<ShortName> taken) {
        String name = longName.toUpperCase(Locale.ROOT);
        int dot = name.lastIndexOf('.');
        String rawBase = dot <= 0 ? name : name.substring(0, dot);
        String rawExtension = dot <= 0 ? "" : name.substring(dot + 1);
        String base = squeeze(rawBase);
        String extension = squeeze(rawExtension);
        boolean lossy = !base.equals(rawBase)
                || !extension.equals(rawExtension)
                || base.length() > BASE
                || extension.length() > 3
                || base.isEmpty();
        if (base.isEmpty()) {
            base = "_";
        }
        if (!lossy) {
            ShortName whole = new ShortName(pad(base, extension), 0);
            if (!taken.test(whole)) {
                return whole;
            }
        }
        for (int n = 1; n <= PLAIN_TAILS; n++) {
            ShortName candidate = withTail(base, "~" + n, extension);
            if (!taken.test(candidate)) {
                return candidate;
            }
        }
        String start = base.substring(0, Math.min(2, base.length()));
        for (int hash = longName.hashCode(); ; hash = hash * 31 + 17) {
            String hex = HEX.toHexDigits((short) (hash ^ hash >>> 16));
            for (int n = 1; n <= PLAIN_TAILS; n++) {
                ShortName candidate = withTail(start + hex, "~" + n, extension);
                if (!taken.test(candidate)) {
                    return candidate;
                }
            }
        }
    }

    private static ShortName withTail(String base, String tail, String extension) {
        String cut = base.substring(0, Math.min(base.length(), BASE - tail.length()));
        return new ShortName(pad(cut + tail, extension), 0);
    }

    /** This name with a tail, for which its base is cut. */
    ShortName withTail(String tail) {
        int length = BASE;
        while (length > 0 && bytes[length - 1] == ' ') {
            length--;
        }
        byte[] other = bytes.clone();
        int at = Math.min(length, BASE - tail.length());
        for (int i = 0; i < tail.length(); i++) {
            other[at + i] = (byte) tail.charAt(i);
        }
        return new ShortName(other, caseFlags);
    }

    /** The name nearest to one that no path can hold. */
    ShortName reachable() {
        boolean dots = !NameRules.isReachable(display()) && display().indexOf('/') < 0;
        byte[] other = bytes.clone();
        for (int i = 0; i < LENGTH; i++) {
            other[i] = other[i] == '/' || (dots && other[i] == '.') ? (byte) '_' : other[i];
        }
        return new ShortName(other, caseFlags);
    }

    /** Whether there is nothing before the extension. */
    boolean isBaseEmpty() {
        return length(0, BASE) == 0;
    }

    private static String squeeze(String part) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            if (c != ' ' && c != '.') {
                out.append(plain(c) ? c : '_');
            }
        }
        return out.toString();
    }

    private static byte[] pad(String base, String extension) {
        byte[] bytes = new byte[LENGTH];
        Arrays.fill(bytes, (byte) ' ');
        for (int i = 0; i < Math.min(BASE, base.length()); i++) {
            bytes[i] = (byte) Character.toUpperCase(base.charAt(i));
        }
        for (int i = 0; i < Math.min(3, extension.length()); i++) {
            bytes[BASE + i] = (byte) Character.toUpperCase(extension.charAt(i));
        }
        return bytes;
    }

    /** Of the entry that leads to the directory itself 1, of the one that leads up 2, of any other 0. */
    int dots() {
        int dots = 0;
        while (dots < 2 && bytes[dots] == '.') {
            dots++;
        }
        for (int i = dots; i < LENGTH && dots > 0; i++) {
            dots = bytes[i] == ' ' ? dots : 0;
        }
        return dots;
    }

    /** As shown to people. */
    String display() {
        int base = length(0, BASE);
        int extension = length(BASE, LENGTH - BASE);
        byte[] shown = new byte[base + (extension == 0 ? 0 : 1 + extension)];
        boolean plain = show(0, base, LOWER_BASE, shown, 0);
        if (extension > 0) {
            shown[base] = '.';
            plain &= show(BASE, extension, LOWER_EXTENSION, shown, base + 1);
        }
        return plain ? new String(shown, StandardCharsets.ISO_8859_1) : displayInFull(base, extension);
    }

    /** Without the spaces behind it. */
    private int length(int from, int most) {
        int length = most;
        while (length > 0 && bytes[from + length - 1] == ' ') {
            length--;
        }
        return length;
    }

    /** False if a character needs a table, or is not shown as it is. */
    private boolean show(int from, int length, int lowerFlag, byte[] into, int at) {
        boolean lower = (caseFlags & lowerFlag) != 0;
        boolean plain = true;
        for (int i = 0; i < length; i++) {
            byte b = bytes[from + i];
            plain &= b >= ' ' && b != 0x7F;
            into[at + i] = lower && b >= 'A' && b <= 'Z' ? (byte) (b + 'a' - 'A') : b;
        }
        return plain;
    }

    private String displayInFull(int base, int extension) {
        String shown = text(0, base, LOWER_BASE);
        return NameRules.shown(extension == 0 ? shown : shown + "." + text(BASE, extension, LOWER_EXTENSION));
    }

    private String text(int from, int length, int lowerFlag) {
        String text = new String(bytes, from, length, OEM);
        return (caseFlags & lowerFlag) != 0 ? text.toLowerCase(Locale.ROOT) : text;
    }

    /** Ties a long name's entries to this one (specification, "ChkSum"). */
    int checksum() {
        int sum = 0;
        for (byte b : bytes) {
            sum = ((sum & 1) << 7) + (sum >>> 1) + (b & 0xFF) & 0xFF;
        }
        return sum;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ShortName name && Arrays.equals(bytes, name.bytes);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return display();
    }
}
