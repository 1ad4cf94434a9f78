package org.unplug.fs.internal.nio;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemAlreadyExistsException;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.DosFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import org.unplug.fs.spi.OpenDirectory;

/**
 * The operations on one mount. Each mount has a provider of its own, so that nothing that was installed refers to a mount that is
 * gone; a copy between two mounts is one between providers, which {@link java.nio.file.Files} does.
 */
final class MountProvider extends FileSystemProvider {
    static final String SCHEME = "unplug";

    private final MountFileSystem fileSystem;

    MountProvider(MountFileSystem fileSystem) {
        this.fileSystem = fileSystem;
    }

    private Lifeline mount() {
        return fileSystem.mount();
    }

    private MountPath ours(Path path) {
        if (path instanceof MountPath ours && ours.getFileSystem() == fileSystem) {
            if (!fileSystem.isOpen()) {
                throw new ClosedFileSystemException();
            }
            return ours;
        }
        throw new ProviderMismatchException("path " + path + " is not of " + fileSystem);
    }

    @Override
    public String getScheme() {
        return SCHEME;
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
        throw new FileSystemAlreadyExistsException("mount with the service org.unplug.fs.MountTable");
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
        return pathOf(uri) == null ? null : fileSystem;
    }

    @Override
    public Path getPath(URI uri) {
        return fileSystem.getPath(pathOf(uri));
    }

    private String pathOf(URI uri) {
        String text = uri.getPath();
        String prefix = mount().point() + "!";
        if (!SCHEME.equalsIgnoreCase(uri.getScheme()) || text == null) {
            throw new IllegalArgumentException("URI " + uri + " is not of the form " + SCHEME + ":" + prefix + "/path");
        }
        if (!text.startsWith(prefix)) {
            throw new FileSystemNotFoundException("URI " + uri + " is not of " + fileSystem);
        }
        return text.substring(prefix.length());
    }

    @Override
    public InputStream newInputStream(Path path, OpenOption... options) throws IOException {
        Set<OpenOption> asked = options.length == 0 ? Set.of() : new HashSet<>(Arrays.asList(options));
        if (asked.contains(StandardOpenOption.WRITE) || asked.contains(StandardOpenOption.APPEND)) {
            throw new UnsupportedOperationException("open options " + asked + " for a stream that reads");
        }
        return new MountInputStream(open(path, asked));
    }

