package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unplug.fs.CheckReport;

/** Another spelling of a name, cut off after each request that a commit makes. */
class RespellTest {
    private static final String MEDIUM = "a rather long name that takes several entries of its directory.data";
    private static final String HUGE = "x".repeat(230);

    @ParameterizedTest
    @CsvSource({"fat12, 1", "fat16, 3", "exfat, 2"})
    void changeOfCase_cutAfterAnyRequest_leavesOneNameWithItsContent(String type, int mib) throws Exception {
        int cuts = 0;
        long bytes = (long) mib << 20;
        // In the entries that are there, in fewer, in more beside a free one, in more where none is free, in two
        // sectors.
        cuts += cutEverywhere(type, bytes, "empty", "EMPTY", 0, true);
        cuts += cutEverywhere(type, bytes, "Empty", "empty", 0, true);
        cuts += cutEverywhere(type, bytes, "empty", "Empty", 0, false);
        cuts += cutEverywhere(type, bytes, "empty", "Empty", 0, true);
        cuts += cutEverywhere(type, bytes, "full", "Full", 3_000, true);
        cuts += cutEverywhere(type, bytes, MEDIUM, MEDIUM.toUpperCase(Locale.ROOT), 3_000, true);
        cuts += cutEverywhere(type, bytes, HUGE, HUGE.toUpperCase(Locale.ROOT), 0, true);
        assertTrue(cuts > 20, "only " + cuts + " cuts");
    }

    @ParameterizedTest
    @ValueSource(strings = {"fat16", "exfat"})
    void fileThatWasSpelledAnewAndDeleted_isFoundByNoName(String type) throws IOException {
        try (Rig rig = Rig.formatted(type, 8 << 20)) {
            rig.mount();
            Files.createFile(rig.path("/Name.txt"));
            Files.move(rig.path("/Name.txt"), rig.path("/NAME.TXT"));
            assertEquals(
                    "NAME.TXT", rig.path("/name.txt").toRealPath().getFileName().toString());
            Files.delete(rig.path("/NAME.TXT"));
            assertFalse(Files.exists(rig.path("/Name.txt")));
            Files.createFile(rig.path("/Name.txt"));
            Files.move(rig.path("/Name.txt"), rig.path("/other"));
            assertFalse(Files.exists(rig.path("/NAME.TXT")));
        }
    }

    private static int cutEverywhere(String type, long bytes, String from, String to, int size, boolean crowded)
            throws Exception {
        byte[] content = Workload.noise(size, size);
        byte[] before;
        try (Rig rig = Rig.formatted(type, bytes)) {
            rig.mount();
            Files.createDirectory(rig.path("/d"));
            Files.createFile(rig.path("/d/BEFORE"));
            Files.write(rig.path("/d/" + from), content);
            Files.createFile(rig.path("/d/BEHIND"));
            if (!crowded) {
                Files.delete(rig.path("/d/BEFORE"));
            }
            rig.unmount();
            before = rig.disk.bytes.clone();
        }
        boolean whole = false;
        int cut = 0;
        for (; !whole; cut++) {
            try (Rig rig = new Rig(new FakeDisk("fake0", before.clone(), 512, false))) {
                rig.mount();
                rig.disk.goneAfter(cut);
                try {
                    Files.move(rig.path("/d/" + from), rig.path("/d/" + to));
                    rig.table.find(Rig.POINT).orElseThrow().sync();
                    whole = true;
                } catch (IOException gone) {
                    assertTrue(gone instanceof org.unplug.fs.DiskGoneException, gone.toString());
                }
                rig.unmount();
                String at = type + ", " + from + " of " + size + (crowded ? " crowded" : "") + ", cut at " + cut;
                judge(rig, content, whole ? to : null, to, at);
            }
        }
        return cut;
    }

    private static void judge(Rig rig, byte[] content, String only, String name, String at) throws IOException {
        byte[] cut = rig.disk.bytes.clone();
        rig.disk = new FakeDisk("fake0", cut, 512, false);
        CheckReport found = rig.table.check("fake0", false);
        assertEquals(List.of(), found.damage(), at);
        rig.mount();
        try (Stream<Path> all = Files.list(rig.path("/d"))) {
            List<String> spellings = all.map(each -> each.getFileName().toString())
                    .filter(name::equalsIgnoreCase)
                    .toList();
            assertEquals(1, spellings.size(), at + ": " + spellings);
            if (only != null) {
                assertEquals(List.of(only), spellings, at);
            }
        }
        assertArrayEquals(content, Files.readAllBytes(rig.path("/d/" + name)), at);
        assertTrue(rig.unmount().clean());

        rig.disk = new FakeDisk("fake0", cut.clone(), 512, false);
        assertTrue(rig.table.check("fake0", true).isSound(), at);
        assertEquals(List.of(), rig.table.check("fake0", false).findings(), at + ", after " + found);
        if (found.findings().stream().anyMatch(f -> f.what().contains("is the same file as"))) {
            Peers.check(rig.disk, at + ", repaired");
        }
        rig.mount();
        assertArrayEquals(content, Files.readAllBytes(rig.path("/d/" + name)), at + ", repaired");
        assertTrue(rig.unmount().clean());
    }

