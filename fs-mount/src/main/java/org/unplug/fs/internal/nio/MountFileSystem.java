package org.unplug.fs.internal.nio;

import java.io.IOException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchEvent;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.unplug.fs.UnmountReport;

/** The file system of one mount. Its paths begin at "/", which is the root of the volume, and mean the same in any case. */
public final class MountFileSystem extends FileSystem {
    private final Lifeline mount;
    private final MountProvider provider;
    private final FileLocks locks = new FileLocks();
    private final Set<MountChannel> channels = ConcurrentHashMap.newKeySet();
    private final Set<MountWatcher> watchers = ConcurrentHashMap.newKeySet();

    public MountFileSystem(Lifeline mount) {
        this.mount = mount;
        provider = new MountProvider(this);
    }

    Lifeline mount() {
        return mount;
    }

    FileLocks locks() {
        return locks;
    }

    void opened(MountChannel channel) {
        channels.add(channel);
    }

    void closed(MountChannel channel) {
        channels.remove(channel);
        if (channels.isEmpty()) {
            mount.lastClosed();
        }
    }

    /** How many files are open. */
    public int openFiles() {
        return channels.size();
    }

    /** How many of them for writing. */
    public int writers() {
        return (int) channels.stream().filter(MountChannel::isWritable).count();
    }

    /** Closes what is still open, when nobody is inside any more. What that brings to light, one line each. */
    public List<String> closeChannels() {
        List<String> problems = new ArrayList<>();
        for (MountChannel channel : List.copyOf(channels)) {
            try {
                channel.closeWithMount();
            } catch (IOException lost) {
                problems.add(lost.getMessage());
            }
        }
        return problems;
    }

    /** Closes what is still open on a disk that is gone, without asking the file system for anything. */
    public void closeChannelsOfDead() {
        for (MountChannel channel : List.copyOf(channels)) {
            channel.closeDead();
        }
    }

    @Override
    public FileSystemProvider provider() {
        return provider;
    }

    /** Unmounts. */
    @Override
    public void close() throws IOException {
        if (!mount.isThere()) {
            return;
        }
        UnmountReport report = mount.unmount();
        if (!report.problems().isEmpty()) {
            throw new FileSystemException(mount.point(), null, String.join("; ", report.problems()));
        }
    }

    @Override
    public boolean isOpen() {
        return mount.isThere();
    }

    @Override
    public boolean isReadOnly() {
        return mount.superBlock().readOnly();
    }

    @Override
    public String getSeparator() {
        return "/";
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        return List.of(root());
    }

    MountPath root() {
        return new MountPath(this, true, List.of());
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return List.of(new MountStore(mount));
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return Set.of("basic", "dos");
    }

    @Override
    public Path getPath(String first, String... more) {
        if (more.length == 0) {
            return MountPath.parse(this, first);
        }
        StringBuilder text = new StringBuilder(first);
        for (String part : more) {
            if (!part.isEmpty()) {
                if (text.length() > 0) {
                    text.append('/');
                }
                text.append(part);
            }
        }
        return MountPath.parse(this, text.toString());
    }

    @Override
    public PathMatcher getPathMatcher(String syntaxAndPattern) {
        int colon = syntaxAndPattern.indexOf(':');
        if (colon <= 0) {
            throw new IllegalArgumentException(
                    "'" + syntaxAndPattern + "' has no syntax: write glob: or regex: before it");
        }
        String syntax = syntaxAndPattern.substring(0, colon);
        String pattern = syntaxAndPattern.substring(colon + 1);
        String regex;
        if (syntax.equalsIgnoreCase("glob")) {
            regex = Glob.toRegex(pattern);
        } else if (syntax.equalsIgnoreCase("regex")) {
            regex = pattern;
        } else {
            throw new UnsupportedOperationException("pattern syntax '" + syntax + "': known are glob and regex");
        }
        Pattern compiled = Pattern.compile(regex, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
        return path -> compiled.matcher(path.toString()).matches();
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        throw new UnsupportedOperationException("this file system knows no owners");
    }

    /** Tells of changes made through this mount, which are all that there are. */
    @Override
    public WatchService newWatchService() {
        if (!mount.isThere()) {
            throw new ClosedFileSystemException();
        }
        MountWatcher watcher = new MountWatcher(this);
        watchers.add(watcher);
        if (!mount.isThere()) {
            watcher.close();
        }
        return watcher;
    }

    void forget(MountWatcher watcher) {
        watchers.remove(watcher);
    }

    /** Whether anybody wants to be told of changes. */
    boolean isWatched() {
        return !watchers.isEmpty();
    }

    /** Something happened to the last name of a path, given from the root. */
    void tell(WatchEvent.Kind<Path> kind, List<String> names) {
        if (!isWatched()) {
            return;
        }
        for (MountWatcher watcher : watchers) {
            watcher.signal(kind, names);
        }
    }

    /** No change will come any more. */
    public void closeWatchers(Throwable why) {
        watchers.forEach(watcher -> watcher.close(why));
        watchers.clear();
    }

    List<String> folded(List<String> names) {
        return names.stream().map(mount.superBlock()::fold).toList();
    }

    @Override
    public String toString() {
        return mount.disk() + " at " + mount.point();
    }
}
