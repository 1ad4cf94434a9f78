package org.unplug.itests;

import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
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
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.ConfigurationAdmin;
import org.unplug.block.Disk;

/**
 * Our drivers are uninstalled and refreshed under load: their class loaders can be collected, their image files are closed.
 *
 * <p>It touches no class that a driver exports, else this very bundle would be wired to it and keep it; what is in a slot comes
 * from configurations.
 */
@RunWith(PaxExam.class)
@ExamFactory(NativeTestContainerFactory.class)
@ExamReactorStrategy(PerClass.class)
public class DriversGoneIT {

    @Inject
    private BundleContext context;

    @Configuration
    public Option[] framework() {
        return new Option[] {
            TargetPlatform.runtime(),
            TargetPlatform.bundles(
                    "org.unplug.block-core",
                    "org.unplug.mmc-host",
                    "org.unplug.scsi-core",
                    "org.unplug.scsi-target",
                    "org.unplug.driver-mmc-sim",
                    "org.unplug.driver-scsi-debug",
                    "org.unplug.driver-loop",
                    "org.unplug.driver-ram")
        };
    }

    private void configure(String pid, String name, Map<String, Object> properties) throws Exception {
        ConfigurationAdmin admin = new Rig(context).service(ConfigurationAdmin.class);
        (name == null ? admin.getConfiguration(pid, "?") : admin.getFactoryConfiguration(pid, name, "?"))
                .update(FrameworkUtil.asDictionary(properties));
    }

    private void delete(String pid, String name) throws Exception {
        ConfigurationAdmin admin = new Rig(context).service(ConfigurationAdmin.class);
        (name == null ? admin.getConfiguration(pid, "?") : admin.getFactoryConfiguration(pid, name, "?")).delete();
    }

    private static Path image() throws Exception {
        Path image = Files.createTempFile("unplug", ".img");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(2 << 20);
        }
        return image;
    }

    private void collects(String bsn, String bus, Path image) throws Exception {
        Rig rig = new Rig(context);
        String filter = "(&(disk.bus=" + bus + ")(!(disk.parent=*)))";
        Bundle driver = rig.bundle(bsn);
        for (int round = 0; round < 2; round++) {
            OldClasses old = OldClasses.of(driver);
            Load load = new Load(rig.disk(filter), 2);
            load.awaitProgress(100);
            String location = driver.getLocation();
            driver.uninstall();
            load.awaitGone();
            load.assertOnlyGoneAndEachOnce();
            load.close();
            rig.refresh();
            assertTrue(rig.find(Disk.class, filter).isEmpty());
            rig.awaitNoDisk("round " + round);
            assertFalse("the image is still open", Rig.descriptors().contains(image.toString()));
            old.assertCollected(bsn + " in round " + round);
            driver = context.installBundle(location);
            driver.start();
            Await.until(
                    "its configuration brings the disk back",
                    () -> rig.find(Disk.class, filter).isPresent());
        }
    }

    @Test
    public void uninstallAndRefresh_ofMmcSim_leavesItsClassesCollectable() throws Exception {
        Path image = image();
        new Rig(context).withoutDebounce();
        configure("org.unplug.mmc.sim", "slot0", Map.of("slot", "slot0", "image", image.toString()));
        collects("org.unplug.driver-mmc-sim", "mmc", image);
        delete("org.unplug.mmc.sim", "slot0");
        assertGone(image);
    }

    @Test
    public void uninstallAndRefresh_ofScsiDebug_leavesItsClassesCollectable() throws Exception {
        Path image = image();
        configure("org.unplug.scsi.debug", null, Map.of("luns", new String[] {"target=0,lun=0,image=" + image}));
        collects("org.unplug.driver-scsi-debug", "scsi", image);
        delete("org.unplug.scsi.debug", null);
        assertGone(image);
    }

    @Test
    public void uninstallAndRefresh_ofLoop_leavesItsClassesCollectable() throws Exception {
        Path image = image();
        configure("org.unplug.driver.loop", "it", Map.of("file", image.toString()));
        collects("org.unplug.driver-loop", "loop", image);
        delete("org.unplug.driver.loop", "it");
        assertGone(image);
    }

    @Test
    public void uninstallAndRefresh_ofRam_leavesItsClassesCollectable() throws Exception {
        Path image = image();
        configure("org.unplug.driver.ram", "it", Map.of("bytes", 2L << 20));
        collects("org.unplug.driver-ram", "ram", image);
        delete("org.unplug.driver.ram", "it");
        assertGone(image);
    }

    private void assertGone(Path image) throws Exception {
        Rig rig = new Rig(context);
        Await.until("every disk is released: " + rig.list(), () -> rig.list().isEmpty());
        Await.until("the image is closed", () -> !Rig.descriptors().contains(image.toString()));
        Files.delete(image);
    }
}
