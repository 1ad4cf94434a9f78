package org.unplug.itests;

import static org.junit.Assert.assertEquals;

import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import javax.inject.Inject;
import jdk.jfr.Recording;
import org.junit.After;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.ExamFactory;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.nat.internal.NativeTestContainerFactory;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.ConfigurationAdmin;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountTable;

/** A framework that does not delegate what the flight recorder generates: a recording then has no events of ours. */
@RunWith(PaxExam.class)
@ExamFactory(NativeTestContainerFactory.class)
@ExamReactorStrategy(PerClass.class)
public class RecorderUnreachableIT {

    @Inject
    private BundleContext context;

    @Configuration
    public Option[] framework() {
        return new Option[] {TargetPlatform.runtime(), TargetPlatform.unplug()};
    }

    @After
    public void clearUp() throws Exception {
        Rig rig = new Rig(context);
        for (org.osgi.service.cm.Configuration one : rig.service(ConfigurationAdmin.class)
                .listConfigurations("(service.factoryPid=org.unplug.driver.ram)")) {
            one.delete();
        }
        Await.until("every disk is released", () -> rig.list().isEmpty());
    }

    @Test
    public void whileAFlightIsRecorded_requestsAndRemovalsGoOn() throws Exception {
        Rig rig = new Rig(context);
        try (Recording recording = new Recording()) {
            recording.enable("org.unplug.block.Request");
            recording.enable("org.unplug.block.Removal");
            recording.start();
            rig.service(ConfigurationAdmin.class)
                    .createFactoryConfiguration("org.unplug.driver.ram", "?")
                    .update(FrameworkUtil.asDictionary(Map.of("bytes", 16L << 20)));
            String disk = rig.disk("(disk.bus=ram)").info().name();
            MountTable table = rig.service(MountTable.class);
            table.format(disk, FormatOptions.of("vfat"));
            table.mount(disk, "/mnt/it", MountTable.AUTO, MountOptions.DEFAULT);
            Files.writeString(
                    rig.service(FileSystem.class, "(mount.point=/mnt/it)").getPath("/a.txt"), "written");
            assertEquals(List.of(), table.unmount("/mnt/it").problems());
            rig.bundle("org.unplug.driver-ram").stop();
            Await.until("the disk is released", () -> rig.list().isEmpty());
            rig.bundle("org.unplug.driver-ram").start();
        }
    }
}
