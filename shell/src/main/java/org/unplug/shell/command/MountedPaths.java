package org.unplug.shell.command;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.unplug.fs.Mount;
import org.unplug.fs.MountTable;

/** Paths as a person types them: under a mount point, as /mnt/card/a.txt, or host:PATH. */
final class MountedPaths {

    private final MountTable table;

    MountedPaths(MountTable table) {
        this.table = table;
    }

    Path path(CommandSession session, String text) {
        if (text.startsWith(HostFiles.PREFIX)) {
            return HostFiles.path(session, text);
        }
        Mount mount = mountOf(text)
                .orElseThrow(() -> new CommandException(text + ": not under a mount point; a file of the host is "
                        + HostFiles.PREFIX + (text.isEmpty() ? "PATH" : text)));
        return inside(mount, text);
    }

    /** A path that must not be one of the host's: this command changes. */
    Path ours(CommandSession session, String text, String what) {
        if (text.startsWith(HostFiles.PREFIX)) {
            throw new CommandException(text + ": files of the host are not " + what + " from here");
        }
        return path(session, text);
    }

    /** The innermost mount that a path is under. */
    Optional<Mount> mountOf(String text) {
        return table.list().stream()
                .filter(mount -> text.equals(mount.point()) || text.startsWith(withSlash(mount.point())))
                .max(Comparator.comparingInt(mount -> mount.point().length()));
    }

    static Path inside(Mount mount, String text) {
        String rest = text.substring(Math.min(text.length(), mount.point().length()));
        return mount.fileSystem()
                .getPath(rest.startsWith("/") ? rest : "/" + rest)
                .normalize();
    }

    /** How a person writes what is below a path that was typed. */
    static String shown(String typed, Path start, Path each) {
        String below = start.relativize(each).toString();
        return below.isEmpty() ? typed : withSlash(typed) + below;
    }

    private static String withSlash(String point) {
        return point.endsWith("/") ? point : point + "/";
    }

    /** As text, since a path of one file system means nothing to another. */
    static String name(Path path) {
        Path name = path.getFileName();
        return name == null ? "" : name.toString();
    }
}
