package org.unplug.fs.internal.nio;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A path of a mount: names between slashes. Relative ones are meant from the root. Immutable. */
final class MountPath implements Path {
    private static final Set<WatchEvent.Kind<?>> KINDS = Set.of(
            StandardWatchEventKinds.ENTRY_CREATE,
            StandardWatchEventKinds.ENTRY_DELETE,
            StandardWatchEventKinds.ENTRY_MODIFY,
            StandardWatchEventKinds.OVERFLOW);

    private final MountFileSystem fileSystem;
    private final boolean absolute;
    /** The empty path is relative with one empty name. */
    private final List<String> names;

    MountPath(MountFileSystem fileSystem, boolean absolute, List<String> names) {
        this.fileSystem = fileSystem;
        this.absolute = absolute;
        this.names = absolute || !names.isEmpty() ? List.copyOf(names) : List.of("");
    }

    static MountPath parse(MountFileSystem fileSystem, String text) {
        List<String> names = new ArrayList<>(2);
        for (int from = 0, end; from < text.length(); from = end + 1) {
            int slash = text.indexOf('/', from);
            end = slash < 0 ? text.length() : slash;
            if (from == end) {
                continue;
            }
            String name = text.substring(from, end);
            String refusal = name.equals(".") || name.equals("..")
                    ? null
                    : fileSystem.mount().superBlock().refusal(name);
            if (refusal != null) {
                throw new InvalidPathException(text, refusal);
            }
            names.add(name);
        }
        return new MountPath(fileSystem, text.startsWith("/"), names);
    }

    private MountPath with(boolean isAbsolute, List<String> newNames) {
        return new MountPath(fileSystem, isAbsolute, newNames);
    }

    private MountPath ours(Path other) {
        if (other instanceof MountPath path && path.fileSystem == fileSystem) {
            return path;
        }
        if (other instanceof MountPath path && path.fileSystem.provider() == fileSystem.provider()) {
            return path;
        }
        throw new ProviderMismatchException("path " + other + " is not of " + fileSystem);
    }

    private boolean isEmpty() {
        return !absolute && names.size() == 1 && names.get(0).isEmpty();
    }

    /** Its names; none of the empty path. */
    List<String> realNames() {
        return isEmpty() ? List.of() : names;
    }

    /** From the root, without "." and "..". */
    List<String> resolved() {
        return toAbsolutePath().normalize().names;
    }

    @Override
    public MountFileSystem getFileSystem() {
        return fileSystem;
    }

    @Override
    public boolean isAbsolute() {
        return absolute;
    }

    @Override
    public Path getRoot() {
        return absolute ? with(true, List.of()) : null;
    }

    @Override
    public Path getFileName() {
        return names.isEmpty() ? null : with(false, names.subList(names.size() - 1, names.size()));
    }

    @Override
    public Path getParent() {
        if (names.isEmpty() || (!absolute && names.size() == 1)) {
            return null;
        }
        return with(absolute, names.subList(0, names.size() - 1));
    }

    @Override
    public int getNameCount() {
        return names.size();
    }

    @Override
    public Path getName(int index) {
        if (index < 0 || index >= names.size()) {
            throw new IllegalArgumentException("name " + index + " of " + this);
        }
        return with(false, names.subList(index, index + 1));
    }

    @Override
    public Path subpath(int beginIndex, int endIndex) {
        if (beginIndex < 0 || endIndex > names.size() || beginIndex >= endIndex) {
            throw new IllegalArgumentException("names " + beginIndex + " to " + endIndex + " of " + this);
        }
        return with(false, names.subList(beginIndex, endIndex));
    }

    private List<String> folded() {
        return names.stream().map(fileSystem.mount().superBlock()::fold).toList();
    }

    @Override
    public boolean startsWith(Path other) {
        if (!(other instanceof MountPath path) || path.fileSystem != fileSystem || path.absolute != absolute) {
            return false;
        }
        if (path.isEmpty() || isEmpty()) {
            return path.isEmpty() && isEmpty();
        }
        return path.names.size() <= names.size()
                && folded().subList(0, path.names.size()).equals(path.folded());
    }

    @Override
    public boolean endsWith(Path other) {
        if (!(other instanceof MountPath path) || path.fileSystem != fileSystem) {
            return false;
        }
        if (path.isEmpty() || isEmpty()) {
            return path.isEmpty() && isEmpty();
        }
        int skip = names.size() - path.names.size();
        if (path.absolute) {
            return absolute && skip == 0 && folded().equals(path.folded());
        }
        return skip >= 0 && folded().subList(skip, names.size()).equals(path.folded());
    }

