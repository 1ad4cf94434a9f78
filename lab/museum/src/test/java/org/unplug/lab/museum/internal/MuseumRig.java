package org.unplug.lab.museum.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.unplug.block.Disk;
import org.unplug.block.DiskHandle;
import org.unplug.block.Disks;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.testing.FlatBlockLayer;
import org.unplug.block.testing.VirtualClockwork;
import org.unplug.driver.mmcsim.TestSlot;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountTable;
import org.unplug.fs.internal.fat.Vfat;
import org.unplug.fs.internal.mount.Mounts;
import org.unplug.fs.internal.mount.Patience;
import org.unplug.lab.museum.internal.disk.Museum;
import org.unplug.lab.museum.internal.disk.Pace;
import org.unplug.lab.museum.internal.memory.Oops;
import org.unplug.lab.museum.internal.memory.Slab;
import org.unplug.lab.museum.internal.protocol.Era;
import org.unplug.mmc.MmcCard;
import org.unplug.mmc.internal.bus.MmcBus;
import org.unplug.mmc.internal.bus.Settings;
import org.unplug.mmc.internal.port.CoreLog;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.scsi.ScsiDevice;
import org.unplug.scsi.debug.LunSpec;
import org.unplug.scsi.debug.internal.adapter.Bay;
import org.unplug.scsi.debug.internal.adapter.DebugAdapter;
import org.unplug.scsi.internal.midlayer.Core;
import org.unplug.scsi.internal.midlayer.Journal;
import org.unplug.scsi.internal.midlayer.Timing;
import org.unplug.scsi.internal.sd.Sd;

/**
 * The real MMC and SCSI stacks below, the real file system above, and an era - or, without one, our block layer - in between: flat, in
 * virtual time, the same steps on every run.
 */
final class MuseumRig implements AutoCloseable {

    private static final long CARD_BYTES = 8L << 20;
    private static final Timing QUICK = new Timing(2_000, 2, 500, 2_000, 1_000, 2);

    final VirtualClockwork clockwork = new VirtualClockwork();
    final List<Oops> oopses = new CopyOnWriteArrayList<>();
    final List<Disk> disks = new CopyOnWriteArrayList<>();
    final List<MmcCard> cards = new CopyOnWriteArrayList<>();
    final List<ScsiDevice> devices = new CopyOnWriteArrayList<>();
    /** What a test does before a step. */
    volatile Pace pace = Pace.NONE;

    final Slab slab;
    final Museum museum;
    final FlatBlockLayer ours;
    final Mounts mounts;
    TestSlot slot;
    DebugAdapter adapter;
    Bay bay;

    /** @param era null for our own block layer */
    MuseumRig(Era era) {
        slab = new Slab(era == null ? "ours" : era.title(), oopses::add);
        museum = era == null ? null : new Museum(era, clockwork, slab, this::publish, this::step);
        ours = era == null ? new FlatBlockLayer(clockwork) : null;
        mounts = new Mounts(
                this::open,
                Patience.none(),
                () -> List.of(new Vfat(InstantSource.system(), ZoneOffset.UTC)),
                clockwork,
                new Mounts.Settings(32 << 20, 5_000),
                Mounts.Listener.none(),
                line -> {});
    }

    private void step(Enum<?> step) {
        clockwork.pause();
        pace.before(step);
    }

    private Runnable publish(Disk disk) {
        disks.add(disk);
        return () -> disks.remove(disk);
    }

    Disks layer() {
        return museum != null ? museum : ours;
    }

    DiskHandle open(String name, long epoch, Holder holder, OpenMode mode) throws IOException {
        if (ours != null) {
            return ours.open(name, holder, mode);
        }
        return disk(name).open(holder, mode);
    }

    Disk disk(String name) throws IOException {
        for (Disk disk : disks) {
            if (disk.info().name().equals(name)) {
                return disk;
            }
        }
        throw new NoSuchFileException(name, null, "no such disk");
    }

    /** The MMC stack with a card in its slot. */
    MuseumRig card() throws IOException {
        return card(CardSpec.memory(CARD_BYTES));
    }

    MuseumRig card(CardSpec spec) throws IOException {
        if (slot == null) {
            CoreLog silent = new CoreLog() {
                @Override
                public void info(String line) {}

                @Override
                public void warn(String line) {}
            };
            MmcBus bus = new MmcBus(
                    new Settings(5, 20, 2000, 10_000, DiskSpec.Timeouts.DEFAULT),
                    clockwork,
                    layer(),
                    card -> {
                        cards.add(card);
                        return () -> cards.remove(card);
                    },
                    silent);
            slot = new TestSlot(clockwork, bus);
        }
        slot.insert(spec);
        until(() -> !cards.isEmpty());
        layer().settle(10_000);
        return this;
    }

    /** The SCSI stack with a unit on its adapter. */
    MuseumRig unit() throws IOException {
        adapter = new DebugAdapter(org.unplug.scsi.debug.internal.adapter.Settings.DEFAULT, clockwork);
        bay = new Bay(adapter, clockwork, line -> {}, lines -> {});
        Core core = new Core(
                clockwork,
                QUICK,
                new Journal() {
                    @Override
                    public void info(String line) {}

                    @Override
                    public void warn(String line) {}
                },
                new Sd(layer()),
                device -> {
                    devices.add(device);
                    return () -> devices.remove(device);
                });
        core.attach(adapter, "test");
        bay.insert(LunSpec.ram(CARD_BYTES));
        until(() -> !devices.isEmpty());
        layer().settle(10_000);
        return this;
    }

    void until(BooleanSupplier condition) {
        for (int i = 0; i < 10_000 && !condition.getAsBoolean(); i++) {
            clockwork.sleepMs(1);
        }
        if (!condition.getAsBoolean()) {
            throw new AssertionError("waited ten seconds in vain; oopses: " + oopses);
        }
    }

    /** Makes a file system with one file, and mounts it. */
    Path mount(String disk) throws IOException {
        mounts.format(disk, FormatOptions.of("fat16"));
        Path root = remount(disk);
        Files.write(root.resolve("file"), new byte[2_000_000]);
        mounts.unmount("/mnt");
        return remount(disk);
    }

    Path remount(String disk) throws IOException {
        return mounts.mount(disk, "/mnt", MountTable.AUTO, MountOptions.DEFAULT)
                .fileSystem()
                .getPath("/");
    }

    List<String> headlines() {
        return new ArrayList<>(oopses.stream().map(Oops::headline).toList());
    }

    @Override
    public void close() {
        if (museum != null) {
            museum.close();
        }
        clockwork.close();
    }
}
