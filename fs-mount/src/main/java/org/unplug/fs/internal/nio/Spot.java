package org.unplug.fs.internal.nio;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.util.ArrayList;
import java.util.List;
import org.unplug.fs.spi.Namespace;
import org.unplug.fs.spi.OpenDirectory;

/**
 * What an operation is about: a path from the root, or from a directory that is open.
 *
 * @param base the open directory; null for the root
 * @param names from there
 * @param shown for messages
 */
record Spot(MountFileSystem fileSystem, OpenDirectory base, List<String> names, MountPath shown) {

    static Spot of(MountPath path) {
        return new Spot(path.getFileSystem(), null, path.resolved(), path);
    }

    /** An operation. */
    interface Work<T> {
        T run(Namespace in, List<String> names) throws IOException;
    }

    <T> T read(Work<T> work) throws IOException {
        return mount().read(shown, superBlock -> work.run(base == null ? superBlock : base, names));
    }

    <T> T change(Work<T> work) throws IOException {
        return mount().change(shown, superBlock -> work.run(base == null ? superBlock : base, names));
    }

    Lifeline mount() {
        return fileSystem.mount();
    }

    /** From the root, as it is now. */
    List<String> fromRoot() throws IOException {
        if (base == null) {
            return names;
        }
        List<String> all = new ArrayList<>(base.path());
        all.addAll(names);
        return all;
    }

    /** Tells watchers, within an operation. */
    void tell(WatchEvent.Kind<Path> kind) throws IOException {
        if (fileSystem.isWatched()) {
            fileSystem.tell(kind, fromRoot());
        }
    }

    boolean exists() throws IOException {
        try {
            read(Namespace::stat);
            return true;
        } catch (NoSuchFileException absent) {
            return false;
        }
    }

    /** As is promised of what is to be deleted at the end of its use: an attempt. */
    void deleteQuietly() {
        try {
            change((in, path) -> {
                List<String> told = fromRoot();
                in.delete(path);
                fileSystem.tell(StandardWatchEventKinds.ENTRY_DELETE, told);
                return null;
            });
        } catch (IOException alreadyGone) {
            // It was attempted.
        }
    }
}