    @Override
    public MountPath normalize() {
        if (!names.contains(".") && !names.contains("..")) {
            return this;
        }
        List<String> kept = new ArrayList<>();
        for (String name : realNames()) {
            boolean canGoUp = !kept.isEmpty() && !kept.get(kept.size() - 1).equals("..");
            if (name.equals("..") && canGoUp) {
                kept.remove(kept.size() - 1);
            } else if (!name.equals(".") && !(name.equals("..") && absolute)) {
                kept.add(name);
            }
        }
        return with(absolute, kept);
    }

    @Override
    public MountPath resolve(Path other) {
        MountPath path = ours(other);
        if (path.absolute || isEmpty()) {
            return path;
        }
        if (names.isEmpty() || path.isEmpty()) {
            return with(absolute, names.isEmpty() ? path.realNames() : names);
        }
        List<String> all = new ArrayList<>(names.size() + path.names.size());
        all.addAll(names);
        all.addAll(path.names);
        return with(absolute, all);
    }

    @Override
    public Path relativize(Path other) {
        MountPath path = ours(other);
        if (path.absolute != absolute) {
            throw new IllegalArgumentException("one of " + this + " and " + other + " is absolute, the other is not");
        }
        List<String> from = realNames();
        List<String> to = path.realNames();
        int common = 0;
        while (common < from.size() && common < to.size() && same(from.get(common), to.get(common))) {
            common++;
        }
        if (from.subList(common, from.size()).contains("..")) {
            throw new IllegalArgumentException("no path leads from " + this + " to " + other);
        }
        List<String> relative = new ArrayList<>();
        for (int i = common; i < from.size(); i++) {
            relative.add("..");
        }
        relative.addAll(to.subList(common, to.size()));
        return with(false, relative);
    }

    private boolean same(String one, String other) {
        return fileSystem
                .mount()
                .superBlock()
                .fold(one)
                .equals(fileSystem.mount().superBlock().fold(other));
    }

    @Override
    public URI toUri() {
        try {
            return new URI(MountProvider.SCHEME, null, fileSystem.mount().point() + "!" + toAbsolutePath(), null);
        } catch (URISyntaxException e) {
            throw new IllegalStateException("path " + this + " makes no URI", e);
        }
    }

    @Override
    public MountPath toAbsolutePath() {
        return absolute ? this : with(true, realNames());
    }

    @Override
    public Path toRealPath(LinkOption... options) throws IOException {
        List<String> path = resolved();
        return fileSystem.mount().read(this, superBlock -> {
            List<String> real = new ArrayList<>();
            for (int i = 1; i <= path.size(); i++) {
                real.add(superBlock.stat(path.subList(0, i)).name());
            }
            return with(true, real);
        });
    }

    @Override
    public WatchKey register(WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers)
            throws IOException {
        if (!(watcher instanceof MountWatcher ours) || !ours.isOf(fileSystem)) {
            throw new ProviderMismatchException("the watch service is not of " + fileSystem);
        }
        if (events.length == 0) {
            throw new IllegalArgumentException("watch for which events?");
        }
        for (WatchEvent.Kind<?> kind : events) {
            if (!KINDS.contains(kind)) {
                throw new UnsupportedOperationException("watch events of kind " + kind);
            }
        }
        if (modifiers.length > 0) {
            throw new UnsupportedOperationException("watch modifier " + modifiers[0]);
        }
        List<String> path = resolved();
        boolean directory = fileSystem
                .mount()
                .read(this, superBlock -> superBlock.stat(path).directory());
        if (!directory) {
            throw new NotDirectoryException(toString());
        }
        return ours.register(this, Set.of(events));
    }

    @Override
    public int compareTo(Path other) {
        return String.join("/", folded()).compareTo(String.join("/", ours(other).folded()));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MountPath path
                && path.fileSystem == fileSystem
                && path.absolute == absolute
                && path.folded().equals(folded());
    }

    @Override
    public int hashCode() {
        return folded().hashCode() * 2 + (absolute ? 1 : 0);
    }

    @Override
    public String toString() {
        return (absolute ? "/" : "") + String.join("/", names);
    }
}
