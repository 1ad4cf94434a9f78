package org.unplug.lab.internal.rig;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.unplug.block.Disk;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.scsi.ScsiBus;
import org.unplug.scsi.ScsiDevice;

/** A unit with a volatile write cache in the adapter of scsi-debug. */
public final class ScsiSide implements Side {

    private static final String DEBUG = "org.unplug.scsi.debug.ScsiDebug";
    private static final String LUN_SPEC = "org.unplug.scsi.debug.LunSpec";
    private static final String SERIAL = "UNPLUG-LAB";
    private static final long SETTLE_MS = 2_000;
    private static final int TARGET = 0;
    private static final long LUN = 0;

    private final World world;
    private final Path image;
    private final long latencyMicros;

    /** The parts of the driver's ScsiDebugCounters that are used. */
    public interface AdapterCounters {
        long callsInside();

        long callsInsideAtStop();

        long callsAfterStop();

        long commands();
    }

    public ScsiSide(World world, Path image, long latencyMicros) {
        this.world = world;
        this.image = image;
        this.latencyMicros = latencyMicros;
    }

    @Override
    public String title() {
        return "SCSI";
    }

    @Override
    public Path image() {
        return image;
    }

    @Override
    public String driver() {
        return "org.unplug.driver-scsi-debug";
    }

    @Override
    public String core() {
        return "org.unplug.scsi-core";
    }

    @Override
    public String adapterType() {
        return "org.unplug.scsi.spi.ScsiHost";
    }

    @Override
    public List<String> driverMarks() {
        return List.of("scsi-debug", "scsidebug", "org.unplug.scsi.debug.");
    }

    private Object adapter() throws IOException {
        return world.service(DEBUG, null);
    }

    @Override
    public void insert() throws IOException {
        Object adapter = adapter();
        try {
            Duck.call(adapter, "yank", TARGET, LUN);
            Object unit = Duck.callStatic(adapter, LUN_SPEC, "image", image.toString());
            unit = Duck.call(unit, "at", TARGET, LUN);
            unit = Duck.call(unit, "withWriteCache", true, true);
            unit = Duck.call(unit, "withRemovable", true);
            unit = Duck.call(unit, "withLatencyMicros", latencyMicros);
            unit = Duck.call(unit, "withSerial", SERIAL);
            Duck.call(adapter, "insert", unit);
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("scsi-debug: insert: " + e, e);
        }
    }

    @Override
    public void yank() throws IOException {
        try {
            Duck.call(adapter(), "yank", TARGET, LUN);
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("scsi-debug: yank: " + e, e);
        }
    }

    private Optional<ScsiDevice> device() {
        return world.find(ScsiDevice.class.getName(), "(" + ScsiDevice.SERIAL + "=" + SERIAL + ")")
                .map(ScsiDevice.class::cast);
    }

    @Override
    public Disk awaitDisk(long afterEpoch) throws IOException {
        return world.await(
                        () -> device().filter(device -> !device.disk().isEmpty())
                                .flatMap(device ->
                                        world.find(Disk.class.getName(), "(" + Disk.NAME + "=" + device.disk() + ")"))
                                .map(Disk.class::cast)
                                .filter(disk -> disk.info().epoch() > afterEpoch),
                        10_000)
                .orElseThrow(() -> new IOException("SCSI: the unit " + SERIAL + " did not come up within 10 s"));
    }

    @Override
    public Remover remover() throws IOException {
        ScsiDevice device = device().orElseThrow(() -> new IOException("SCSI: no unit " + SERIAL));
        return () -> diskOf(device);
    }

    private static RemovalReport diskOf(ScsiDevice device) {
        return device.remove(Removal.ORDERLY).disk().orElse(null);
    }

    /** Settled: a scan calls the driver, too. */
    @Override
    public DriverCounters counters() throws IOException {
        try {
            AdapterCounters adapter = Duck.as(AdapterCounters.class, Duck.call(adapter(), "counters"));
            return new DriverCounters() {
                @Override
                public long insideAtStop() {
                    return adapter.callsInsideAtStop();
                }

                @Override
                public long afterStop() {
                    return adapter.callsAfterStop();
                }

                @Override
                public long inside() {
                    settle();
                    return adapter.callsInside();
                }

                @Override
                public long moved() {
                    settle();
                    return adapter.commands();
                }

                @Override
                public String unit() {
                    return "commands";
                }
            };
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("scsi-debug: counters: " + e, e);
        }
    }

    private void settle() {
        world.find(ScsiBus.class.getName(), null).map(ScsiBus.class::cast).ifPresent(bus -> bus.settle(SETTLE_MS));
    }
}
