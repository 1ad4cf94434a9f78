package org.unplug.fs.internal.nio;

import java.io.IOException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.attribute.FileAttribute;
import java.util.List;
import java.util.Set;
import org.unplug.fs.spi.Namespace;
import org.unplug.fs.spi.NodeInfo;
import org.unplug.fs.spi.OpenNode;

/** How a file is opened, by the options of java.nio.file. */
final class Opening {
    private final Set<OpenOption> asked;
    private final boolean append;
    private final boolean write;
    private final boolean truncate;
    private final boolean createNew;
    private final boolean create;

    Opening(Set<? extends OpenOption> options, FileAttribute<?>... attributes) {
        refuse(attributes);
        asked = Set.copyOf(options);
        append = asked.contains(StandardOpenOption.APPEND);
        write = append || asked.contains(StandardOpenOption.WRITE);
        truncate = asked.contains(StandardOpenOption.TRUNCATE_EXISTING) && write;
        createNew = asked.contains(StandardOpenOption.CREATE_NEW) && write;
        create = (asked.contains(StandardOpenOption.CREATE) && write) || createNew;
        if (append && (asked.contains(StandardOpenOption.READ) || truncate)) {
            throw new IllegalArgumentException("APPEND cannot be combined with READ or TRUNCATE_EXISTING");
        }
        for (OpenOption option : asked) {
            if (!(option instanceof StandardOpenOption) && option != LinkOption.NOFOLLOW_LINKS) {
                throw new UnsupportedOperationException("open option " + option);
            }
        }
    }

    static void refuse(FileAttribute<?>... attributes) {
        if (attributes.length > 0) {
            throw new UnsupportedOperationException(
                    "attribute '" + attributes[0].name() + "' cannot be set at creation");
        }
    }

    MountChannel open(Spot spot) throws IOException {
        return write
                ? spot.change((in, names) -> open(spot, in, names))
                : spot.read((in, names) -> open(spot, in, names));
    }

    private MountChannel open(Spot spot, Namespace in, List<String> names) throws IOException {
        boolean isNew = create && spot.fileSystem().isWatched() && !has(in, names);
        OpenNode node = in.open(names, write, create, createNew);
        boolean done = false;
        try {
            if (isNew) {
                spot.tell(StandardWatchEventKinds.ENTRY_CREATE);
            }
            if (truncate && !createNew) {
                node.truncate(0);
            }
            NodeInfo info = in.stat(names);
            MountChannel channel = new MountChannel(
                    spot.fileSystem(), node, spot.shown().toAbsolutePath().normalize(), info.key(), mode(spot));
            done = true;
            return channel;
        } finally {
            if (!done) {
                node.close();
            }
        }
    }

    private MountChannel.Mode mode(Spot spot) {
        return new MountChannel.Mode(
                asked.contains(StandardOpenOption.READ) || !write,
                write,
                append,
                asked.contains(StandardOpenOption.SYNC) || asked.contains(StandardOpenOption.DSYNC),
                asked.contains(StandardOpenOption.DELETE_ON_CLOSE) ? spot::deleteQuietly : () -> {});
    }

    private static boolean has(Namespace in, List<String> names) throws IOException {
        try {
            in.stat(names);
            return true;
        } catch (NoSuchFileException absent) {
            return false;
        }
    }
}
