package org.unplug.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.nio.file.FileSystem;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.ExamFactory;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.nat.internal.NativeTestContainerFactory;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.service.cm.ConfigurationAdmin;

/**
 * The block layer is refreshed, and with it every bundle that is wired to it, while a file system is being written.
 *
 * <p>It touches no class of ours, else this very bundle would be refreshed too; what it needs of them it calls by name.
 */
@RunWith(PaxExam.class)
@ExamFactory(NativeTestContainerFactory.class)
@ExamReactorStrategy(PerClass.class)
public class CoreRefreshIT {

    private static final String DISK = "org.unplug.block.Disk";

    @Inject
    private BundleContext context;

    @Configuration
    public Option[] framework() {
        return new Option[] {TargetPlatform.runtime(), TargetPlatform.unplug()};
    }

    private Bundle bundle(String symbolicName) {
        for (Bundle bundle : context.getBundles()) {
            if (symbolicName.equals(bundle.getSymbolicName())) {
                return bundle;
            }
        }
        throw new AssertionError("no bundle " + symbolicName);
    }

    /** Formats and mounts the RAM disk. */
    private FileSystem mount() throws Exception {
        Await.until("the disk is there", () -> context.getAllServiceReferences(DISK, "(disk.name=ram0)") != null);
        ServiceReference<?> reference = context.getAllServiceReferences("org.unplug.fs.MountTable", null)[0];
        Object table = bundleContextOf("org.unplug.fs-mount").getService(reference);
        ClassLoader loader = table.getClass().getClassLoader();
        Class<?> type = loader.loadClass("org.unplug.fs.MountTable");
        Class<?> format = loader.loadClass("org.unplug.fs.FormatOptions");
        Class<?> options = loader.loadClass("org.unplug.fs.MountOptions");
        type.getMethod("format", String.class, format)
                .invoke(table, "ram0", format.getMethod("of", String.class).invoke(null, "vfat"));
        type.getMethod("mount", String.class, String.class, String.class, options)
                .invoke(
                        table,
                        "ram0",
                        "/mnt/ram",
                        "auto",
                        options.getField("DEFAULT").get(null));
        return context.getService(context.getServiceReferences(FileSystem.class, "(mount.point=/mnt/ram)")
                .iterator()
                .next());
    }

    private BundleContext bundleContextOf(String symbolicName) {
        return bundle(symbolicName).getBundleContext();
    }

    private void refresh(Bundle bundle) throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION)
                .adapt(FrameworkWiring.class)
                .refreshBundles(List.of(bundle), event -> done.countDown());
        assertTrue("the refresh does not end", done.await(Await.BOUND_MS * 2, TimeUnit.MILLISECONDS));
    }

    private void round(String folder) throws Exception {
        Scribes scribes = new Scribes(mount(), folder, 3);
        scribes.awaitProgress(60);
        long began = System.nanoTime();
        refresh(bundle("org.unplug.block-core"));
        long tookMs = (System.nanoTime() - began) / 1_000_000;
        assertTrue("the refresh took " + tookMs + " ms", tookMs < 10_000);
        scribes.close();
        scribes.awaitEnd();
        for (String name : TargetPlatform.UNPLUG) {
            assertEquals(name, Bundle.ACTIVE, bundle(name).getState());
        }
    }

    @Test
    public void refresh_ofTheBlockLayerUnderWriters_bringsEveryBundleBackAndLeavesNothingOfTheOld() throws Exception {
        context.getService(context.getServiceReference(ConfigurationAdmin.class))
                .getFactoryConfiguration("org.unplug.driver.ram", "it", "?")
                .update(FrameworkUtil.asDictionary(Map.of("megabytes", 16L)));
        OldClasses old = OldClasses.of(bundle("org.unplug.block-core"));
        round("first");
        round("second");
        old.assertCollected("the block layer");
    }
}
