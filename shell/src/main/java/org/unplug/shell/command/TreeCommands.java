package org.unplug.shell.command;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.DosFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.unplug.fs.Mount;
import org.unplug.fs.MountTable;
import org.unplug.shell.Interruption;
import org.unplug.shell.command.Names.Kind;

/** find, stat, du, mv and touch. Paths as of {@link FileCommands}. */
@Component(service = TreeCommands.class)
@GogoCommand(
        scope = "unplug",
        function = {"find", "stat", "du", "mv", "touch"})
public final class TreeCommands {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SS").withZone(ZoneId.systemDefault());

    private final MountedPaths paths;

    @Activate
    public TreeCommands(@Reference MountTable table) {
        paths = new MountedPaths(table);
    }

    /**
     * What is known of a file or directory.
     *
     * @param path as it was typed
     * @param type file or directory
     * @param size in bytes
     * @param created in the host's time zone, as the others
     * @param modified when its content last changed
     * @param accessed when it was last read
     * @param flags of DOS: r, h, s and a, for read-only, hidden, system and archive
     */
    public record StatRow(
            String path, String type, long size, String created, String modified, String accessed, String flags) {}

    /**
     * What a tree takes.
     *
     * @param sizeBytes in whole allocation units
     * @param files how many
     * @param path as it was typed
     */
    public record UsageRow(long sizeBytes, long files, String path) {}

    @Descriptor("lists everything below a path whose name, type or size fits")
    public List<String> find(
            CommandSession session,
            @Descriptor("name, with * and ?") @Parameter(names = "-name", absentValue = "*") String name,
            @Descriptor("f for files, d for directories") @Parameter(names = "-type", absentValue = "") String type,
            @Descriptor("at least so large, as 1M") @Parameter(names = "-size", absentValue = "0") String size,
            @Descriptor("under a mount point, or host:PATH") @Names.Of(Kind.PATH) String path)
            throws IOException {
        if (!type.isEmpty() && !type.equals("f") && !type.equals("d")) {
            throw new CommandException("-type " + type + ": f or d");
        }
        long least = Sizes.parse(size);
        Path start = paths.path(session, path);
        PathMatcher matcher = start.getFileSystem().getPathMatcher("glob:" + name);
        List<String> found = new ArrayList<>();
        try (Interruption.Stay stay = Interruption.of(session).enter();
                Stream<Path> all = Files.walk(start)) {
            for (Path each : (Iterable<Path>) all::iterator) {
                stay.check();
                BasicFileAttributes attributes = attributes(each);
                Path last = each.getFileName();
                boolean named = name.equals("*") || (last != null && matcher.matches(last));
                boolean typed = type.isEmpty() || attributes.isDirectory() == type.equals("d");
                boolean large = least == 0 || (attributes.isRegularFile() && attributes.size() >= least);
                if (named && typed && large) {
                    found.add(MountedPaths.shown(path, start, each));
                }
            }
        }
        return found;
    }

    private static BasicFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    @Descriptor("shows what is known of files")
    public List<StatRow> stat(
            CommandSession session,
            @Descriptor("under a mount point, or host:PATH") @Names.Of(Kind.PATH) String[] files)
            throws IOException {
        List<StatRow> rows = new ArrayList<>();
        for (String file : files) {
            Path path = paths.path(session, file);
            BasicFileAttributes attributes = attributes(path);
            rows.add(new StatRow(
                    file,
                    attributes.isDirectory() ? "directory" : "file",
                    attributes.size(),
                    time(attributes.creationTime()),
                    time(attributes.lastModifiedTime()),
                    time(attributes.lastAccessTime()),
                    flags(path)));
        }
        return rows;
    }

    private static String time(FileTime time) {
        return TIME.format(time.toInstant());
    }

    private static String flags(Path path) throws IOException {
        if (!path.getFileSystem().supportedFileAttributeViews().contains("dos")) {
            return "";
        }
        DosFileAttributes dos = Files.readAttributes(path, DosFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        return (dos.isReadOnly() ? "r" : "-")
                + (dos.isHidden() ? "h" : "-")
                + (dos.isSystem() ? "s" : "-")
                + (dos.isArchive() ? "a" : "-");
    }

    @Descriptor("shows how much room files and directories take")
    public List<UsageRow> du(
            CommandSession session,
            @Descriptor("under a mount point, or host:PATH") @Names.Of(Kind.PATH) String[] files)
            throws IOException {
        List<UsageRow> rows = new ArrayList<>();
        try (Interruption.Stay stay = Interruption.of(session).enter()) {
            for (String file : files) {
                Path start = paths.path(session, file);
                long unit = Math.max(
                        1,
                        paths.mountOf(file)
                                .map(Mount::space)
                                .map(space -> space.unitBytes())
                                .orElse(1));
                long bytes = 0;
                long count = 0;
                try (Stream<Path> all = Files.walk(start)) {
                    for (Path each : (Iterable<Path>) all::iterator) {
                        stay.check();
                        BasicFileAttributes attributes = attributes(each);
                        bytes += attributes.isDirectory() ? unit : (attributes.size() + unit - 1) / unit * unit;
                        count += attributes.isDirectory() ? 0 : 1;
                    }
                }
                rows.add(new UsageRow(bytes, count, file));
            }
        }
        return rows;
    }

    @Descriptor("gives files another name or place; what is there already is replaced")
    public void mv(
            CommandSession session,
            @Descriptor("what, under a mount point; the last one is where to") @Names.Of(Kind.PATH) String[] files)
            throws IOException {
        if (files.length < 2) {
            throw new CommandException("from where to where?");
        }
        Path to = paths.ours(session, files[files.length - 1], "written");
        boolean intoDirectory = Files.isDirectory(to);
        if (files.length > 2 && !intoDirectory) {
            throw new CommandException(files[files.length - 1] + ": must be a directory to take several files");
        }
        try (Interruption.Stay stay = Interruption.of(session).enter()) {
            for (String from : List.of(files).subList(0, files.length - 1)) {
                Path source = paths.ours(session, from, "moved");
                Path target = intoDirectory ? to.resolve(MountedPaths.name(source)) : to;
                FileSystem there = target.getFileSystem();
                if (source.getFileSystem() == there) {
                    Files.move(source, target, StandardCopyOption.REPLACE_EXISTING);
                } else {
                    carry(source, target, stay);
                }
            }
        }
    }

    /** From one mount to another: nothing is deleted before everything is copied. */
    private static void carry(Path source, Path target, Interruption.Stay stay) throws IOException {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(source)) {
            all = walk.toList();
        }
        for (Path each : all) {
            stay.check();
            String below = source.relativize(each).toString();
            Path to = below.isEmpty() ? target : target.resolve(below);
            if (!Files.isDirectory(each) || !Files.isDirectory(to)) {
                Files.copy(each, to, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        for (Path each : all.stream().sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(each);
        }
    }

    @Descriptor("makes a file, or its time of change new")
    public void touch(CommandSession session, @Descriptor("under a mount point") @Names.Of(Kind.PATH) String[] files)
            throws IOException {
        for (String file : files) {
            Path path = paths.ours(session, file, "touched");
            if (Files.exists(path)) {
                Files.setLastModifiedTime(path, FileTime.from(Instant.now()));
            } else {
                Files.createFile(path);
            }
        }
    }
}
