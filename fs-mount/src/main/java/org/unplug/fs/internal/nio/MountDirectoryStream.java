package org.unplug.fs.internal.nio;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.unplug.fs.spi.NodeInfo;

/** The content of a directory as it was when the stream was opened. */
class MountDirectoryStream implements DirectoryStream<Path> {
    private final MountPath directory;
    private final Iterator<NodeInfo> nodes;
    private final Filter<? super Path> filter;
    private boolean iterated;
    private volatile boolean closed;

    MountDirectoryStream(MountPath directory, List<NodeInfo> nodes, Filter<? super Path> filter) {
        this.directory = directory;
        this.nodes = nodes.iterator();
        this.filter = filter;
    }

    @Override
    public synchronized Iterator<Path> iterator() {
        if (iterated || closed) {
            throw new IllegalStateException(closed ? "the stream is closed" : "the stream was iterated already");
        }
        iterated = true;
        return new Names();
    }

    /** Looks one ahead, since a filter decides whether there is a next. */
    private final class Names implements Iterator<Path> {
        private Path next;

        @Override
        public boolean hasNext() {
            try {
                while (next == null && !closed && nodes.hasNext()) {
                    directory.getFileSystem().mount().read(directory, superBlock -> null);
                    Path path = directory.resolve(new MountPath(
                            directory.getFileSystem(),
                            false,
                            List.of(nodes.next().name())));
                    next = filter.accept(path) ? path : null;
                }
            } catch (IOException failure) {
                throw new DirectoryIteratorException(failure);
            }
            return next != null;
        }

        @Override
        public Path next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Path path = next;
            next = null;
            return path;
        }
    }

    final boolean isClosed() {
        return closed;
    }

    @Override
    public void close() throws IOException {
        closed = true;
    }
}
