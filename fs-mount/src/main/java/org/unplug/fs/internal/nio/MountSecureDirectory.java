package org.unplug.fs.internal.nio;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.ClosedDirectoryStreamException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.util.List;
import java.util.Set;
import org.unplug.fs.DiskGoneException;
import org.unplug.fs.spi.NodeInfo;
import org.unplug.fs.spi.OpenDirectory;

/**
 * A directory that is open: relative paths given to it begin at this directory, wherever it is now, and find nothing once it was
 * deleted. Absolute ones are those of the mount. The content is as it was when the stream was opened.
 */
final class MountSecureDirectory extends MountDirectoryStream implements SecureDirectoryStream<Path> {
    private final MountPath directory;
    private final OpenDirectory open;

    private MountSecureDirectory(
            MountPath directory, OpenDirectory open, List<NodeInfo> nodes, Filter<? super Path> filter) {
        super(directory, nodes, filter);
        this.directory = directory;
        this.open = open;
    }

    /** Takes over the open directory; within an operation. */
    static MountSecureDirectory of(MountPath directory, OpenDirectory open, Filter<? super Path> filter)
            throws IOException {
        boolean done = false;
        try {
            MountSecureDirectory stream = new MountSecureDirectory(directory, open, open.list(List.of()), filter);
            done = true;
            return stream;
        } finally {
            if (!done) {
                open.close();
            }
        }
    }

    private Spot spot(Path path) throws IOException {
        if (isClosed()) {
            throw new ClosedDirectoryStreamException();
        }
        if (!(path instanceof MountPath ours) || ours.getFileSystem() != directory.getFileSystem()) {
            throw new ProviderMismatchException("path " + path + " is not of " + directory.getFileSystem());
        }
        if (ours.isAbsolute()) {
            return Spot.of(ours);
        }
        List<String> names = ours.normalize().realNames();
        if (names.contains("..")) {
            throw new FileSystemException(path.toString(), null, "leads out of the directory");
        }
        return new Spot(directory.getFileSystem(), open, names, directory.resolve(ours));
    }

    /** Where an absolute path leads, or this directory. */
    private OpenDirectory from(Spot spot) throws IOException {
        return spot.base() != null
                ? spot.base()
                : spot.mount().superBlock().openDirectory(List.of()).orElseThrow();
    }

    private void closeIfOther(OpenDirectory from) throws IOException {
        if (from != open) {
            from.close();
        }
    }

    @Override
    public SecureDirectoryStream<Path> newDirectoryStream(Path path, LinkOption... options) throws IOException {
        Spot spot = spot(path);
        return spot.mount().read(spot.shown(), superBlock -> {
            OpenDirectory from = from(spot);
            try {
                return of(spot.shown(), from.openDirectory(spot.names()), each -> true);
            } finally {
                closeIfOther(from);
            }
        });
    }

    @Override
    public SeekableByteChannel newByteChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
        return new Opening(options, attributes).open(spot(path));
    }

    @Override
    public void deleteFile(Path path) throws IOException {
        delete(path, false);
    }

    @Override
    public void deleteDirectory(Path path) throws IOException {
        delete(path, true);
    }

    private void delete(Path path, boolean asDirectory) throws IOException {
        Spot spot = spot(path);
        spot.mount().change(spot.shown(), superBlock -> {
            OpenDirectory from = from(spot);
            try {
                List<String> told = spot.fromRoot();
                from.delete(spot.names(), asDirectory);
                spot.fileSystem().tell(StandardWatchEventKinds.ENTRY_DELETE, told);
                return null;
            } finally {
                closeIfOther(from);
            }
        });
    }

    /** Replaces what is there, as a move within a directory does. */
    @Override
    public void move(Path source, SecureDirectoryStream<Path> targetDirectory, Path target) throws IOException {
        if (!(targetDirectory instanceof MountSecureDirectory other)
                || other.directory.getFileSystem() != directory.getFileSystem()) {
            throw new ProviderMismatchException("the target directory is not of " + directory.getFileSystem());
        }
        Spot from = spot(source);
        Spot to = other.spot(target);
        from.mount().change(from.shown(), superBlock -> {
            OpenDirectory below = from(from);
            OpenDirectory into = other.from(to);
            try {
                List<String> told = from.fromRoot();
                below.rename(from.names(), into, to.names(), true);
                from.fileSystem().tell(StandardWatchEventKinds.ENTRY_DELETE, told);
                to.tell(StandardWatchEventKinds.ENTRY_CREATE);
                return null;
            } finally {
                closeIfOther(below);
                other.closeIfOther(into);
            }
        });
    }

    @Override
    public <V extends FileAttributeView> V getFileAttributeView(Class<V> type) {
        return MountAttributeView.of(new Spot(directory.getFileSystem(), open, List.of(), directory), type);
    }

    @Override
    public <V extends FileAttributeView> V getFileAttributeView(Path path, Class<V> type, LinkOption... options) {
        try {
            return MountAttributeView.of(spot(path), type);
        } catch (IOException outside) {
            throw new IllegalArgumentException(outside.getMessage(), outside);
        }
    }

    /** Gives the directory back; what a dead or unmounted volume would have to be told is of no use to it. */
    @Override
    public void close() throws IOException {
        super.close();
        Lifeline mount = directory.getFileSystem().mount();
        try {
            mount.read(directory, superBlock -> {
                open.close();
                return null;
            });
        } catch (DiskGoneException | ClosedFileSystemException over) {
            // So is the directory's use.
        }
    }
}
