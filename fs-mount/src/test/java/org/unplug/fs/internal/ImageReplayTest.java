package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The seeds of {@link ImageFuzz} and what it ever found. */
class ImageReplayTest {
    /** For one that runs for ever: each takes milliseconds. */
    private static final Duration HANGS = Duration.ofMinutes(2);

    @ParameterizedTest
    @ValueSource(strings = {"fat12", "fat16", "fat32", "exfat"})
    void everyKeptInput_isJudgedWell(String type) throws IOException, URISyntaxException {
        URL folder = ImageFuzz.class.getResource("ImageFuzzInputs/" + type);
        try (Stream<Path> all = Files.list(Path.of(folder.toURI()))) {
            List<Path> inputs = all.sorted().toList();
            assertTrue(inputs.size() > 5, "only " + inputs);
            for (Path input : inputs) {
                byte[] changes = Files.readAllBytes(input);
                try {
                    assertTimeoutPreemptively(HANGS, () -> ImageFuzz.judge(type, changes));
                } catch (AssertionError failed) {
                    throw new AssertionError(type + " of " + input.getFileName(), failed);
                }
            }
        }
    }
}
