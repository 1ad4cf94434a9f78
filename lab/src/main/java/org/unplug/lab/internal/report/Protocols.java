package org.unplug.lab.internal.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The protocols of the past beside ours, as the explorer has found and written them: a part of the page, of the text, and of the data.
 *
 * @param html sections of a page
 * @param markdown sections of a text
 * @param json one value
 */
public record Protocols(String html, String markdown, String json) {

    public static final String HTML = "protocols.html";
    public static final String MARKDOWN = "protocols.md";
    public static final String JSON = "protocols.json";

    /** They were not explored this time. */
    public static final Protocols NONE = new Protocols("", "", "null");

    /** @throws IOException in one line, if the directory has not all of it */
    public static Protocols read(Path directory) throws IOException {
        return new Protocols(
                Files.readString(directory.resolve(HTML)),
                Files.readString(directory.resolve(MARKDOWN)),
                Files.readString(directory.resolve(JSON)));
    }

    public void write(Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve(HTML), html);
        Files.writeString(directory.resolve(MARKDOWN), markdown);
        Files.writeString(directory.resolve(JSON), json);
    }
}
