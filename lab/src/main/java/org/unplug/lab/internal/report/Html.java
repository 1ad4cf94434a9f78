package org.unplug.lab.internal.report;

import java.util.Locale;

/** Text made safe for a page. */
public final class Html {

    private Html() {}

    public static String text(Object value) {
        return String.valueOf(value)
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** A coordinate. */
    public static String at(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
