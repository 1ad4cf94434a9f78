package org.unplug.itests;

import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.CoreOptions.bootDelegationPackage;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
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
import org.osgi.service.cm.ConfigurationAdmin;
import org.unplug.block.Disk;
import org.unplug.block.DiskControl;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.Mount;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountState;
import org.unplug.fs.MountTable;
import org.unplug.fs.UnmountReport;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.mmc.sim.MmcSlots;
import org.unplug.scsi.debug.LunSpec;
import org.unplug.scsi.debug.ScsiDebug;

/** What the tests of disks over disks share: media on image files, disks made by configurations, a mount, and clearing up. */
@RunWith(PaxExam.class)
@ExamFactory(NativeTestContainerFactory.class)
@ExamReactorStrategy(PerClass.class)
public abstract class StackedBench {

    static final String POINT = "/mnt/it";
    static final long IMAGE_BYTES = 24 << 20;

    @Inject
    private BundleContext context;

    private final List<Path> images = new ArrayList<>();
    private final List<org.osgi.service.cm.Configuration> configurations = new ArrayList<>();
    Rig rig;

    @Configuration
    public Option[] framework() {
        return new Option[] {
            TargetPlatform.runtime(),
            TargetPlatform.unplug(),
            TargetPlatform.stacked(),
            // As under ./unplug; the specification's default is WARN.
            frameworkProperty("org.osgi.service.log.admin.loglevel").value("INFO"),
            bootDelegationPackage("jdk.jfr.internal.*")
        };
    }

    @Before
    public final void rig() throws IOException {
        rig = new Rig(context);
        rig.withoutDebounce();
    }

    @After
    public final void clearUp() throws Exception {
        for (Bundle bundle : context.getBundles()) {
            if (String.valueOf(bundle.getSymbolicName()).startsWith("org.unplug.")) {
                bundle.start();
            }
        }
        for (Mount mount : table().list()) {
            table().unmount(mount.point());
        }
        unconfigure();
        if (slots().list().stream().anyMatch(s -> s.slot().equals(MmcSlots.DEFAULT_SLOT) && !s.isEmpty())) {
            slots().yank(MmcSlots.DEFAULT_SLOT);
        }
        adapter().yank(0, 0);
        Await.until("every disk is released: " + rig.list(), () -> rig.list().isEmpty());
        for (Path image : images) {
            Files.deleteIfExists(image);
        }
    }

    BundleContext context() {
        return context;
    }

    MountTable table() {
        return rig.service(MountTable.class);
    }

    DiskControl control() {
        return rig.service(DiskControl.class);
    }

    MmcSlots slots() {
        return rig.service(MmcSlots.class);
    }

    ScsiDebug adapter() {
        return rig.service(ScsiDebug.class);
    }

    Path image() throws IOException {
        Path image = Files.createTempFile("unplug", ".img");
        images.add(image);
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(IMAGE_BYTES);
        }
        return image;
    }

    /** A card of that serial number; the disk's name. */
    String card(Path image, long serial) throws IOException {
        slots().insert(MmcSlots.DEFAULT_SLOT, CardSpec.image(image).withSerial(serial));
        return rig.disk("(&(disk.bus=mmc)(!(disk.parent=*)))").info().name();
    }

    String lun(Path image) throws IOException {
        adapter().insert(LunSpec.image(image.toString()).at(0, 0));
        return rig.disk("(&(disk.bus=scsi)(!(disk.parent=*)))").info().name();
    }

    /** A disk by a factory configuration of that driver; its name. */
    String configured(String driver, Map<String, ?> properties) throws IOException {
        String filter = "(disk.bus=" + driver + ")";
        // One that died, or whose configuration was deleted, goes on a thread of its own.
        Await.until("there is none yet", () -> rig.find(Disk.class, filter).isEmpty());
        org.osgi.service.cm.Configuration configuration =
                rig.service(ConfigurationAdmin.class).createFactoryConfiguration("org.unplug.driver." + driver, "?");
        configurations.add(configuration);
        Dictionary<String, Object> given = new Hashtable<>(properties);
        configuration.update(given);
        return rig.disk(filter).info().name();
    }

    /** Deletes what was configured, the last one first. */
    void unconfigure() throws IOException {
        for (int i = configurations.size() - 1; i >= 0; i--) {
            configurations.remove(i).delete();
        }
    }

    String loop(Path image) throws IOException {
        return configured("loop", Map.of("file", image.toString()));
    }

    Mount formatAndMount(String disk) throws IOException {
        table().format(disk, FormatOptions.of("vfat").withLabel("ITEST"));
        return mount(disk);
    }

    Mount mount(String disk) throws IOException {
        Mount mount = table().mount(disk, POINT, MountTable.AUTO, MountOptions.DEFAULT);
        assertSame(MountState.MOUNTED, mount.state());
        return mount;
    }

    FileSystem fileSystem() {
        return rig.service(FileSystem.class, "(" + MountTable.POINT + "=" + POINT + ")");
    }

    Scribes scribes(String folder) throws IOException {
        return new Scribes(fileSystem(), folder, 3);
    }

    void unmountClean() throws IOException {
        UnmountReport report = table().unmount(POINT);
        assertTrue(report.toString(), report.clean());
    }

    List<String> filters(String disk) {
        return rig.status(disk).orElseThrow().filters();
    }
}