    @Override
    public SeekableByteChannel newByteChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
        return newFileChannel(path, options, attributes);
    }

    @Override
    public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        return open(path, options, attributes);
    }

    @Override
    public AsynchronousFileChannel newAsynchronousFileChannel(
            Path path, Set<? extends OpenOption> options, ExecutorService executor, FileAttribute<?>... attributes)
            throws IOException {
        if (options.contains(StandardOpenOption.APPEND)) {
            throw new UnsupportedOperationException("an asynchronous channel has no end to append to");
        }
        Executor runs = executor != null ? executor : task -> mount().execute("asynchronous I/O", task);
        return new MountAsyncChannel(open(path, options, attributes), runs);
    }

    private MountChannel open(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        return new Opening(options, attributes).open(Spot.of(ours(path)));
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path path, DirectoryStream.Filter<? super Path> filter)
            throws IOException {
        MountPath ours = ours(path);
        List<String> names = ours.resolved();
        return mount().read(ours, superBlock -> {
            Optional<OpenDirectory> open = superBlock.openDirectory(names);
            return open.isPresent()
                    ? MountSecureDirectory.of(ours, open.get(), filter)
                    : new MountDirectoryStream(ours, superBlock.list(names), filter);
        });
    }

    @Override
    public void createDirectory(Path path, FileAttribute<?>... attributes) throws IOException {
        Opening.refuse(attributes);
        MountPath ours = ours(path);
        List<String> names = ours.resolved();
        mount().change(ours, superBlock -> {
            superBlock.createDirectory(names);
            fileSystem.tell(StandardWatchEventKinds.ENTRY_CREATE, names);
            return null;
        });
    }

    @Override
    public void delete(Path path) throws IOException {
        MountPath ours = ours(path);
        List<String> names = ours.resolved();
        mount().change(ours, superBlock -> {
            superBlock.delete(names);
            fileSystem.tell(StandardWatchEventKinds.ENTRY_DELETE, names);
            return null;
        });
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) throws IOException {
        MountPath from = ours(source);
        MountPath to = ours(target);
        boolean replace = false;
        boolean attributes = false;
        for (CopyOption option : options) {
            if (option == StandardCopyOption.REPLACE_EXISTING) {
                replace = true;
            } else if (option == StandardCopyOption.COPY_ATTRIBUTES) {
                attributes = true;
            } else if (option != LinkOption.NOFOLLOW_LINKS) {
                throw new UnsupportedOperationException("copy option " + option);
            }
        }
        MountAttributes sourceAttributes = new MountAttributeView(from, "dos").readAttributes();
        if (isSame(from, to)) {
            return;
        }
        if (replace) {
            deleteIfExists(to);
        } else if (Spot.of(to).exists()) {
            throw new FileAlreadyExistsException(to.toString());
        }
        if (sourceAttributes.isDirectory()) {
            createDirectory(to);
        } else {
            copyContent(from, to);
        }
        if (attributes) {
            new MountAttributeView(to, "dos").copyFrom(sourceAttributes);
        }
    }

    private void copyContent(MountPath from, MountPath to) throws IOException {
        boolean done = false;
        try (FileChannel in = newFileChannel(from, Set.of(StandardOpenOption.READ));
                FileChannel out = newFileChannel(to, Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW))) {
            long size = in.size();
            for (long at = 0; at < size; ) {
                long n = in.transferTo(at, size - at, out);
                if (n <= 0) {
                    break;
                }
                at += n;
            }
            done = true;
        } finally {
            if (!done) {
                Spot.of(to).deleteQuietly();
            }
        }
    }

    private boolean isSame(MountPath one, MountPath other) throws IOException {
        if (one.resolved().equals(other.resolved())) {
            return true;
        }
        return Spot.of(other).exists()
                && new MountAttributeView(one, "basic")
                        .readAttributes()
                        .fileKey()
                        .equals(new MountAttributeView(other, "basic")
                                .readAttributes()
                                .fileKey());
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
        MountPath from = ours(source);
        MountPath to = ours(target);
        boolean replace = false;
        for (CopyOption option : options) {
            if (option == StandardCopyOption.REPLACE_EXISTING || option == StandardCopyOption.ATOMIC_MOVE) {
                replace = true;
            } else if (option != LinkOption.NOFOLLOW_LINKS) {
                throw new UnsupportedOperationException("move option " + option);
            }
        }
        boolean mayReplace = replace;
        mount().change(from, superBlock -> {
            superBlock.rename(from.resolved(), to.resolved(), mayReplace);
            fileSystem.tell(StandardWatchEventKinds.ENTRY_DELETE, from.resolved());
            fileSystem.tell(StandardWatchEventKinds.ENTRY_CREATE, to.resolved());
            return null;
        });
    }

    @Override
    public boolean isSameFile(Path path, Path other) throws IOException {
        if (path.equals(other)) {
            return true;
        }
        if (!(other instanceof MountPath theirs) || theirs.getFileSystem() != fileSystem) {
            return false;
        }
        return new MountAttributeView(ours(path), "basic")
                .readAttributes()
                .fileKey()
                .equals(new MountAttributeView(theirs, "basic").readAttributes().fileKey());
    }

    @Override
    public boolean isHidden(Path path) throws IOException {
        return new MountAttributeView(ours(path), "dos").readAttributes().isHidden();
    }

    @Override
    public FileStore getFileStore(Path path) throws IOException {
        new MountAttributeView(ours(path), "basic").readAttributes();
        return new MountStore(mount());
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
        MountAttributes attributes = new MountAttributeView(ours(path), "dos").readAttributes();
        for (AccessMode mode : modes) {
            if (mode == AccessMode.WRITE && fileSystem.isReadOnly()) {
                throw new AccessDeniedException(path.toString(), null, "mounted read-only");
            }
            if (mode == AccessMode.WRITE && attributes.isReadOnly() && attributes.isRegularFile()) {
                throw new AccessDeniedException(path.toString(), null, "the file has the attribute read-only");
            }
        }
    }

    @Override
    public <V extends FileAttributeView> V getFileAttributeView(Path path, Class<V> type, LinkOption... options) {
        return MountAttributeView.of(Spot.of(ours(path)), type);
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
            throws IOException {
        if (type != BasicFileAttributes.class && type != DosFileAttributes.class) {
            throw new UnsupportedOperationException("attributes " + type.getName() + ": known are basic and dos");
        }
        return type.cast(new MountAttributeView(ours(path), "dos").readAttributes());
    }

    private MountAttributeView view(Path path, String attribute) {
        int colon = attribute.indexOf(':');
        String name = colon < 0 ? "basic" : attribute.substring(0, colon);
        if (!name.equals("basic") && !name.equals("dos")) {
            throw new UnsupportedOperationException("attribute view '" + name + "': known are basic and dos");
        }
        return new MountAttributeView(ours(path), name);
    }

    private static String afterColon(String attribute) {
        return attribute.substring(attribute.indexOf(':') + 1);
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) throws IOException {
        return view(path, attributes).read(afterColon(attributes));
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options) throws IOException {
        view(path, attribute).set(afterColon(attribute), value);
    }
}
