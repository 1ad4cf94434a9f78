package org.unplug.shell.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
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
import org.unplug.fs.MountTable;
import org.unplug.shell.Interruption;
import org.unplug.shell.Progress;

/**
 * ls, cat, cp, rm and mkdir. A path is under a mount point, as /mnt/card/a.txt; a file of the host is written host:PATH.
 * Everything goes through java.nio.file, so both kinds meet in one command.
 */
@Component(service = {FileCommands.class, Names.class})
@GogoCommand(
        scope = "unplug",
        function = {"ls", "cat", "cp", "rm", "mkdir"})
public final class FileCommands implements Names {

    private static final int BUFFER_BYTES = 256 * 1024;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

    private final MountTable table;
    private final MountedPaths tree;

    @Activate
    public FileCommands(@Reference MountTable table) {
        this.table = table;
        tree = new MountedPaths(table);
    }

    /**
     * A file or directory.
     *
     * @param size in bytes
     * @param modified last, in the host's time zone
     * @param name a directory's ends with a slash
     */
    public record FileRow(long size, String modified, String name) {}

    /**
     * What was copied.
     *
     * @param files how many
     * @param sizeBytes their content
     * @param tookMs how long it took, without a sync
     */
    public record Copied(int files, long sizeBytes, long tookMs) {}

    @Descriptor("lists the mount points")
    public List<String> ls() {
        return table.list().stream().map(mount -> mount.point() + "/").toList();
    }

    @Descriptor("lists a directory")
    public List<FileRow> ls(
            CommandSession session,
            @Descriptor("at length and with hidden files, as it is in any case")
                    @Parameter(
                            names = {"-l", "-a", "-la", "-al"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean asAlways,
            @Descriptor("under a mount point, or host:PATH") @Names.Of(Kind.PATH) String path)
            throws IOException {
        Path start = tree.path(session, path);
        BasicFileAttributes attributes = Files.readAttributes(start, BasicFileAttributes.class);
        if (!attributes.isDirectory()) {
            return List.of(row(start, attributes));
        }
        List<FileRow> rows = new ArrayList<>();
        try (Stream<Path> entries = Files.list(start)) {
            for (Path entry :
                    entries.sorted(Comparator.comparing(MountedPaths::name)).toList()) {
                rows.add(row(entry, Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)));
            }
        }
        return rows;
    }

    @Descriptor("shows files as they are")
    public void cat(
            CommandSession session,
            @Descriptor("under a mount point, or host:PATH") @Names.Of(Kind.PATH) String[] paths)
            throws IOException {
        // The one command that writes itself: a file's bytes are no value to be formatted.
        PrintStream out = System.out;
        try (Interruption.Stay stay = Interruption.of(session).enter()) {
            for (String path : paths) {
                try (InputStream in = Files.newInputStream(tree.path(session, path))) {
                    byte[] buffer = new byte[BUFFER_BYTES];
                    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                        stay.check();
                        out.write(buffer, 0, n);
                    }
                }
            }
        } finally {
            out.flush();
        }
    }

