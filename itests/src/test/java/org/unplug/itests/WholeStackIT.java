package org.unplug.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
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
import org.unplug.block.Disk;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.Mount;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountState;
import org.unplug.fs.MountTable;
import org.unplug.fs.UnmountReport;

/** Everything is mounted and written on every kind of disk, and the block layer below it all stops. */
@RunWith(PaxExam.class)
@ExamFactory(NativeTestContainerFactory.class)
@ExamReactorStrategy(PerClass.class)
public class WholeStackIT {

    private static final long IMAGE_BYTES = 16 << 20;
    private static final long PROMPT_MS = 8_000;

    @Inject
    private BundleContext context;

    private Rig rig;
    private final Map<Medium, Path> media = new LinkedHashMap<>();

    @Configuration
    public Option[] framework() {
        return new Option[] {TargetPlatform.runtime(), TargetPlatform.unplug()};
    }

    @Before
    public void setUp() throws Exception {
        rig = new Rig(context);
        for (Medium medium :
                List.of(Medium.mmc(context), Medium.scsi(context), Medium.loop(context), Medium.ram(context))) {
            Path image = Files.createTempFile("unplug", ".img");
            try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
                file.setLength(IMAGE_BYTES);
            }
            media.put(medium, image);
            medium.insert(image);
            table().format(medium.disk().info().name(), FormatOptions.of("vfat"));
        }
    }

    @After
    public void tearDown() throws Exception {
        for (Bundle bundle : ours()) {
            bundle.start();
        }
        for (Mount mount : table().list()) {
            table().unmount(mount.point());
        }
        for (Map.Entry<Medium, Path> entry : media.entrySet()) {
            entry.getKey().close();
            Files.delete(entry.getValue());
        }
        Await.until("every disk is released: " + rig.list(), () -> rig.list().isEmpty());
        for (Path image : media.values()) {
            assertFalse(image + " is still open", Rig.descriptors().toString().contains(image.toString()));
        }
    }

    private List<Bundle> ours() {
        List<Bundle> found = new ArrayList<>();
        for (Bundle bundle : context.getBundles()) {
            if (TargetPlatform.UNPLUG.contains(bundle.getSymbolicName())) {
                found.add(bundle);
            }
        }
        return found;
    }

    private MountTable table() {
        return rig.service(MountTable.class);
    }

    private FileSystem mount(Medium medium, String point) throws IOException {
        return table().mount(medium.disk().info().name(), point, MountTable.AUTO, MountOptions.DEFAULT)
                .fileSystem();
    }

    private static String point(Medium medium) {
        return "/mnt/" + medium.driverBundle();
    }

    @Test
    public void stopOfTheBlockLayer_withEverythingMounted_losesNothingAndAllComesBack() throws Exception {
        Bundle core = rig.bundle("org.unplug.block-core");
        for (int round = 0; round < 2; round++) {
            Map<Medium, Scribes> writers = new LinkedHashMap<>();
            for (Medium medium : media.keySet()) {
                medium.watch();
                writers.put(medium, new Scribes(mount(medium, point(medium)), "run " + round, 2));
            }
            for (Scribes scribes : writers.values()) {
                scribes.awaitProgress(40);
            }
            List<Mount> mounts = table().list();
            assertEquals(4, mounts.size());
            long tookMs = Rig.stop(core);
            assertTrue("round " + round + ": stop took " + tookMs + " ms", tookMs < PROMPT_MS);
            assertTrue("disks are still found", rig.find(Disk.class, null).isEmpty());
            for (Scribes scribes : writers.values()) {
                scribes.assertOnlyGone();
            }
            for (Mount mount : mounts) {
                Await.until(mount.point() + " is dead", () -> mount.state() == MountState.DEAD);
                UnmountReport report = table().unmount(mount.point());
                assertTrue("round " + round + ": " + report, report.clean());
            }
            for (Map.Entry<Medium, Path> entry : media.entrySet()) {
                if (entry.getKey().isPersistent()) {
                    Tools.assertClean(entry.getValue(), "round " + round + ", " + point(entry.getKey()));
                }
            }
            core.start();
            for (Bundle bundle : ours()) {
                assertEquals(bundle + " is not back", Bundle.ACTIVE, bundle.getState());
            }
            for (Medium medium : media.keySet()) {
                if (medium.isPersistent()) {
                    writers.get(medium).assertAllThere(mount(medium, point(medium)));
                    assertTrue(table().unmount(point(medium)).clean());
                } else {
                    table().format(medium.disk().info().name(), FormatOptions.of("vfat"));
                }
            }
        }
    }
}
