package org.unplug.fs.internal.cluster;

/** What names FAT's long ones and exFAT's have in common: up to 255 UTF-16 characters, and what none may contain. */
public final class NameRules {
    public static final int MOST_CHARACTERS = 255;

    private static final char UNKNOWN = '\uFFFD';
    private static final String FORBIDDEN = "\"*/:<>?\\|";

    private NameRules() {}

    /** A name that is on a disk as people see and type it: what steers a terminal, or breaks a line, is shown as a sign of its own. */
    public static String shown(String onDisk) {
        char[] chars = null;
        for (int i = 0; i < onDisk.length(); i++) {
            if (Character.isISOControl(onDisk.charAt(i))) {
                chars = chars == null ? onDisk.toCharArray() : chars;
                chars[i] = UNKNOWN;
            }
        }
        return chars == null ? onDisk : new String(chars);
    }

    /** Whether a path can hold a name that is on a disk: what it leads to is hidden otherwise. */
    public static boolean isReachable(String shown) {
        return !shown.isEmpty() && shown.indexOf('/') < 0 && !isDots(shown);
    }

    /** The name nearest to one that no path can hold; empty if that is. */
    public static String reachable(String shown) {
        return (isDots(shown) ? shown.replace('.', '_') : shown).replace('/', '_');
    }

    private static boolean isDots(String name) {
        return name.equals(".") || name.equals("..");
    }

    /**
     * A name with a tail before its extension, for which it is cut if it gets too long.
     *
     * @param most characters that the result may have
     */
    public static String withTail(String name, String tail, int most) {
        int dot = name.lastIndexOf('.');
        String extension = dot > 0 && name.length() - dot <= most / 2 ? name.substring(dot) : "";
        String end = tail + extension;
        int keep = Math.max(0, Math.min(name.length() - extension.length(), most - end.length()));
        if (keep > 0 && Character.isHighSurrogate(name.charAt(keep - 1))) {
            keep--;
        }
        return name.substring(0, keep) + end;
    }

    /** Why a name cannot be had; null if it can. */
    public static String refusal(String family, String name) {
        if (name.isEmpty() || isDots(name)) {
            return "a file cannot have the name '" + name + "'";
        }
        if (name.length() > MOST_CHARACTERS) {
            return "the name has " + name.length() + " characters, " + family + " holds " + MOST_CHARACTERS;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c < ' ' || FORBIDDEN.indexOf(c) >= 0) {
                return family + " names cannot contain "
                        + (c < ' ' ? String.format("the character %02X", (int) c) : "'" + c + "'");
            }
            boolean paired = !Character.isSurrogate(c)
                    || (Character.isHighSurrogate(c)
                            && i + 1 < name.length()
                            && Character.isLowSurrogate(name.charAt(i + 1)))
                    || (Character.isLowSurrogate(c) && i > 0 && Character.isHighSurrogate(name.charAt(i - 1)));
            if (!paired) {
                return "the name has half a character at " + i;
            }
        }
        char last = name.charAt(name.length() - 1);
        return last == '.' || last == ' ' ? family + " names cannot end with '" + last + "'" : null;
    }
}
