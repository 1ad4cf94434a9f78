package org.unplug.itests;

import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
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
import org.osgi.framework.ServiceReference;
import org.unplug.mmc.MmcCard;
import org.unplug.scsi.ScsiDevice;

/** Cores and drivers are stopped and started in every order, under load, and nothing piles up. */
@RunWith(PaxExam.class)
@ExamFactory(NativeTestContainerFactory.class)
@ExamReactorStrategy(PerClass.class)
public class ShuffleIT {

    private static final int ROUNDS = Integer.getInteger("unplug.shuffles", 50);
    private static final long PROMPT_MS = 3_000;

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
                    "org.unplug.driver-scsi-debug")
        };
    }

    private static Path image() throws Exception {
        Path image = Files.createTempFile("unplug", ".img");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(1 << 20);
        }
        return image;
    }

    /** How many services of each type each of our bundles has registered. */
    private Map<String, Integer> services() throws Exception {
        Map<String, Integer> counts = new TreeMap<>();
        for (ServiceReference<?> reference : context.getAllServiceReferences(null, null)) {
            Bundle owner = reference.getBundle();
            if (owner != null && owner.getSymbolicName().startsWith("org.unplug.")) {
                String types = String.join(",", (String[]) reference.getProperty(Constants.OBJECTCLASS));
                counts.merge(owner.getSymbolicName() + " " + types, 1, Integer::sum);
            }
        }
        return counts;
    }

    @Test
    public void stopAndStart_inEveryOrderUnderLoad_leavesNothing() throws Exception {
        long seed = Seeds.next();
        Random random = new Random(seed);
        Rig rig = new Rig(context);
        List<Medium> media = List.of(Medium.mmc(context), Medium.scsi(context));
        List<Path> images = new ArrayList<>();
        for (Medium medium : media) {
            Path image = image();
            images.add(image);
            medium.insert(image);
        }
        List<Bundle> bundles = new ArrayList<>();
        for (Medium medium : media) {
            bundles.add(rig.bundle(medium.driverBundle()));
            bundles.add(rig.bundle(medium.coreBundle()));
        }
        Await.until(
                "both device services are there too",
                () -> rig.find(MmcCard.class, null).isPresent()
                        && rig.find(ScsiDevice.class, null).isPresent());
        Map<String, Integer> servicesBefore = services();
        int wholeThreads = -1;
        for (int round = 0; round < ROUNDS; round++) {
            String when = "round " + round + " of seed " + seed;
            List<Load> loads = new ArrayList<>();
            for (Medium medium : media) {
                medium.watch();
                Load load = new Load(medium.disk(), 1);
                load.awaitProgress(20);
                loads.add(load);
            }
            Collections.shuffle(bundles, random);
            List<Bundle> stopped = List.copyOf(bundles);
            for (Bundle bundle : stopped) {
                long tookMs = Rig.stop(bundle);
                assertTrue(when + ": " + bundle + " took " + tookMs + " ms in " + stopped, tookMs < PROMPT_MS);
            }
            for (Load load : loads) {
                load.awaitGone();
                load.assertOnlyGoneAndEachOnce();
                load.close();
            }
            for (Medium medium : media) {
                medium.assertNobodyInside(when + ", stopped " + stopped);
            }
            rig.awaitNoDisk(when);
            Collections.shuffle(bundles, random);
            for (Bundle bundle : bundles) {
                bundle.start();
            }
            for (Medium medium : media) {
                Await.until(when + ": started " + bundles + ", " + medium.filter() + " is back", medium::isThere);
            }
            int threads = Rig.unplugThreads().size();
            wholeThreads = round == 5 ? threads : wholeThreads;
        }
        Await.until(
                "the services of round " + ROUNDS + " are those of the first: " + servicesBefore + ", not "
                        + services(),
                () -> services().equals(servicesBefore));
        for (Medium medium : media) {
            medium.close();
        }
        Await.until("every disk is released: " + rig.list(), () -> rig.list().isEmpty());
        assertTrue(
                "threads pile up: " + Rig.unplugThreads(), Rig.unplugThreads().size() <= Math.max(wholeThreads, 8) * 2);
        for (Path image : images) {
            assertFalse(image + " is still open", Rig.descriptors().contains(image.toString()));
            Files.delete(image);
        }
    }
}
