package org.unplug.lab.internal.rig;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;
import org.unplug.lab.internal.contract.Seen;

/** Looks for what a disk or a driver has left behind. */
final class Leftovers {

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final long PATIENCE_MS = 3_000;

    private final World world;

    Leftovers(World world) {
        this.world = world;
    }

    /** Which of the objects are still there after the collector has had its time. */
    List<String> objects(Map<String, WeakReference<Object>> weak) {
        world.until(
                () -> {
                    if (weak.values().stream().allMatch(w -> w.refersTo(null))) {
                        return true;
                    }
                    System.gc();
                    world.pauseNanos(10_000_000);
                    return false;
                },
                PATIENCE_MS);
        return weak.entrySet().stream()
                .filter(e -> !e.getValue().refersTo(null))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Threads that bear one of the marks in their name or in a frame, after they have had time to end. */
    List<String> threads(List<String> marks) {
        List<String> found = new ArrayList<>();
        world.until(
                () -> {
                    found.clear();
                    found.addAll(marked(marks));
                    return found.isEmpty();
                },
                PATIENCE_MS);
        return found;
    }

    private static List<String> marked(List<String> marks) {
        List<String> found = new ArrayList<>();
        Thread.getAllStackTraces().forEach((thread, frames) -> {
            boolean named = marks.stream().anyMatch(thread.getName()::contains);
            for (StackTraceElement frame : frames) {
                named |= marks.stream().anyMatch(frame.getClassName()::startsWith);
            }
            if (named) {
                found.add(thread.getName());
            }
        });
        return found;
    }

    /** Open descriptors of a file. */
    Seen<List<String>> descriptors(Path file) {
        if (!Files.isDirectory(DESCRIPTORS)) {
            return Seen.not("this machine has no " + DESCRIPTORS);
        }
        List<String> open = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(DESCRIPTORS)) {
            Path real = file.toRealPath();
            for (Path descriptor : all) {
                if (real.equals(target(descriptor))) {
                    open.add("descriptor " + descriptor.getFileName() + " of " + file.getFileName());
                }
            }
        } catch (IOException e) {
            return Seen.not(e.toString());
        }
        return Seen.of(open);
    }

    /** What a descriptor stands for; null if it was closed meanwhile. */
    private static Path target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor);
        } catch (IOException closed) {
            return null;
        }
    }

    /**
     * Refreshes a stopped bundle and looks whether the class loader that it had is collected. Only if nobody else would be
     * restarted with it.
     */
    Seen<Boolean> loader(Bundle stopped) {
        FrameworkWiring framework = world.context().getBundle(0).adapt(FrameworkWiring.class);
        Collection<Bundle> closure = framework.getDependencyClosure(List.of(stopped));
        List<String> others = closure.stream()
                .filter(b -> b.getBundleId() != stopped.getBundleId())
                .map(Bundle::getSymbolicName)
                .toList();
        if (!others.isEmpty()) {
            return Seen.not("a refresh would restart " + String.join(", ", others) + ", which imports from the driver");
        }
        BundleWiring wiring = stopped.adapt(BundleWiring.class);
        if (wiring == null || wiring.getClassLoader() == null) {
            return Seen.not("the driver has no class loader");
        }
        WeakReference<Object> loader = new WeakReference<>(wiring.getClassLoader());
        wiring = null;
        boolean[] refreshed = new boolean[1];
        framework.refreshBundles(closure, event -> {
            if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                synchronized (refreshed) {
                    refreshed[0] = true;
                }
            }
        });
        boolean done = world.until(
                () -> {
                    synchronized (refreshed) {
                        return refreshed[0];
                    }
                },
                PATIENCE_MS);
        if (!done) {
            return Seen.not("the framework did not refresh the driver within " + PATIENCE_MS / 1000 + " s");
        }
        return Seen.of(objects(Map.of("loader", loader)).isEmpty());
    }
}
