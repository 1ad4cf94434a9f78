package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Judges what a cut left on a disk, before anything puts anything right. */
final class Remains {
    private static final Pattern FAT_DAMAGE = Pattern.compile(
            "free cluster|shares? clusters|circular|does not point|"
                    + "cluster chain length is \\d|bad cluster|Bad start|beyond|has a large size|Duplicate|directory loop|No .* entry");
    private static final Pattern EXFAT_DAMAGE =
            Pattern.compile("(?i)ERROR: (?!.*(volume is not cleanly|more clusters are allocated))");
    private static final Pattern TWINS = Pattern.compile("share clusters|already allocated");

    /** Two spellings of one name, of an empty file: it was being renamed from one to the other, and nothing is lost with either. */
    private static final Pattern EMPTY_TWINS =
            Pattern.compile("Duplicate directory entry\\.\\s+First +Size 0 bytes.*\\s+Second +Size 0 bytes.*");

    private Remains() {}

    /**
     * Asserts that it is sound, as a walk of our own and, where it is installed, fsck see it.
     *
     * @return whether a rename was caught half-way, so that one file has two names
     */
    static boolean judge(String type, byte[] image, String at) throws IOException {
        boolean walked = type.equals("fat16") || type.equals("fat32");
        if (walked) {
            FatCheck check = new FatCheck(image);
            assertEquals(List.of(), check.damage, at);
            if (!check.twins.isEmpty()) {
                return true;
            }
        }
        String program = type.equals("exfat") ? "fsck.exfat" : "fsck.fat";
        if (!Peers.has(program)) {
            return false;
        }
        Path file = Files.createTempFile("unplug", ".img");
        try {
            Files.write(file, image);
            String said = Peers.run(program, "-n", file.toString()).output();
            if (!walked && TWINS.matcher(said).find()) {
                return true;
            }
            Matcher emptyTwins = EMPTY_TWINS.matcher(said);
            if (emptyTwins.find()) {
                assertFalse(FAT_DAMAGE.matcher(emptyTwins.replaceAll("")).find(), () -> at + ": " + said);
                return true;
            }
            Pattern damage = type.equals("exfat") ? EXFAT_DAMAGE : FAT_DAMAGE;
            assertFalse(damage.matcher(said).find(), () -> at + ": " + program + " said: " + said);
            return false;
        } finally {
            Files.delete(file);
        }
    }
}