    /** FAT's parts of a long name lie in two sectors here; each may have the one spelling or the other. */
    @Test
    void longNameOfWhichOneSectorArrived_isOneFileInEitherSpelling() throws Exception {
        try (Rig rig = Rig.formatted("fat16", 8 << 20)) {
            rig.mount();
            Files.createDirectory(rig.path("/d"));
            for (int i = 0; i < 12; i++) {
                Files.createFile(rig.path("/d/FILE" + i));
            }
            Files.createFile(rig.path("/d/" + MEDIUM));
            rig.unmount();
            byte[] before = rig.disk.bytes.clone();
            rig.mount();
            Files.move(rig.path("/d/" + MEDIUM), rig.path("/d/" + MEDIUM.toUpperCase(Locale.ROOT)));
            rig.table.sync();
            byte[] after = rig.disk.bytes.clone();
            rig.unmount();
            int torn = 0;
            for (int at = 0; at < after.length; at += 512) {
                if (!Arrays.equals(before, at, at + 512, after, at, at + 512)) {
                    byte[] cut = after.clone();
                    System.arraycopy(before, at, cut, at, 512);
                    rig.disk = new FakeDisk("fake0", cut, 512, false);
                    Remains.judge("fat16", cut, "sector at " + at);
                    rig.mount();
                    try (Stream<Path> all = Files.list(rig.path("/d"))) {
                        List<String> found = all.map(each -> each.getFileName().toString())
                                .filter(MEDIUM::equalsIgnoreCase)
                                .toList();
                        assertEquals(1, found.size(), found.toString());
                        boolean mixed = !MEDIUM.equals(found.get(0))
                                && !MEDIUM.toUpperCase(Locale.ROOT).equals(found.get(0));
                        torn += mixed ? 1 : 0;
                    }
                    assertTrue(rig.unmount().clean());
                }
            }
            assertEquals(2, torn, "of the two sectors of the name each was to be left out once");
        }
    }

    /** A rename under way is no damage to a check either, on exFAT as on FAT; nor is a directory that leads up to where it was. */
    @ParameterizedTest
    @CsvSource({"fat16, 3, false", "exfat, 2, false", "fat16, 3, true", "exfat, 2, true"})
    void renameCutAfterAnyRequest_isResidueToACheck(String type, int mib, boolean directory) throws Exception {
        byte[] content = Workload.noise(1, 3_000);
        boolean twins = false;
        boolean whole = false;
        for (int cut = 0; !whole; cut++) {
            try (Rig rig = Rig.formatted(type, (long) mib << 20)) {
                rig.mount();
                Path old = rig.path("/old name");
                if (directory) {
                    Files.createDirectory(old);
                    Files.write(old.resolve("file"), content);
                } else {
                    Files.write(old, content);
                }
                Files.createDirectory(rig.path("/d"));
                rig.table.sync();
                rig.disk.goneAfter(cut);
                try {
                    Files.move(old, rig.path("/d/new name"));
                    rig.table.find(Rig.POINT).orElseThrow().sync();
                    whole = true;
                } catch (IOException gone) {
                    assertTrue(gone instanceof org.unplug.fs.DiskGoneException, gone.toString());
                }
                rig.unmount();
                byte[] image = rig.disk.bytes.clone();
                boolean pair = Remains.judge(type, image.clone(), "cut at " + cut);
                twins |= pair;
                for (boolean repaired : new boolean[] {true, false}) {
                    rig.disk = new FakeDisk("fake0", image.clone(), 512, false);
                    if (repaired) {
                        CheckReport found = rig.table.check("fake0", true);
                        assertEquals(List.of(), found.damage(), "cut at " + cut);
                    }
                    rig.mount();
                    boolean hasOld = Files.exists(rig.path("/old name"));
                    assertTrue(hasOld ^ Files.exists(rig.path("/d/new name")));
                    Path stays = rig.path(hasOld ? "/old name" : "/d/new name");
                    assertArrayEquals(content, Files.readAllBytes(directory ? stays.resolve("file") : stays));
                    rig.unmount();
                    List<CheckReport.Finding> left =
                            rig.table.check("fake0", true).damage();
                    assertEquals(List.of(), left, "cut at " + cut);
                    if (pair) {
                        Peers.check(rig.disk, "cut at " + cut);
                    }
                }
            }
        }
        assertTrue(twins, "no cut left both names");
    }
}
