package org.unplug.lab.explore.report;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.unplug.lab.explore.matrix.Matrix;
import org.unplug.lab.internal.contract.Line;

/**
 * A document of which some parts are generated: what stands between a comment {@code explored: NAME} and a comment
 * {@code end of NAME}.
 */
public final class Document {

    private Document() {}

    /** The parts by name, as a matrix makes them. */
    public static Map<String, String> parts(Matrix matrix) {
        MatrixMarkdown text = new MatrixMarkdown(matrix);
        Map<String, String> parts = new LinkedHashMap<>();
        parts.put("matrix", text.table());
        parts.put("MMC against SCSI", text.mmcAgainstScsi());
        parts.put("the mail", text.mail());
        parts.put(
                "pictures",
                text.picture(matrix.row("mmc-2.6.28"), Line.R9)
                        + "\n" + text.picture(matrix.row("scsi-3.1-rc"), Line.R9)
                        + "\n" + text.picture(matrix.row("partition-2013"), Line.R7)
                        + "\n" + text.picture(matrix.row("scsi-7.0"), Line.R8));
        return parts;
    }

    /**
     * What stands there now.
     *
     * @throws IllegalArgumentException if the document has no such part
     */
    public static String part(String document, String name) {
        Matcher match = place(name).matcher(document);
        if (!match.find()) {
            throw new IllegalArgumentException("no part '" + name + "' between its two comments");
        }
        return match.group(2);
    }

    /** The document with the parts as a matrix makes them. */
    public static String with(String document, Matrix matrix) {
        String result = document;
        for (Map.Entry<String, String> part : parts(matrix).entrySet()) {
            part(result, part.getKey());
            result = place(part.getKey())
                    .matcher(result)
                    .replaceFirst("$1" + Matcher.quoteReplacement(part.getValue()) + "$3");
        }
        return result;
    }

    private static Pattern place(String name) {
        return Pattern.compile("(?s)(<!-- explored: " + name + " -->\n)(.*?)(<!-- end of " + name + " -->)");
    }
}