    @Descriptor("copies files, to and from the host too")
    public Copied cp(
            CommandSession session,
            @Descriptor("directories with everything in them")
                    @Parameter(
                            names = {"-r", "-R"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean recursive,
            @Descriptor("what, under a mount point or host:PATH; the last one is where to") @Names.Of(Kind.PATH)
                    String[] paths)
            throws IOException {
        if (paths.length < 2) {
            throw new CommandException("from where to where? a host's file is host:PATH");
        }
        Path to = tree.path(session, paths[paths.length - 1]);
        boolean intoDirectory = Files.isDirectory(to);
        if (paths.length > 2 && !intoDirectory) {
            throw new CommandException(paths[paths.length - 1] + ": must be a directory to take several files");
        }
        List<Copy> work = new ArrayList<>();
        for (String from : List.of(paths).subList(0, paths.length - 1)) {
            Path source = tree.path(session, from);
            Path target = intoDirectory ? to.resolve(MountedPaths.name(source)) : to;
            plan(from, source, target, recursive, work);
        }
        long start = System.nanoTime();
        long total = work.stream().mapToLong(Copy::bytes).sum();
        long done = 0;
        int files = 0;
        try (Interruption.Stay stay = Interruption.of(session).enter();
                Progress progress = Progress.of(session, paths[0], total)) {
            for (Copy copy : work) {
                if (copy.directory()) {
                    makeDirectory(copy.to());
                } else {
                    done = copy(copy, stay, progress, done);
                    files++;
                }
            }
        }
        return new Copied(files, done, (System.nanoTime() - start) / 1_000_000);
    }

    @Descriptor("removes files")
    public void rm(
            CommandSession session,
            @Descriptor("directories with everything in them")
                    @Parameter(
                            names = {"-r", "-R"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean recursive,
            @Descriptor("under a mount point") @Names.Of(Kind.PATH) String[] paths)
            throws IOException {
        for (String text : paths) {
            Path path = tree.ours(session, text, "removed");
            if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                throw new NoSuchFileException(text);
            }
            if (path.getNameCount() == 0) {
                throw new CommandException(text + ": a mount point; umount takes it away");
            }
            if (!Files.isDirectory(path)) {
                Files.delete(path);
                continue;
            }
            if (!recursive) {
                throw new CommandException(text + ": a directory; -r removes it with everything in it");
            }
            try (Stream<Path> tree = Files.walk(path)) {
                for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            }
        }
    }

    @Descriptor("makes directories")
    public void mkdir(
            CommandSession session,
            @Descriptor("those above too; no error if it is there")
                    @Parameter(names = "-p", presentValue = "true", absentValue = "false")
                    boolean parents,
            @Descriptor("under a mount point, or host:PATH") @Names.Of(Kind.PATH) String[] paths)
            throws IOException {
        for (String path : paths) {
            if (parents) {
                Files.createDirectories(tree.path(session, path));
            } else {
                Files.createDirectory(tree.path(session, path));
            }
        }
    }

    @Override
    public Collection<String> names(Kind kind, String typed) {
        if (kind == Kind.HOST_FILE) {
            return HostFiles.complete(typed.startsWith(HostFiles.PREFIX) ? HostFiles.PREFIX : "", typed);
        }
        if (kind != Kind.PATH) {
            return List.of();
        }
        if (typed.startsWith(HostFiles.PREFIX)) {
            return HostFiles.complete(HostFiles.PREFIX, typed);
        }
        List<String> names = new ArrayList<>(List.of(HostFiles.PREFIX));
        table.list().forEach(mount -> names.add(mount.point() + "/"));
        String folder = typed.substring(0, typed.lastIndexOf('/') + 1);
        tree.mountOf(folder).ifPresent(mount -> {
            try (Stream<Path> entries = Files.list(MountedPaths.inside(mount, folder))) {
                entries.forEach(
                        entry -> names.add(folder + MountedPaths.name(entry) + (Files.isDirectory(entry) ? "/" : "")));
            } catch (IOException e) {
                // Nothing to offer.
            }
        });
        return names;
    }

    /** One step of a copy. */
    private record Copy(String what, Path from, Path to, boolean directory, long bytes) {}

    private static void plan(String what, Path from, Path to, boolean recursive, List<Copy> work) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(from, BasicFileAttributes.class);
        if (!attributes.isDirectory()) {
            if (same(from, to)) {
                throw new CommandException(what + ": is the same file");
            }
            work.add(new Copy(what, from, to, false, attributes.size()));
            return;
        }
        if (!recursive) {
            throw new CommandException(what + ": a directory; -r copies it with everything in it");
        }
        if (to.getFileSystem() == from.getFileSystem()
                && to.toAbsolutePath()
                        .normalize()
                        .startsWith(from.toAbsolutePath().normalize())) {
            throw new CommandException(what + ": cannot be copied into itself");
        }
        work.add(new Copy(what, from, to, true, 0));
        try (Stream<Path> entries = Files.list(from)) {
            for (Path entry :
                    entries.sorted(Comparator.comparing(MountedPaths::name)).toList()) {
                plan(what + "/" + MountedPaths.name(entry), entry, to.resolve(MountedPaths.name(entry)), true, work);
            }
        }
    }

    private static boolean same(Path from, Path to) throws IOException {
        return from.getFileSystem() == to.getFileSystem() && Files.exists(to) && Files.isSameFile(from, to);
    }

    private static long copy(Copy copy, Interruption.Stay stay, Progress progress, long before) throws IOException {
        long done = before;
        try (InputStream in = Files.newInputStream(copy.from());
                OutputStream out = Files.newOutputStream(copy.to())) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
                done += n;
                progress.at(done);
                stay.check();
            }
        }
        return done;
    }

    private static void makeDirectory(Path directory) throws IOException {
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
    }

    private static FileRow row(Path path, BasicFileAttributes attributes) {
        return new FileRow(
                attributes.isDirectory() ? 0 : attributes.size(),
                TIME.format(attributes.lastModifiedTime().toInstant()),
                MountedPaths.name(path) + (attributes.isDirectory() ? "/" : ""));
    }
}
