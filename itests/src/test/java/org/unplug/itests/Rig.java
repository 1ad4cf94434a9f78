package org.unplug.itests;

import static org.junit.Assert.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.service.cm.ConfigurationAdmin;
import org.unplug.block.Disk;
import org.unplug.block.DiskStatus;
import org.unplug.block.Disks;

/** A test's hands on the framework: bundles, services, disks. */
final class Rig {

    private final BundleContext context;

    Rig(BundleContext context) {
        this.context = context;
    }

    Bundle bundle(String symbolicName) {
        for (Bundle bundle : context.getBundles()) {
            if (symbolicName.equals(bundle.getSymbolicName())) {
                return bundle;
            }
        }
        throw new AssertionError("no bundle " + symbolicName);
    }

    /** Installs and starts. */
    Bundle start(Path jar) throws BundleException {
        Bundle bundle = context.installBundle(jar.toUri().toString());
        bundle.start();
        return bundle;
    }

    /** Stops it on this thread; how long that took, in milliseconds. */
    static long stop(Bundle bundle) throws BundleException {
        long began = System.nanoTime();
        bundle.stop();
        return (System.nanoTime() - began) / 1_000_000;
    }

    static void uninstall(Bundle bundle) throws BundleException {
        if (bundle.getState() != Bundle.UNINSTALLED) {
            bundle.uninstall();
        }
    }

    /** Refreshes these bundles, or all that are pending if there are none, and waits until that is done. */
    void refresh(Bundle... bundles) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        Collection<Bundle> which = bundles.length == 0 ? null : List.of(bundles);
        context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION)
                .adapt(FrameworkWiring.class)
                .refreshBundles(which, event -> done.countDown());
        if (!done.await(Await.BOUND_MS * 2, TimeUnit.MILLISECONDS)) {
            throw new AssertionError("the refresh of " + which + " does not end");
        }
    }

    /** The switch of a simulated slot does not bounce, so the core need not wait for it. It may be told so at any time. */
    void withoutDebounce() throws IOException {
        service(ConfigurationAdmin.class)
                .getConfiguration("org.unplug.mmc", "?")
                .update(FrameworkUtil.asDictionary(Map.of("debounceMs", 2L)));
    }

    /** The service of that type, as soon as there is one; held as long as it is there. */
    <S> S service(Class<S> type) {
        return service(type, null);
    }

    <S> S service(Class<S> type, String filter) {
        Await.until(
                "there is a " + type.getSimpleName() + " " + filter,
                () -> find(type, filter).isPresent());
        S service = context.getService(find(type, filter).orElseThrow());
        if (service == null) {
            throw new AssertionError(type + " " + filter + " went again");
        }
        return service;
    }

    /** The references of that type, oldest first. */
    <S> List<ServiceReference<S>> references(Class<S> type, String filter) {
        try {
            List<ServiceReference<S>> found = new ArrayList<>(context.getServiceReferences(type, filter));
            found.sort((a, b) -> b.compareTo(a));
            return found;
        } catch (InvalidSyntaxException e) {
            throw new AssertionError(e);
        }
    }

    <S> Optional<ServiceReference<S>> find(Class<S> type, String filter) {
        return references(type, filter).stream().findFirst();
    }

    /** Waits for a disk; the framework's use count of it is given back, only the object is kept. */
    Disk disk(String filter) {
        Await.until("there is a Disk " + filter, () -> find(Disk.class, filter).isPresent());
        ServiceReference<Disk> reference = find(Disk.class, filter).orElseThrow();
        try {
            Disk disk = context.getService(reference);
            if (disk == null) {
                throw new AssertionError("the Disk " + filter + " went again");
            }
            return disk;
        } finally {
            context.ungetService(reference);
        }
    }

    /** A view of the block layer as this bundle, not cached: block-core may have been restarted. */
    List<DiskStatus> list() {
        ServiceReference<Disks> reference = context.getServiceReference(Disks.class);
        if (reference == null) {
            return List.of();
        }
        Disks disks = context.getService(reference);
        try {
            return disks == null ? List.of() : disks.list();
        } finally {
            context.ungetService(reference);
        }
    }

    /** Waits until every disk is released; who looks it through for partitions has a handle for a moment after its end. */
    void awaitNoDisk(String when) {
        Await.happens(Await.BOUND_MS, () -> list().isEmpty());
        assertEquals(when + ": disks are left", List.of(), list());
    }

    /** Waits until no disk is being looked through for partitions, which takes a handle and a reference meanwhile. */
    void settle() {
        ServiceReference<Disks> reference = context.getServiceReference(Disks.class);
        Disks disks = context.getService(reference);
        try {
            if (!disks.settle(10_000)) {
                throw new AssertionError("disks are still being looked through for partitions: " + disks.list());
            }
        } finally {
            context.ungetService(reference);
        }
    }

    Optional<DiskStatus> status(String name) {
        return list().stream().filter(d -> d.info().name().equals(name)).findFirst();
    }

    /** The live threads' names, without the virtual machine's own and the test machinery's. */
    static Set<String> unplugThreads() {
        Set<String> names = new TreeSet<>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("unplug")) {
                names.add(thread.getName());
            }
        }
        return names;
    }

    /** What the process has open; empty where /proc is not there. */
    static List<String> descriptors() {
        List<String> targets = new ArrayList<>();
        Path own = Path.of("/proc/self/fd");
        if (!Files.isDirectory(own)) {
            return targets;
        }
        try (DirectoryStream<Path> links = Files.newDirectoryStream(own)) {
            for (Path link : links) {
                try {
                    targets.add(Files.readSymbolicLink(link).toString());
                } catch (IOException closedMeanwhile) {
                    // The stream's own descriptor, or one that another thread has just closed.
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return targets;
    }
}
