package org.unplug.shell.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unplug.block.Disk;
import org.unplug.fs.CacheUse;
import org.unplug.fs.CheckReport;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.Mount;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountState;
import org.unplug.fs.MountTable;
import org.unplug.fs.Space;
import org.unplug.fs.UnmountMode;
import org.unplug.fs.UnmountReport;
import org.unplug.fs.VolumeIdentity;
import org.unplug.shell.command.FileCommands.FileRow;

/** Against the JDK's file system for zip files, mounted at two places, one inside the other. */
class FileCommandsTest {

    @TempDir
    Path host;

    private final CommandProcessorImpl processor = new CommandProcessorImpl(new ThreadIOImpl());
    private final Table table = new Table();
    private final FileCommands commands = new FileCommands(table);
    private CommandSession session;
    private FileSystem card;
    private FileSystem inner;

    @BeforeEach
    void mount() throws IOException {
        card = FileSystems.newFileSystem(host.resolve("card.zip"), Map.of("create", "true"));
        inner = FileSystems.newFileSystem(host.resolve("inner.zip"), Map.of("create", "true"));
        table.mounts = List.of(new Mounted("/mnt/card", card), new Mounted("/mnt/card/inner", inner));
        session = processor.createSession(
                InputStream.nullInputStream(), new ByteArrayOutputStream(), new ByteArrayOutputStream());
        session.currentDir(host);
        Files.writeString(host.resolve("a.txt"), "hello");
    }

    @AfterEach
    void unmount() throws IOException {
        card.close();
        inner.close();
        processor.stop();
    }

    private FileCommands.Copied cp(String... paths) throws IOException {
        return commands.cp(session, false, paths);
    }

    @Test
    void cp_toTheCardAndBack_keepsTheBytes() throws IOException {
        assertEquals(5, cp("host:a.txt", "/mnt/card/b.txt").sizeBytes());
        cp("/mnt/card/b.txt", "host:c.txt");
        assertEquals("hello", Files.readString(host.resolve("c.txt")));
    }

    @Test
    void find_listsWhatFits() throws IOException {
        TreeCommands trees = new TreeCommands(table);
        Files.createDirectories(card.getPath("/dir/sub"));
        Files.writeString(card.getPath("/dir/a.txt"), "hello");
        Files.writeString(card.getPath("/dir/sub/b.bin"), "hello, hello");
        assertEquals(List.of("/mnt/card/dir/a.txt"), trees.find(session, "*.txt", "", "0", "/mnt/card"));
        assertEquals(
                List.of("/mnt/card/dir", "/mnt/card/dir/sub"),
                trees.find(session, "*", "d", "0", "/mnt/card/dir").stream()
                        .map(FileCommandsTest::bare)
                        .toList());
        assertEquals(List.of("/mnt/card/dir/sub/b.bin"), trees.find(session, "*", "f", "6", "/mnt/card"));
        assertThrows(CommandException.class, () -> trees.find(session, "*", "x", "0", "/mnt/card"));
    }

