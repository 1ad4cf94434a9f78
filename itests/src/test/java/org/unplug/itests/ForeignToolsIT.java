package org.unplug.itests;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.ExamFactory;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.nat.internal.NativeTestContainerFactory;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.BundleContext;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.Mount;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountTable;

/**
 * Volumes made by dosfstools and filled by mtools are read through the whole stack, and what Unplug wrote is found sound by
 * fsck.fat and read back by mtools. Where a machine lacks the programs the tests are skipped and say so.
 */
@RunWith(PaxExam.class)
@ExamFactory(NativeTestContainerFactory.class)
@ExamReactorStrategy(PerClass.class)
public class ForeignToolsIT {

    private static final String POINT = "/mnt/foreign";

    @Inject
    private BundleContext context;

    private Rig rig;
    private Path folder;
    private Path image;
    private Medium medium;

    @Configuration
    public Option[] framework() {
        return new Option[] {TargetPlatform.runtime(), TargetPlatform.unplug()};
    }

    @Before
    public void setUp() throws Exception {
        Tools.assume("mkfs.fat", "fsck.fat", "mcopy", "mdir", "mmd");
        rig = new Rig(context);
        folder = Files.createTempDirectory("unplug");
        image = folder.resolve("volume.img");
    }

    @After
    public void tearDown() throws Exception {
        if (folder == null) {
            return;
        }
        for (Mount mount : table().list()) {
            table().unmount(mount.point());
        }
        if (medium != null) {
            medium.close();
        }
        Await.until("every disk is released", () -> rig.list().isEmpty());
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        }
    }

    private MountTable table() {
        return rig.service(MountTable.class);
    }

    private void makeImage(long bytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(bytes);
        }
    }

    private FileSystem mount(Medium on) throws IOException {
        medium = on;
        String disk = medium.insert(image).info().name();
        return table().mount(disk, POINT, MountTable.AUTO, MountOptions.DEFAULT).fileSystem();
    }

    private void takeOut() throws IOException {
        assertTrue(table().unmount(POINT).clean());
        medium.close();
        medium = null;
        Await.until("every disk is released", () -> rig.list().isEmpty());
    }

    /** Names that need long entries, exactly fit a short one, or are special; with contents of awkward lengths. */
    private static Map<String, byte[]> samples() {
        Map<String, byte[]> files = new TreeMap<>();
        Random random = new Random(42);
        List<String> names = List.of(
                "README.TXT",
                "A",
                "empty.bin",
                "a name with spaces and (brackets).text",
                "exactly thirteen characters.x",
                "Größe – naïve.dat",
                "no-extension-but-rather-long-name-that-needs-several-directory-entries-to-be-kept-at-all",
                "many.dots.in.a.name.tar.gz");
        int[] lengths = {13, 1, 0, 511, 512, 513, 70_001, 4_096};
        for (int i = 0; i < names.size(); i++) {
            byte[] bytes = new byte[lengths[i]];
            random.nextBytes(bytes);
            files.put(names.get(i), bytes);
        }
        return files;
    }

    private void readsWhatOthersWrote(Medium on, String bits, long bytes) throws Exception {
        makeImage(bytes);
        Tools.run("mkfs.fat", "-F", bits, "-n", "FOREIGN", image.toString());
        Tools.run("mmd", "-i", image.toString(), "::/deep", "::/deep/deeper directory");
        Map<String, byte[]> files = samples();
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Path source = Files.write(folder.resolve(file.getKey()), file.getValue());
            for (String where : List.of("::/", "::/deep/deeper directory/")) {
                Tools.run("mcopy", "-i", image.toString(), source.toString(), where);
            }
        }
        FileSystem fileSystem = mount(on);
        Mount mount = table().find(POINT).orElseThrow();
        assertEquals("fat" + bits, mount.type());
        assertEquals("FOREIGN", mount.label());
        for (String where : List.of("/", "/deep/deeper directory")) {
            List<String> names = new ArrayList<>();
            try (Stream<Path> listed = Files.list(fileSystem.getPath(where))) {
                listed.filter(Files::isRegularFile)
                        .forEach(p -> names.add(p.getFileName().toString()));
            }
            names.sort(null);
            assertEquals(where, new ArrayList<>(files.keySet()), names);
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Path path = fileSystem.getPath(where).resolve(file.getKey());
                assertArrayEquals(path.toString(), file.getValue(), Files.readAllBytes(path));
            }
        }
        // And goes on with it: what both wrote is one sound volume.
        Files.write(fileSystem.getPath("/deep/added by Unplug.txt"), files.get("README.TXT"));
        Files.delete(fileSystem.getPath("/many.dots.in.a.name.tar.gz"));
        takeOut();
        Tools.assertClean(image, "after Unplug wrote to it");
        Path back = folder.resolve("back");
        Tools.run("mcopy", "-i", image.toString(), "::/deep/added by Unplug.txt", back.toString());
        assertArrayEquals(files.get("README.TXT"), Files.readAllBytes(back));
    }

    private void isReadByOthers(Medium on, String type, long bytes) throws Exception {
        makeImage(bytes);
        medium = on;
        String disk = medium.insert(image).info().name();
        assertEquals(type, table().format(disk, FormatOptions.of(type).withLabel("UNPLUG")));
        FileSystem fileSystem = table().mount(disk, POINT, MountTable.AUTO, MountOptions.DEFAULT)
                .fileSystem();
        Files.createDirectories(fileSystem.getPath("/deep/deeper directory"));
        Map<String, byte[]> files = samples();
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Files.write(fileSystem.getPath("/" + file.getKey()), file.getValue());
            Files.write(fileSystem.getPath("/deep/deeper directory").resolve(file.getKey()), file.getValue());
        }
        // Enough entries that the directory needs more clusters, and holes among them.
        for (int i = 0; i < 120; i++) {
            Files.writeString(fileSystem.getPath("/deep", "entry number " + i + ".txt"), "entry " + i);
        }
        for (int i = 0; i < 120; i += 3) {
            Files.delete(fileSystem.getPath("/deep", "entry number " + i + ".txt"));
        }
        Files.move(fileSystem.getPath("/A"), fileSystem.getPath("/deep/A moved.txt"));
        takeOut();
        Tools.assertClean(image, "after Unplug made and filled it");
        Path back = Files.createDirectories(folder.resolve("back"));
        Tools.run("mcopy", "-s", "-i", image.toString(), "::/deep", back.toString());
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            assertArrayEquals(
                    file.getKey(),
                    file.getValue(),
                    Files.readAllBytes(back.resolve("deep/deeper directory").resolve(file.getKey())));
        }
        assertArrayEquals(files.get("A"), Files.readAllBytes(back.resolve("deep/A moved.txt")));
        try (Stream<Path> copied = Files.list(back.resolve("deep"))) {
            List<String> entries = copied.map(p -> p.getFileName().toString())
                    .filter(n -> n.startsWith("entry"))
                    .collect(Collectors.toList());
            assertEquals(80, entries.size());
        }
        assertTrue(Tools.run("mdir", "-i", image.toString(), "::/").contains("UNPLUG"));
    }

    @Test
    public void fat16_madeByOthersOnALoopDisk_isReadCorrectly() throws Exception {
        readsWhatOthersWrote(Medium.loop(context), "16", 32 << 20);
    }

    @Test
    public void fat32_madeByOthersOnACard_isReadCorrectly() throws Exception {
        readsWhatOthersWrote(Medium.mmc(context), "32", 64 << 20);
    }

    @Test
    public void fat16_madeByOthersOnALun_isReadCorrectly() throws Exception {
        readsWhatOthersWrote(Medium.scsi(context), "16", 32 << 20);
    }

    @Test
    public void fat16_madeByUnplugOnACard_isSoundAndReadByOthers() throws Exception {
        isReadByOthers(Medium.mmc(context), "fat16", 32 << 20);
    }

    @Test
    public void fat32_madeByUnplugOnALoopDisk_isSoundAndReadByOthers() throws Exception {
        isReadByOthers(Medium.loop(context), "fat32", 64 << 20);
    }
}
