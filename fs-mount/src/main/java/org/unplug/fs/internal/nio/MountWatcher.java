package org.unplug.fs.internal.nio;

import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.Watchable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;

/**
 * Tells of changes in directories of one mount. Nobody but this mount changes the volume, so what passes through it is
 * all there is. Closed when the mount ends or its disk goes, which wakes who waits.
 */
final class MountWatcher implements WatchService {
    private static final int MOST_EVENTS = 512;

    private final MountFileSystem fileSystem;
    private final LinkedBlockingDeque<WatchKey> signalled = new LinkedBlockingDeque<>();
    /** By the directory's names in the form in which equal ones are the same; guarded by this. */
    private final Map<List<String>, Key> keys = new HashMap<>();
    /** Wakes the waiters of a watcher that is closed; stays in the queue. */
    private final Key end = new Key(null, List.of(), Set.of());

    private volatile Throwable closed;

    MountWatcher(MountFileSystem fileSystem) {
        this.fileSystem = fileSystem;
    }

    boolean isOf(MountFileSystem other) {
        return fileSystem == other;
    }

    synchronized WatchKey register(MountPath directory, Set<WatchEvent.Kind<?>> kinds) {
        checkOpen();
        List<String> names = fileSystem.folded(directory.resolved());
        Key key = keys.computeIfAbsent(names, absent -> new Key(directory, names, kinds));
        key.kinds = kinds;
        return key;
    }

    /** Something happened to the last name of a path. */
    void signal(WatchEvent.Kind<Path> kind, List<String> names) {
        if (names.isEmpty()) {
            return;
        }
        List<String> folded = fileSystem.folded(names);
        Key key;
        Key itself;
        synchronized (this) {
            key = keys.get(folded.subList(0, folded.size() - 1));
            itself = kind == StandardWatchEventKinds.ENTRY_DELETE ? keys.get(folded) : null;
        }
        if (key != null) {
            key.add(kind, new MountPath(fileSystem, false, names.subList(names.size() - 1, names.size())));
        }
        if (itself != null) {
            itself.cancel();
            itself.signal();
        }
    }

    private void checkOpen() {
        Throwable why = closed;
        if (why != null) {
            ClosedWatchServiceException over = new ClosedWatchServiceException();
            over.initCause(why);
            throw over;
        }
    }

    private WatchKey checked(WatchKey key) {
        if (key == end) {
            signalled.addFirst(end);
        }
        checkOpen();
        return key;
    }

    @Override
    public WatchKey poll() {
        checkOpen();
        return checked(signalled.poll());
    }

    @Override
    public WatchKey poll(long timeout, TimeUnit unit) throws InterruptedException {
        checkOpen();
        return checked(signalled.poll(timeout, unit));
    }

    @Override
    public WatchKey take() throws InterruptedException {
        checkOpen();
        return checked(signalled.take());
    }

    @Override
    public void close() {
        close(new IllegalStateException("it was closed"));
        fileSystem.forget(this);
    }

    /** @param why the cause of what those who use it from now on get */
    void close(Throwable why) {
        synchronized (this) {
            if (closed != null) {
                return;
            }
            closed = why;
            keys.clear();
        }
        signalled.addFirst(end);
    }

    /** One directory. */
    private final class Key implements WatchKey {
        private final MountPath directory;
        private final List<String> names;
        private volatile Set<WatchEvent.Kind<?>> kinds;
        /** Guarded by this, as the next. */
        private List<WatchEvent<?>> events = new ArrayList<>();

        private boolean waiting;

        Key(MountPath directory, List<String> names, Set<WatchEvent.Kind<?>> kinds) {
            this.directory = directory;
            this.names = names;
            this.kinds = kinds;
        }

        void add(WatchEvent.Kind<Path> kind, Path name) {
            if (!kinds.contains(kind)) {
                return;
            }
            synchronized (this) {
                int last = events.size() - 1;
                if (last >= 0
                        && events.get(last).kind() == kind
                        && name.equals(events.get(last).context())) {
                    events.set(last, new Event<>(kind, name, events.get(last).count() + 1));
                } else if (events.size() < MOST_EVENTS) {
                    events.add(new Event<>(kind, name, 1));
                } else {
                    events = new ArrayList<>(List.of(new Event<>(StandardWatchEventKinds.OVERFLOW, null, 1)));
                }
            }
            signal();
        }

        private void signal() {
            synchronized (this) {
                if (waiting) {
                    return;
                }
                waiting = true;
            }
            signalled.add(this);
        }

        @Override
        public boolean isValid() {
            synchronized (MountWatcher.this) {
                return keys.get(names) == this;
            }
        }

        @Override
        public synchronized List<WatchEvent<?>> pollEvents() {
            List<WatchEvent<?>> all = events;
            events = new ArrayList<>();
            return all;
        }

        @Override
        public boolean reset() {
            boolean again;
            synchronized (this) {
                waiting = !events.isEmpty();
                again = waiting;
            }
            if (again) {
                signalled.add(this);
            }
            return isValid();
        }

        @Override
        public void cancel() {
            synchronized (MountWatcher.this) {
                keys.remove(names, this);
            }
        }

        @Override
        public Watchable watchable() {
            return directory;
        }
    }

    private record Event<T>(WatchEvent.Kind<T> kind, T context, int count) implements WatchEvent<T> {}
}