    private static String bare(String path) {
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    @Test
    void stat_andDu_tellSizes() throws IOException {
        TreeCommands trees = new TreeCommands(table);
        Files.createDirectories(card.getPath("/dir"));
        Files.writeString(card.getPath("/dir/a.txt"), "hello");
        TreeCommands.StatRow row =
                trees.stat(session, new String[] {"/mnt/card/dir/a.txt"}).get(0);
        assertEquals("file", row.type());
        assertEquals(5, row.size());
        TreeCommands.UsageRow usage =
                trees.du(session, new String[] {"/mnt/card/dir"}).get(0);
        assertEquals(1, usage.files());
        assertEquals(6, usage.sizeBytes());
    }

    @Test
    void mv_betweenMounts_takesTheWholeTree() throws IOException {
        TreeCommands trees = new TreeCommands(table);
        Files.createDirectories(card.getPath("/dir/sub"));
        Files.writeString(card.getPath("/dir/sub/b"), "b");
        trees.mv(session, new String[] {"/mnt/card/dir", "/mnt/card/inner/moved"});
        assertFalse(Files.exists(card.getPath("/dir")));
        assertEquals("b", Files.readString(inner.getPath("/moved/sub/b")));
        trees.mv(session, new String[] {"/mnt/card/inner/moved/sub/b", "/mnt/card/inner/c"});
        assertEquals("b", Files.readString(inner.getPath("/c")));
        assertThrows(CommandException.class, () -> trees.mv(session, new String[] {"host:a.txt", "/mnt/card/x"}));
    }

    @Test
    void touch_makesAFileAndKeepsOneThatIsThere() throws IOException {
        TreeCommands trees = new TreeCommands(table);
        trees.touch(session, new String[] {"/mnt/card/t"});
        assertEquals(0, Files.size(card.getPath("/t")));
        Files.writeString(card.getPath("/t"), "kept");
        trees.touch(session, new String[] {"/mnt/card/t"});
        assertEquals("kept", Files.readString(card.getPath("/t")));
    }

    @Test
    void cp_intoADirectory_keepsTheName() throws IOException {
        commands.mkdir(session, false, new String[] {"/mnt/card/dir"});
        cp("host:a.txt", "/mnt/card/dir");
        assertEquals("hello", Files.readString(card.getPath("/dir/a.txt")));
    }

    @Test
    void cp_ofADirectory_needsR_andTakesEverything() throws IOException {
        Files.createDirectories(host.resolve("tree/sub"));
        Files.writeString(host.resolve("tree/sub/x"), "x");
        assertEquals(
                "host:tree: a directory; -r copies it with everything in it",
                assertThrows(CommandException.class, () -> cp("host:tree", "/mnt/card"))
                        .getMessage());
        assertEquals(
                1,
                commands.cp(session, true, new String[] {"host:tree", "/mnt/card"})
                        .files());
        assertEquals("x", Files.readString(card.getPath("/tree/sub/x")));
    }

    @Test
    void cp_ofSeveralFiles_needsADirectory() {
        assertEquals(
                "/mnt/card/x: must be a directory to take several files",
                assertThrows(CommandException.class, () -> cp("host:a.txt", "host:a.txt", "/mnt/card/x"))
                        .getMessage());
    }

    @Test
    void cp_ontoItself_andIntoItself_isRefused_beforeAnythingIsLost() throws IOException {
        cp("host:a.txt", "/mnt/card/a");
        assertThrows(CommandException.class, () -> cp("/mnt/card/a", "/mnt/card/a"));
        assertEquals("hello", Files.readString(card.getPath("/a")));
        commands.mkdir(session, false, new String[] {"/mnt/card/d"});
        assertThrows(
                CommandException.class, () -> commands.cp(session, true, new String[] {"/mnt/card/d", "/mnt/card/d"}));
    }

    @Test
    void cp_ofAMissingFile_leavesTheTargetAlone() {
        assertThrows(NoSuchFileException.class, () -> cp("host:none", "/mnt/card/x"));
        assertFalse(Files.exists(card.getPath("/x")));
    }

    @Test
    void path_isThatOfTheInnermostMount() throws IOException {
        cp("host:a.txt", "/mnt/card/inner/x");
        assertTrue(Files.exists(inner.getPath("/x")));
        assertFalse(Files.exists(card.getPath("/inner/x")));
    }

    @Test
    void path_underNoMount_pointsToTheHostsSpelling() {
        assertEquals(
                "/etc/x: not under a mount point; a file of the host is host:/etc/x",
                assertThrows(CommandException.class, () -> commands.ls(session, false, "/etc/x"))
                        .getMessage());
        assertThrows(CommandException.class, () -> commands.ls(session, false, "/mnt/cardigan"));
    }

    @Test
    void ls_showsNamesInOrder_directoriesWithASlash() throws IOException {
        commands.mkdir(session, true, new String[] {"/mnt/card/z/y"});
        cp("host:a.txt", "/mnt/card/b");
        assertEquals(
                List.of("b", "z/"),
                commands.ls(session, false, "/mnt/card").stream()
                        .map(FileRow::name)
                        .toList());
        assertEquals(5, commands.ls(session, false, "/mnt/card/b").get(0).size());
        assertEquals(List.of("/mnt/card/", "/mnt/card/inner/"), commands.ls());
    }

    @Test
    void rm_removesTreesOnlyWhenAsked_andNeverTheMountNorTheHosts() throws IOException {
        commands.mkdir(session, true, new String[] {"/mnt/card/z/y"});
        assertThrows(CommandException.class, () -> commands.rm(session, false, new String[] {"/mnt/card/z"}));
        assertThrows(CommandException.class, () -> commands.rm(session, true, new String[] {"/mnt/card"}));
        assertThrows(CommandException.class, () -> commands.rm(session, true, new String[] {"host:a.txt"}));
        assertThrows(NoSuchFileException.class, () -> commands.rm(session, true, new String[] {"/mnt/card/none"}));
        commands.rm(session, true, new String[] {"/mnt/card/z"});
        assertFalse(Files.exists(card.getPath("/z")));
    }

    @Test
    void names_completeMountsEntriesAndTheHost() throws IOException {
        commands.mkdir(session, false, new String[] {"/mnt/card/dir"});
        assertTrue(commands.names(Names.Kind.PATH, "").containsAll(List.of("host:", "/mnt/card/")));
        assertTrue(commands.names(Names.Kind.PATH, "/mnt/card/d").contains("/mnt/card/dir/"));
        assertTrue(commands.names(Names.Kind.PATH, "host:" + host + "/").contains("host:" + host + "/a.txt"));
    }

    @Test
    void cache_showsEachMountAndAllTogether() {
        assertEquals(
                List.of(
                        new MountCommands.CacheRow("sda", 200, 10, 500, "/mnt/card"),
                        new MountCommands.CacheRow("sda", 200, 10, 500, "/mnt/card/inner"),
                        new MountCommands.CacheRow("all", 300, 20, 1000, "")),
                new MountCommands(table, new Conditions()).cache());
    }

    private static final class Table implements MountTable {
        private List<Mount> mounts = List.of();

        @Override
        public Mount mount(String disk, String mountPoint, String type, MountOptions options) {
            throw new AssertionError("not asked for");
        }

        @Override
        public Mount mount(Disk disk, String mountPoint, String type, MountOptions options) {
            throw new AssertionError("not asked for");
        }

        @Override
        public UnmountReport unmount(String mountPoint, UnmountMode mode) {
            throw new AssertionError("not asked for");
        }

        @Override
        public Mount remount(String mountPoint, MountOptions options) {
            throw new AssertionError("not asked for");
        }

        @Override
        public Optional<VolumeIdentity> identify(String disk) {
            throw new AssertionError("not asked for");
        }

        @Override
        public CheckReport check(String disk, boolean repair) {
            throw new AssertionError("not asked for");
        }

        @Override
        public void label(String disk, String label) {
            throw new AssertionError("not asked for");
        }

        @Override
        public List<Mount> list() {
            return mounts;
        }

        @Override
        public CacheUse cache() {
            return new CacheUse(300, 20, 1000);
        }

        @Override
        public Optional<Mount> find(String mountPoint) {
            return mounts.stream()
                    .filter(mount -> mount.point().equals(mountPoint))
                    .findFirst();
        }

        @Override
        public String format(String disk, FormatOptions options) {
            throw new AssertionError("not asked for");
        }

        @Override
        public void sync() {}

        @Override
        public List<String> types() {
            return List.of("zip");
        }
    }

    private record Mounted(String point, FileSystem fileSystem) implements Mount {
        @Override
        public String disk() {
            return "sda";
        }

        @Override
        public long epoch() {
            return 1;
        }

        @Override
        public String type() {
            return "zip";
        }

        @Override
        public String label() {
            return "";
        }

        @Override
        public String uuid() {
            return "";
        }

        @Override
        public void freeze(long atMostMs) {}

        @Override
        public void thaw() {}

        @Override
        public MountOptions options() {
            return MountOptions.DEFAULT;
        }

        @Override
        public MountState state() {
            return MountState.MOUNTED;
        }

        @Override
        public Space space() {
            return new Space(100, 50, 1);
        }

        @Override
        public CacheUse cache() {
            return new CacheUse(200, 10, 500);
        }

        @Override
        public boolean isDirty() {
            return false;
        }

        @Override
        public void sync() {}
    }
}
