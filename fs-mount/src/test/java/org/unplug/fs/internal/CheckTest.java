package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unplug.fs.CheckReport;
import org.unplug.fs.FormatOptions;

/** What a check finds, what a repair leaves, and labels. fsck.fat is the judge of repairs where it is installed. */
class CheckTest {
    private Rig rig;

    @AfterEach
    void close() {
        if (rig != null) {
            rig.close();
        }
    }

    private void make(String type) throws IOException {
        rig = Rig.formatted(type, (type.equals("fat32") ? 40 : type.equals("fat12") ? 3 : 20) << 20);
        rig.mount();
        Files.createDirectories(rig.path("/A directory/sub"));
        byte[] bytes = new byte[50_000];
        new Random(1).nextBytes(bytes);
        Files.write(rig.path("/A directory/a long name.bin"), bytes);
        Files.write(rig.path("/A directory/sub/second"), bytes);
        Files.write(rig.path("/THIRD"), Arrays.copyOf(bytes, 30_000));
        Files.createFile(rig.path("/empty"));
        assertTrue(rig.unmount().clean());
    }

    private ByteBuffer image() {
        return ByteBuffer.wrap(rig.disk.bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private int fat() {
        return image().getShort(14) * image().getShort(11);
    }

    private int fatBytes() {
        int sectors = image().getShort(22) & 0xFFFF;
        return (sectors == 0 ? image().getInt(36) : sectors) * image().getShort(11);
    }

    /** Sets an entry of FAT16 in both copies. */
    private void entry(int cluster, int value) {
        image().putShort(fat() + cluster * 2, (short) value);
        image().putShort(fat() + fatBytes() + cluster * 2, (short) value);
    }

    /** The slot of a short name in the root directory of FAT16. */
    private int rootSlot(String name) {
        int root = fat() + 2 * fatBytes();
        for (int at = root; at < root + 512 * 32; at += 32) {
            if (new String(rig.disk.bytes, at, 11, StandardCharsets.ISO_8859_1).startsWith(name)) {
                return at;
            }
        }
        throw new AssertionError("no " + name);
    }

    /** The slots of FAT32 with such a short name, wherever they are. */
    private IntStream slots(String pattern) {
        Predicate<String> wanted = Pattern.compile(pattern).asMatchPredicate();
        int data = fat() + 2 * fatBytes();
        return IntStream.range(0, (rig.disk.bytes.length - data) / 32)
                .map(i -> data + i * 32)
                .filter(at -> rig.disk.bytes[at] != 0)
                .filter(at -> wanted.test(new String(rig.disk.bytes, at, 11, StandardCharsets.ISO_8859_1)));
    }

    private CheckReport check(boolean repair) throws IOException {
        return rig.table.check("fake0", repair);
    }

    /** It is found, nothing is changed by looking, it is repaired, and then nothing is found any more. */
    private void findsAndRepairs(CheckReport.Kind kind, String what) throws IOException {
        byte[] before = rig.disk.bytes.clone();
        CheckReport found = check(false);
        assertTrue(
                found.findings().stream().anyMatch(f -> f.what().contains(what) && f.kind() == kind),
                kind + " " + what + " in " + found);
        assertFalse(found.isSound());
        assertTrue(Arrays.equals(before, rig.disk.bytes), "looking changed something");
        CheckReport repaired = check(true);
        assertTrue(repaired.isSound());
        CheckReport after = check(false);
        assertEquals(java.util.List.of(), after.findings(), "after the repair of " + found);
        Peers.check(rig.disk, "after the repair of " + found);
        rig.mount();
        try (Stream<Path> all = Files.walk(rig.path("/"))) {
            for (Path each : all.toList()) {
                if (!Files.isDirectory(each)) {
                    Files.readAllBytes(each);
                }
            }
        }
        assertTrue(rig.unmount().clean());
    }

    @ParameterizedTest
    @ValueSource(strings = {"fat12", "fat16", "fat32", "exfat"})
    void soundVolume_hasNothing(String type) throws IOException {
        make(type);
        CheckReport report = check(false);
        assertEquals(java.util.List.of(), report.findings());
        assertEquals(4, report.files());
        assertEquals(3, report.directories());
        assertEquals(type, report.type());
    }

    @Test
    void lostClusters_becomeFree() throws IOException {
        make("fat16");
        entry(9000, 9001);
        entry(9001, 0xFFFF);
        findsAndRepairs(CheckReport.Kind.RESIDUE, "2 clusters of 2048 bytes belong to nobody");
    }

    @Test
    void chainIntoAFreeCluster_endsBefore() throws IOException {
        make("fat16");
        int first = image().getShort(rootSlot("THIRD") + 26) & 0xFFFF;
        entry(first + 3, 0);
        findsAndRepairs(CheckReport.Kind.DAMAGE, "leads to the free cluster");
        rig.mount();
        assertEquals(3 * 2048, Files.size(rig.path("/third")));
    }

    @Test
    void chainIntoAnother_endsBefore() throws IOException {
        make("fat16");
        int third = image().getShort(rootSlot("THIRD") + 26) & 0xFFFF;
        entry(third + 2, third - 3);
        findsAndRepairs(CheckReport.Kind.DAMAGE, "of another chain");
    }

    @Test
    void chainInACircle_endsBefore() throws IOException {
        make("fat16");
        int third = image().getShort(rootSlot("THIRD") + 26) & 0xFFFF;
        entry(third + 5, third);
        findsAndRepairs(CheckReport.Kind.DAMAGE, "of another chain");
    }

    @Test
    void sizeWithoutClusters_isCut() throws IOException {
        make("fat16");
        image().putInt(rootSlot("THIRD") + 28, 500_000);
        findsAndRepairs(CheckReport.Kind.DAMAGE, "its size becomes that");
    }

    @Test
    void clustersWithoutSize_go() throws IOException {
        make("fat16");
        image().putInt(rootSlot("THIRD") + 28, 2048);
        findsAndRepairs(CheckReport.Kind.RESIDUE, "the others go");
    }

    @Test
    void twoNamesOfOneChain_becomeOne() throws IOException {
        make("fat16");
        int first = image().getShort(rootSlot("THIRD") + 26);
        image().putShort(rootSlot("EMPTY") + 26, (short) first);
        image().putInt(rootSlot("EMPTY") + 28, 30_000);
        findsAndRepairs(CheckReport.Kind.RESIDUE, "the older name goes");
    }

    /** What each file of the root has, by its name. */
    private Map<String, Long> sizes() throws IOException {
        rig.mount();
        Map<String, Long> sizes = new TreeMap<>();
        try (Stream<Path> all = Files.list(rig.path("/"))) {
            for (Path each : all.toList()) {
                sizes.put(each.getFileName().toString(), Files.size(each));
            }
        }
        assertTrue(rig.unmount().clean());
        return sizes;
    }

    /** Files of the sizes 100, 200 and so on, which are not of one rename. */
    private void files(String type, String... names) throws IOException {
        rig = Rig.formatted(type, 20 << 20);
        rig.mount();
        for (int i = 0; i < names.length; i++) {
            Files.write(rig.path("/" + names[i]), new byte[(i + 1) * 100]);
            rig.now = rig.now.plusSeconds(60);
        }
        assertTrue(rig.unmount().clean());
    }

    @Test
    void filesOfOneShortName_areTwoAfterARepair() throws IOException {
        files("fat16", "ONE", "TWO", "ONE~1");
        System.arraycopy(rig.disk.bytes, rootSlot("ONE "), rig.disk.bytes, rootSlot("TWO"), 11);
        findsAndRepairs(CheckReport.Kind.DAMAGE, "is there twice, and only one is found: this one becomes ONE~2");
        assertEquals(Map.of("ONE", 100L, "ONE~2", 200L, "ONE~1", 300L), sizes());
    }

    @Test
    void filesOfOneLongName_areTwoAfterARepair() throws IOException {
        files("fat16", "A picture.jpeg", "B picture.jpeg", "A picture~1.jpeg");
        int other = rootSlot("BPICTU~1JPE") - 32;
        image().putChar(other + 1, 'a');
        findsAndRepairs(CheckReport.Kind.DAMAGE, "this one becomes a picture~2.jpeg");
        assertEquals(Map.of("A picture.jpeg", 100L, "a picture~2.jpeg", 200L, "A picture~1.jpeg", 300L), sizes());
    }

    @Test
    void longNameWithoutRoomForATail_isCut() throws IOException {
        files("fat16", "thirteen .txt", "fourteen .txt");
        int other = rootSlot("FOURTE~1TXT") - 32;
        String wanted = "thirteen ";
        for (int i = 0; i < wanted.length(); i++) {
            image().putChar(other + (i < 5 ? 1 + 2 * i : 14 + 2 * (i - 5)), wanted.charAt(i));
        }
        findsAndRepairs(CheckReport.Kind.DAMAGE, "this one becomes thirtee~1.txt");
        assertEquals(Map.of("thirteen .txt", 100L, "thirtee~1.txt", 200L), sizes());
    }

    @Test
    void filesWhoseShortNamesAlone_areTheSame_keepTheirLongOnes() throws IOException {
        files("fat16", "A picture.jpeg", "B picture.jpeg");
        int one = rootSlot("APICTU~1JPE");
        int other = rootSlot("BPICTU~1JPE");
        System.arraycopy(rig.disk.bytes, one, rig.disk.bytes, other, 11);
        for (int part = 1; part <= 2; part++) {
            rig.disk.bytes[other - 32 * part + 13] = rig.disk.bytes[one - 32 + 13];
        }
        findsAndRepairs(CheckReport.Kind.DAMAGE, "this one becomes APICTU~2.JPE in programs that show short names");
        assertEquals(Map.of("A picture.jpeg", 100L, "B picture.jpeg", 200L), sizes());
    }

    @Test
    void directoriesOfOneName_areTwoAfterARepair_andWhatIsInThemStays() throws IOException {
        rig = Rig.formatted("fat32", 40 << 20);
        rig.mount();
        Files.createDirectory(rig.path("/ONE"));
        Files.createDirectory(rig.path("/TWO"));
        Files.write(rig.path("/ONE/file"), new byte[100]);
        Files.write(rig.path("/TWO/file"), new byte[200]);
        assertTrue(rig.unmount().clean());
        slots("TWO .*")
                .forEach(at -> System.arraycopy("ONE".getBytes(StandardCharsets.US_ASCII), 0, rig.disk.bytes, at, 3));
        findsAndRepairs(CheckReport.Kind.DAMAGE, "this one becomes ONE~1");
        rig.mount();
        assertEquals(100, Files.size(rig.path("/ONE/file")));
        assertEquals(200, Files.size(rig.path("/ONE~1/file")));
    }

    @Test
    void manyFilesOfOneName_areAllThereAfterARepair() throws IOException {
        rig = Rig.formatted("fat32", 40 << 20);
        rig.mount();
        for (int i = 0; i < 2000; i++) {
            Files.write(rig.path(String.format("/N%04d", i)), new byte[1 + i]);
            rig.now = rig.now.plusSeconds(60);
        }
        assertTrue(rig.unmount().clean());
        slots("N[0-9]{4} .*")
                .forEach(at -> System.arraycopy("NAME ".getBytes(StandardCharsets.US_ASCII), 0, rig.disk.bytes, at, 5));
        findsAndRepairs(CheckReport.Kind.DAMAGE, "this one becomes NAM~1999");
        Map<String, Long> sizes = sizes();
        assertEquals(2000, sizes.size());
        assertEquals(2000, sizes.values().stream().distinct().count());
    }

    @Test
    void filesOfOneNameOnExfat_areTwoAfterARepair() throws IOException {
        files("exfat", "ONE", "TWO", "one~1");
        int one = fileSlot(3);
        System.arraycopy(rig.disk.bytes, one + 64, rig.disk.bytes, one + 96 + 64, 32);
        System.arraycopy(rig.disk.bytes, one + 32 + 4, rig.disk.bytes, one + 96 + 32 + 4, 2);
        sum(one + 96);
        findsAndRepairs(CheckReport.Kind.DAMAGE, "this one becomes ONE~2");
        assertEquals(Map.of("ONE", 100L, "ONE~2", 200L, "one~1", 300L), sizes());
    }

    private void shortName(int slot, String bytes) {
        System.arraycopy(bytes.getBytes(StandardCharsets.US_ASCII), 0, rig.disk.bytes, slot, 11);
    }

    @Test
    void filesWhoseNamesNoPathCanHold_areHidden_andGetOthers() throws IOException {
        files("fat16", "ONE", "TWO", "THREE", "A_B.TXT", "FIVE", "SIX");
        shortName(rootSlot("TWO "), "A/B     TXT");
        shortName(rootSlot("THREE "), "           ");
        shortName(rootSlot("FIVE "), "        .  ");
        shortName(rootSlot("SIX "), "/       /  ");
        assertEquals(Map.of("ONE", 100L, "A_B.TXT", 400L), sizes());
        findsAndRepairs(CheckReport.Kind.DAMAGE, "has a name that no path can hold: it becomes A_B~1.TXT");
        assertEquals(
                Map.of("ONE", 100L, "A_B~1.TXT", 200L, "~2", 300L, "A_B.TXT", 400L, "~3._", 500L, "_._", 600L),
                sizes());
    }

    @Test
    void nameOfLineFeeds_isAFileLikeAnother() throws IOException {
        files("fat16", "ONE", "TWO");
        shortName(rootSlot("TWO "), "\n".repeat(11));
        String shown = "\uFFFD".repeat(8) + "." + "\uFFFD".repeat(3);
        assertEquals(Map.of("ONE", 100L, shown, 200L), sizes());
        assertEquals(java.util.List.of(), check(false).findings());
    }

    @Test
    void directoryWhoseNameNoPathCanHold_getsAnother_andWhatIsInItStays() throws IOException {
        rig = Rig.formatted("fat32", 40 << 20);
        rig.mount();
        Files.createDirectory(rig.path("/TWO"));
        Files.write(rig.path("/TWO/file"), new byte[200]);
        assertTrue(rig.unmount().clean());
        slots("TWO .*").forEach(at -> shortName(at, "T/O        "));
        findsAndRepairs(CheckReport.Kind.DAMAGE, "has a name that no path can hold: it becomes T_O");
        rig.mount();
        assertEquals(200, Files.size(rig.path("/T_O/file")));
    }

    @Test
    void filesOfExfatWhoseNamesNoPathCanHold_getOthers() throws IOException {
        files("exfat", "ONE", "TWO", "a_b", "..x");
        int two = fileSlot(3) + 96;
        String[] names = {"A/B", "..x"};
        for (int name = 0; name < 2; name++) {
            int at = two + name * 2 * 96;
            for (int i = 0; i < 3; i++) {
                image().putChar(at + 64 + 2 + 2 * i, names[name].charAt(i));
            }
        }
        rig.disk.bytes[two + 2 * 96 + 32 + 3] = 2;
        sum(two);
        sum(two + 2 * 96);
        assertEquals(Map.of("ONE", 100L, "a_b", 300L), sizes());
        findsAndRepairs(CheckReport.Kind.DAMAGE, "has a name that no path can hold: it becomes A_B~1");
        assertEquals(Map.of("ONE", 100L, "A_B~1", 200L, "a_b", 300L, "__", 400L), sizes());
    }

    @Test
    void copiesThatDiffer_becomeEqual() throws IOException {
        make("fat16");
        image().putShort(fat() + fatBytes() + 200, (short) 77);
        findsAndRepairs(CheckReport.Kind.RESIDUE, "a copy of the table differs");
    }

    @Test
    void wrongDotDot_isSetRight() throws IOException {
        make("fat16");
        int directory = image().getShort(rootSlot("ADIREC~1") + 26) & 0xFFFF;
        int perCluster = image().get(13) * image().getShort(11);
        int data = fat() + 2 * fatBytes() + 512 * 32;
        image().putShort(data + (directory - 2) * perCluster + 32 + 26, (short) 5);
        findsAndRepairs(CheckReport.Kind.DAMAGE, "'..' leads to cluster 5");
    }

    @Test
    void dotsWhereNoneBelong_go() throws IOException {
        make("fat16");
        System.arraycopy("..         ".getBytes(StandardCharsets.US_ASCII), 0, rig.disk.bytes, rootSlot("EMPTY"), 11);
        findsAndRepairs(CheckReport.Kind.DAMAGE, "'..' where none belongs: it goes");
    }

    @Test
    void nameThatMerelyBeginsWithDots_isAFileLikeAnother() throws IOException {
        make("fat16");
        System.arraycopy("..A".getBytes(StandardCharsets.US_ASCII), 0, rig.disk.bytes, rootSlot("THIRD"), 3);
        assertEquals(4, check(true).files());
        rig.mount();
        assertEquals(30_000, Files.size(rig.path("/..ARD")));
    }

    @Test
    void directoryWhoseDotsAreDamaged_isMovedAndChangesNothingElse() throws IOException {
        make("fat16");
        int directory = image().getShort(rootSlot("ADIREC~1") + 26) & 0xFFFF;
        int perCluster = image().get(13) * image().getShort(11);
        int dots = fat() + 2 * fatBytes() + 512 * 32 + (directory - 2) * perCluster + 32;
        System.arraycopy("OTHER   BIN".getBytes(StandardCharsets.US_ASCII), 0, rig.disk.bytes, dots, 11);
        byte[] before = Arrays.copyOfRange(rig.disk.bytes, dots, dots + 32);
        rig.mount();
        Files.createDirectory(rig.path("/new"));
        Files.move(rig.path("/A directory"), rig.path("/new/A directory"));
        rig.unmount();
        assertArrayEquals(before, Arrays.copyOfRange(rig.disk.bytes, dots, dots + 32));
    }

    @Test
    void rootWhoseFirstClusterIsMarkedFree_hasItAgain() throws IOException {
        make("fat32");
        int root = image().getInt(44);
        image().putInt(fat() + root * 4, 0);
        image().putInt(fat() + fatBytes() + root * 4, 0);
        findsAndRepairs(CheckReport.Kind.DAMAGE, "its first cluster " + root + " is marked free");
        assertEquals(30_000L, sizes().get("THIRD"));
    }

    @Test
    void partOfALongNameWithoutItsFile_goes() throws IOException {
        make("fat16");
        rig.disk.bytes[rootSlot("ADIREC~1")] = (byte) 0xE5;
        findsAndRepairs(CheckReport.Kind.RESIDUE, "a part of a long name");
    }

    @Test
    void freeCountOfFsInfo_isSetRight() throws IOException {
        make("fat32");
        image().putInt(512 + 488, 12);
        findsAndRepairs(CheckReport.Kind.RESIDUE, "FSInfo says that 12 clusters are free");
    }

    @Test
    void dirtyMark_isTakenAway() throws IOException {
        make("fat32");
        rig.disk.bytes[65] |= 1;
        findsAndRepairs(CheckReport.Kind.RESIDUE, "not unmounted orderly");
    }

    @ParameterizedTest
    @ValueSource(strings = {"fat12", "fat16", "fat32"})
    void anyDamageOfTableAndNames_isRepaired(String type) throws IOException {
        make(type);
        byte[] good = rig.disk.bytes.clone();
        int data = fat() + 2 * fatBytes();
        for (int seed = 0; seed < 40; seed++) {
            System.arraycopy(good, 0, rig.disk.bytes, 0, good.length);
            Random random = new Random(seed);
            for (int i = 0; i < 1 + random.nextInt(12); i++) {
                boolean inTable = random.nextBoolean();
                int at = inTable ? fat() + 12 + random.nextInt(150) : data + random.nextInt(3000);
                rig.disk.bytes[at] = (byte) random.nextInt(256);
            }
            CheckReport first = check(true);
            assertTrue(first.isSound(), "seed " + seed);
            // A repair may bring to light what stood behind what it took away; it comes to an end.
            for (int i = 0; i < 3 && !check(true).findings().isEmpty(); i++) {
                assertTrue(i < 2, "seed " + seed + ": " + check(false));
            }
        }
    }

    private int heap() {
        return image().getInt(88) * 512;
    }

    private int exfatCluster() {
        return 512 << rig.disk.bytes[109];
    }

    private int rootOfExfat() {
        return heap() + (image().getInt(96) - 2) * exfatCluster();
    }

    /** The slot of the first File entry of a name of this length in the root directory. */
    private int fileSlot(int length) {
        int at = rootOfExfat();
        while ((rig.disk.bytes[at] & 0xFF) != 0x85 || rig.disk.bytes[at + 32 + 3] != length) {
            at += 32;
        }
        return at;
    }

    private void sum(int at) {
        int sum = 0;
        for (int i = 0; i < 32 * (1 + rig.disk.bytes[at + 1]); i++) {
            if (i != 2 && i != 3) {
                sum = (sum << 15 | sum >>> 1) + (rig.disk.bytes[at + i] & 0xFF) & 0xFFFF;
            }
        }
        image().putShort(at + 2, (short) sum);
    }

    @Test
    void exfat_lostClustersBecomeFree() throws IOException {
        make("exfat");
        rig.disk.bytes[heap() + 200] = 0x07;
        findsAndRepairs(CheckReport.Kind.RESIDUE, "3 clusters of 4096 bytes belong to nobody");
    }

    @Test
    void exfat_clustersInUseAreMarkedSo() throws IOException {
        make("exfat");
        rig.disk.bytes[heap()] = 0x00;
        findsAndRepairs(CheckReport.Kind.DAMAGE, "are in use and marked free");
    }

    @Test
    void exfat_brokenSetGoes() throws IOException {
        make("exfat");
        rig.disk.bytes[fileSlot(5) + 2] ^= 0x11;
        findsAndRepairs(CheckReport.Kind.RESIDUE, "are not whole: they go");
    }

    @Test
    void exfat_sizeWithoutClustersIsCut() throws IOException {
        make("exfat");
        int at = fileSlot(5);
        image().putInt(at + 32 + 20, image().getInt(92) + 1);
        sum(at);
        findsAndRepairs(CheckReport.Kind.DAMAGE, "its size becomes that");
    }

    /** Else what is appended later would go to clusters that are free. */
    @Test
    void exfat_chainLongerThanItsSizeIsCut() throws IOException {
        make("exfat");
        rig.mount();
        Files.write(rig.path("/frag"), new byte[4096]);
        Files.write(rig.path("/between"), new byte[4096]);
        Files.write(rig.path("/frag"), new byte[4096], StandardOpenOption.APPEND);
        rig.unmount();
        int fat = image().getInt(80) * 512;
        int first = image().getInt(fileSlot(4) + 32 + 20);
        int second = image().getInt(fat + first * 4);
        image().putInt(fat + second * 4, second + 50);
        image().putInt(fat + (second + 50) * 4, -1);
        findsAndRepairs(CheckReport.Kind.RESIDUE, "its chain is longer than its size");
        rig.mount();
        Files.write(rig.path("/frag"), new byte[10_000], StandardOpenOption.APPEND);
        Files.write(rig.path("/more"), new byte[300_000]);
        rig.unmount();
        assertEquals(java.util.List.of(), check(false).findings());
    }

    /** The slot of the root directory with an entry of this type. */
    private int slotOfExfat(int type) {
        int at = rootOfExfat();
        while ((rig.disk.bytes[at] & 0xFF) != type) {
            at += 32;
        }
        return at;
    }

    @Test
    void exfat_upcaseTableThatLeadsOnIntoTheRoot_isCut() throws IOException {
        make("exfat");
        int fat = image().getInt(80) * 512;
        int first = image().getInt(slotOfExfat(0x82) + 20);
        int last = first + (image().getInt(slotOfExfat(0x82) + 24) + 4095) / 4096 - 1;
        image().putInt(fat + last * 4, image().getInt(96));
        findsAndRepairs(CheckReport.Kind.RESIDUE, "its chain is longer than its size");
    }

    /** Nothing can be repaired where the bitmap is what the names are in. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {"0x81; the root directory's and the bitmap's", "0x82; the root directory's and the up-case table's"
            })
    void exfat_bitmapOrUpcaseTableInTheRoot_isRefused_andNothingIsWritten(int type, String whose) throws IOException {
        make("exfat");
        int root = image().getInt(96);
        image().putInt(slotOfExfat(type) + 20, root);
        byte[] before = rig.disk.bytes.clone();
        for (boolean repair : new boolean[] {false, true}) {
            IOException refused = assertThrows(IOException.class, () -> check(repair));
            assertTrue(refused.getMessage().contains("cluster " + root + " is " + whose), refused.getMessage());
        }
        assertThrows(IOException.class, rig::mount);
        assertTrue(Arrays.equals(before, rig.disk.bytes));
    }

    @Test
    void exfat_checksumOfTheBootRegionIsMended() throws IOException {
        make("exfat");
        image().putInt(100, 0x1234);
        findsAndRepairs(CheckReport.Kind.DAMAGE, "the checksum of the boot region is wrong");
    }

    @Test
    void exfat_dirtyMarkIsTakenAway() throws IOException {
        make("exfat");
        rig.disk.bytes[106] |= 2;
        findsAndRepairs(CheckReport.Kind.RESIDUE, "not unmounted orderly");
    }

    @Test
    void exfat_anyDamageOfNamesAndBitmapIsRepaired() throws IOException {
        make("exfat");
        byte[] good = rig.disk.bytes.clone();
        for (int seed = 0; seed < 60; seed++) {
            System.arraycopy(good, 0, rig.disk.bytes, 0, good.length);
            Random random = new Random(seed);
            for (int i = 0; i < 1 + random.nextInt(8); i++) {
                // Behind the label, the bitmap and the up-case table, without which there is no volume.
                int at = random.nextBoolean() ? heap() + random.nextInt(30) : rootOfExfat() + 96 + random.nextInt(600);
                rig.disk.bytes[at] = (byte) random.nextInt(256);
            }
            assertTrue(check(true).isSound(), "seed " + seed);
            assertEquals(java.util.List.of(), check(false).findings(), "seed " + seed);
            Peers.check(rig.disk, "seed " + seed);
            rig.mount();
            try (Stream<Path> all = Files.walk(rig.path("/"))) {
                all.forEach(path -> {});
            }
            assertTrue(rig.unmount().clean());
        }
    }

    @Test
    void mountedVolume_isNotRepaired() throws IOException {
        make("fat16");
        rig.mount();
        assertThrows(FileSystemException.class, () -> check(true));
        assertThrows(FileSystemException.class, () -> rig.table.label("fake0", "X"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"fat12", "fat16", "fat32", "exfat"})
    void label_isChangedTakenAwayAndGivenAgain(String type) throws IOException {
        rig = new Rig(new FakeDisk("fake0", (type.equals("fat32") ? 40 : type.equals("fat12") ? 3 : 20) << 20));
        rig.table.format("fake0", FormatOptions.of(type));
        for (String label : new String[] {"FIRST", "SECOND ONE", "", "THIRD"}) {
            rig.table.label("fake0", label);
            assertEquals(label, rig.table.identify("fake0").orElseThrow().label());
            assertEquals(label, rig.mount().label());
            Files.writeString(rig.path("/f" + label), label);
            rig.unmount();
            Peers.check(rig.disk, "label '" + label + "'");
        }
        assertThrows(FileSystemException.class, () -> rig.table.label("fake0", "much too long a label"));
    }
}
