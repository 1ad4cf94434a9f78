package org.unplug.itests;

import static org.junit.Assert.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.unplug.block.Disk;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.mmc.sim.MmcSlots;
import org.unplug.mmc.sim.SlotCounters;
import org.unplug.scsi.debug.LunSpec;
import org.unplug.scsi.debug.ScsiDebug;
import org.unplug.scsi.debug.ScsiDebugCounters;

/** A disk on an image file behind one of our drivers: how it is put in and pulled, and what its driver counts. */
abstract class Medium {

    final Rig rig;
    final BundleContext context;

    Medium(BundleContext context) {
        this.context = context;
        this.rig = new Rig(context);
    }

    abstract String driverBundle();

    /** The bus core between driver and block layer; null if there is none. */
    String coreBundle() {
        return null;
    }

    /** Puts it in and waits for its disk. */
    abstract Disk insert(Path image) throws IOException;

    /** Pulls it out while it runs. */
    abstract void yank() throws IOException;

    /** A hand at the medium already, that yanks it when called: it does not look for a driver that may be gone by then. */
    Callable<Void> hand() {
        return () -> {
            yank();
            return null;
        };
    }

    /** Whether {@link #yank} is an accident; otherwise it is an orderly removal by configuration. */
    boolean yankIsSurprise() {
        return true;
    }

    /** Whether what was written is there after the driver was stopped and started. */
    boolean isPersistent() {
        return true;
    }

    abstract String filter();

    /** Its disk, as soon as it is there. */
    Disk disk() {
        return rig.disk(filter());
    }

    boolean isThere() {
        return rig.find(Disk.class, filter()).isPresent();
    }

    /** Begins to watch the incarnation that is there now. */
    void watch() throws IOException {}

    /** R3 by the driver's own count: nobody was inside when the adapter was gone, and nobody came later. */
    void assertNobodyInside(String when) {}

    /** Leaves nothing behind for the next test. */
    abstract void close() throws IOException;

    static Medium mmc(BundleContext context) throws IOException {
        return new Mmc(context);
    }

    static Medium scsi(BundleContext context) {
        return new Scsi(context);
    }

    static Medium loop(BundleContext context) {
        return new Configured(context, "loop");
    }

    static Medium ram(BundleContext context) {
        return new Configured(context, "ram");
    }

    private static final class Mmc extends Medium {
        private SlotCounters counters;

        Mmc(BundleContext context) throws IOException {
            super(context);
            rig.withoutDebounce();
        }

        private MmcSlots slots() {
            return rig.service(MmcSlots.class);
        }

        @Override
        String driverBundle() {
            return "org.unplug.driver-mmc-sim";
        }

        @Override
        String coreBundle() {
            return "org.unplug.mmc-host";
        }

        @Override
        Disk insert(Path image) throws IOException {
            slots().insert(MmcSlots.DEFAULT_SLOT, CardSpec.image(image));
            return disk();
        }

        @Override
        void yank() throws IOException {
            slots().yank(MmcSlots.DEFAULT_SLOT);
        }

        @Override
        Callable<Void> hand() {
            MmcSlots slots = slots();
            return () -> {
                slots.yank(MmcSlots.DEFAULT_SLOT);
                return null;
            };
        }

        @Override
        String filter() {
            return "(&(disk.bus=mmc)(!(disk.parent=*)))";
        }

        @Override
        void watch() throws IOException {
            counters = slots().counters(MmcSlots.DEFAULT_SLOT);
        }

        @Override
        void assertNobodyInside(String when) {
            assertEquals(when + ": inside the adapter when it was unregistered", 0, counters.callsInsideAtStop());
            assertEquals(when + ": entered the adapter after it was unregistered", 0, counters.callsAfterStop());
            assertEquals(when + ": inside the adapter", 0, counters.callsInside());
            assertEquals(when + ": requests completed twice", 0, counters.completedTwice());
            assertEquals(when + ": requests that were not completed", counters.requests(), counters.completed());
        }

        @Override
        void close() throws IOException {
            if (slots().list().stream().anyMatch(s -> s.slot().equals(MmcSlots.DEFAULT_SLOT) && !s.isEmpty())) {
                yank();
            }
        }
    }

    private static final class Scsi extends Medium {
        private ScsiDebugCounters counters;

        Scsi(BundleContext context) {
            super(context);
        }

        private ScsiDebug adapter() {
            return rig.service(ScsiDebug.class);
        }

        @Override
        String driverBundle() {
            return "org.unplug.driver-scsi-debug";
        }

        @Override
        String coreBundle() {
            return "org.unplug.scsi-core";
        }

        @Override
        Disk insert(Path image) throws IOException {
            adapter().insert(LunSpec.image(image.toString()).at(0, 0));
            return disk();
        }

        @Override
        void yank() throws IOException {
            adapter().yank(0, 0);
        }

        @Override
        Callable<Void> hand() {
            ScsiDebug adapter = adapter();
            return () -> {
                adapter.yank(0, 0);
                return null;
            };
        }

        @Override
        String filter() {
            return "(&(disk.bus=scsi)(!(disk.parent=*)))";
        }

        @Override
        void watch() {
            counters = adapter().counters();
        }

        @Override
        void assertNobodyInside(String when) {
            assertEquals(when + ": inside the adapter when it was unregistered", 0, counters.callsInsideAtStop());
            assertEquals(when + ": entered the adapter after it was unregistered", 0, counters.callsAfterStop());
            assertEquals(when + ": inside the adapter", 0, counters.callsInside());
            assertEquals(when + ": commands that were not completed", counters.commands(), counters.completed());
        }

        @Override
        void close() throws IOException {
            yank();
        }
    }

    /** A leaf driver that is told by its configuration. */
    private static final class Configured extends Medium {
        private static final AtomicInteger SERIAL = new AtomicInteger();
        private final String type;
        private Configuration configuration;

        Configured(BundleContext context, String type) {
            super(context);
            this.type = type;
        }

        @Override
        String driverBundle() {
            return "org.unplug.driver-" + type;
        }

        @Override
        Disk insert(Path image) throws IOException {
            configuration = rig.service(ConfigurationAdmin.class)
                    .getFactoryConfiguration("org.unplug.driver." + type, "it" + SERIAL.incrementAndGet(), "?");
            configuration.update(FrameworkUtil.asDictionary(
                    Map.of("file", image.toString(), "bytes", java.nio.file.Files.size(image))));
            return disk();
        }

        @Override
        void yank() throws IOException {
            configuration.delete();
            configuration = null;
        }

        @Override
        boolean yankIsSurprise() {
            return false;
        }

        @Override
        boolean isPersistent() {
            return type.equals("loop");
        }

        @Override
        String filter() {
            return "(&(disk.bus=" + type + ")(!(disk.parent=*)))";
        }

        @Override
        void close() throws IOException {
            if (configuration != null) {
                yank();
            }
        }
    }

    /** The reference of a disk's service. */
    ServiceReference<Disk> reference() {
        return rig.find(Disk.class, filter()).orElseThrow();
    }
}
