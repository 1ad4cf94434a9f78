package org.unplug.shell.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;

/**
 * The orderly end on SIGINT and SIGTERM: the process does not go before the framework has stopped, and so every disk was
 * removed in order - holders synced, caches flushed. Also takes away the framework's working directory, which is this
 * process's own.
 */
final class Shutdown {

    /** More than a disk's deadlines for sync and drain together; past it, waiting longer would help nobody. */
    private static final long STOP_TIMEOUT_MS = 120_000;

    private final Bundle system;
    private final Path storage;
    private final Thread hook = new Thread(this::stop, "unplug-shutdown");

    /** Armed from now on. */
    Shutdown(Bundle system) {
        this.system = system;
        String place = system.getBundleContext().getProperty(Constants.FRAMEWORK_STORAGE);
        this.storage = Boolean.getBoolean("unplug.temporary") && place != null ? Path.of(place) : null;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** The framework itself stops this bundle: the hook stays, since it must still wait for the rest and tidy up. */
    void disarm() {
        if (storage == null && system.getState() == Bundle.ACTIVE) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException shuttingDown) {
                // Then the hook runs and finds the framework stopped or stopping, which it waits for.
            }
        }
    }

    private void stop() {
        try {
            Framework framework = (Framework) system;
            framework.stop();
            framework.waitForStop(STOP_TIMEOUT_MS);
        } catch (BundleException e) {
            System.err.println("unplug: could not stop in order: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (storage != null) {
            delete(storage);
        }
    }

    private static void delete(Path directory) {
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            // A temporary directory that stays behind is no reason to fail.
        }
    }
}
