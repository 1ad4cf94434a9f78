package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files written are the files read, also after another mount. */
class BasicFilesTest {

    @ParameterizedTest
    @ValueSource(strings = {"fat12", "fat16", "fat32"})
    void filesWritten_areReadAgainAfterRemount(String type) throws IOException {
        long size = type.equals("fat32") ? 40 << 20 : type.equals("fat16") ? 20 << 20 : 2 << 20;
        try (Rig rig = Rig.formatted(type, size)) {
            rig.mount();
            assertEquals(type, rig.table.find(Rig.POINT).orElseThrow().type());
            assertEquals("CARD", rig.table.find(Rig.POINT).orElseThrow().label());
            byte[] content = new byte[300_001];
            new Random(1).nextBytes(content);
            Files.createDirectory(rig.path("/Über alles"));
            Path file = rig.path("/Über alles/a long name with spaces.tar.gz");
            Files.write(file, content);
            Files.writeString(rig.path("/SHORT.TXT"), "short");
            Files.writeString(rig.path("/lower.txt"), "lower");
            Files.writeString(rig.path("/Mixed.Txt"), "mixed");
            assertArrayEquals(content, Files.readAllBytes(file));
            assertTrue(rig.unmount().clean());
            rig.mount();
            assertArrayEquals(content, Files.readAllBytes(rig.path("/über ALLES/A LONG name with spaces.tar.gz")));
            assertEquals("lower", Files.readString(rig.path("/LOWER.TXT")));
            try (var list = Files.list(rig.path("/"))) {
                assertEquals(
                        "[/Über alles, /SHORT.TXT, /lower.txt, /Mixed.Txt]",
                        list.toList().toString());
            }
        }
    }

    @Test
    void thousandsOfFiles_takeLinearTimeAndSurvive() throws IOException {
        try (Rig rig = Rig.formatted("fat32", 64 << 20)) {
            rig.mount();
            Files.createDirectory(rig.path("/many"));
            for (int i = 0; i < 3000; i++) {
                Files.writeString(rig.path("/many/a file with number " + i + ".txt"), "content " + i);
            }
            rig.unmount();
            rig.mount();
            try (var list = Files.list(rig.path("/many"))) {
                assertEquals(3000, list.count());
            }
            assertEquals("content 1234", Files.readString(rig.path("/many/a file with number 1234.txt")));
            for (int i = 0; i < 3000; i++) {
                Files.delete(rig.path("/many/a file with number " + i + ".txt"));
            }
            Files.delete(rig.path("/many"));
            long free = rig.table.find(Rig.POINT).orElseThrow().space().freeBytes();
            rig.unmount();
            rig.mount();
            assertEquals(free, rig.table.find(Rig.POINT).orElseThrow().space().freeBytes());
        }
    }
}
