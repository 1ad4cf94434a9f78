package org.unplug.lab.explore.scene;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskState;
import org.unplug.block.GoneException;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.internal.genhd.DiskEvents;
import org.unplug.block.internal.genhd.DiskTable;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.internal.genhd.Owner;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.QueueLimits;
import org.unplug.fs.DiskGoneException;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.Mount;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountTable;
import org.unplug.fs.internal.fat.Vfat;
import org.unplug.fs.internal.mount.Mounts;
import org.unplug.fs.internal.mount.Patience;
import org.unplug.lab.explore.engine.Scene;
import org.unplug.lab.explore.engine.Scheduler;
import org.unplug.ref.Leaks;

/** One disk that goes while it is used, and another that does not: who uses them, and what must hold when all is over. */
final class World implements Scene, DiskEvents {

    private static final long SECTORS = 2880;
    private static final long PART_START = 64;
    private static final DiskSpec.Timeouts BOUNDS = new DiskSpec.Timeouts(1_000, 2_000, 500);
    private static final long SLACK_MS = 20;
    private static final int ROUNDS = 2;

    private final Scheduler scheduler;
    private final Time time;
    private final Shape shape;
    private final Unplug kind;
    private final String order;
    private final List<String> broken = new ArrayList<>();
    private final List<String> released = new ArrayList<>();
    private final List<String> published = new ArrayList<>();
    private final List<Ledger> ledgers = new ArrayList<>();
    private final Owner driverBundle = new Owner(1, "driver");
    private final Owner otherBundle = new Owner(2, "other");
    private final Owner userBundle = new Owner(3, "user");
    private final Witness witness = new Witness();

    private DiskTable table;
    private Mounts mounts;
    private Medium medium;
    private Gendisk disk;
    private Gendisk upper;
    private RemovalReport report;
    private int busy;
    private int removers;

    World(Scheduler scheduler, Shape shape, Unplug kind, String order) {
        this.scheduler = scheduler;
        this.time = new Time(scheduler);
        this.shape = shape;
        this.kind = kind;
        this.order = order;
    }

    /** A holder that keeps count of what it is told (R6). */
    private final class Witness implements Holder {
        private int syncs;
        private int deaths;
        private Removal told;

        @Override
        public String holderName() {
            return "witness";
        }

        @Override
        public void sync(long timeoutMs) {
            syncs++;
            if (deaths > 0) {
                broken.add("R6 told to sync after it was told of the death");
            }
        }

        @Override
        public void markDead(Removal how) {
            deaths++;
            told = how;
        }
    }

    @Override
    public void play() {
        table = new DiskTable(time, this);
        medium = new Medium(time, shape == Shape.STUCK, broken::add);
        Medium otherMedium = new Medium(time, false, broken::add);
        disk = add(driverBundle, "ram", medium);
        medium.epoch(disk.info().epoch());
        Gendisk other = add(otherBundle, "oth", otherMedium);
        table.partitions().settle(10_000);
        if (!order.equals("none")) {
            table.schedule("ram0", order);
        }
        try {
            upper = upper();
            FileSystem files = shape == Shape.FAT ? mount() : null;
            DiskHandle held = files != null ? null : upper.open(userBundle, witness, OpenMode.WRITE);
            scheduler.arm();
            busy = 0;
            if (files != null) {
                begin("files", () -> writeFiles(files));
            } else {
                for (int writer = 1; writer <= 2; writer++) {
                    Ledger ledger = new Ledger(held, writer, broken::add);
                    ledgers.add(ledger);
                    long first = writer * 8L;
                    begin("writer " + writer, () -> write(ledger, first));
                }
                begin("opener", this::openAndClose);
            }
            Ledger elsewhere =
                    new Ledger(other.open(userBundle, Holder.named("elsewhere"), OpenMode.WRITE), 9, broken::add);
            begin("bystander", () -> bystand(elsewhere));
            removers = kind == Unplug.TWO ? 2 : 1;
            busy += removers;
            scheduler.executeUnplug("remover", this::unplug);
            if (kind == Unplug.TWO) {
                scheduler.executeUnplug("second remover", () -> remove(Removal.SURPRISE));
            }
            scheduler.until(() -> busy == 0);
            finish(held, other);
        } catch (IOException e) {
            broken.add("the scene failed: " + e);
        }
    }

    private Gendisk add(Owner owner, String prefix, Medium driver) {
        return table.add(
                owner,
                DiskSpec.of(prefix, SECTORS)
                        .withLimits(QueueLimits.DEFAULT.withQueueDepth(2).withWriteCache(true, false))
                        .withTimeouts(BOUNDS),
                driver);
    }

    private void begin(String name, Runnable body) {
        busy++;
        scheduler.execute(name, () -> {
            try {
                body.run();
            } finally {
                busy--;
            }
        });
    }

    private Gendisk upper() throws IOException {
        return switch (shape) {
            case RAW, STUCK, FAT -> disk;
            case PART -> {
                ByteBuffer block = ByteBuffer.allocate(512).order(java.nio.ByteOrder.LITTLE_ENDIAN);
                block.put(446 + 4, (byte) 0x0e)
                        .putInt(446 + 8, (int) PART_START)
                        .putInt(446 + 12, 1024);
                block.putShort(510, (short) 0xAA55);
                try (DiskHandle handle = disk.open(userBundle, Holder.named("fdisk"), OpenMode.WRITE)) {
                    handle.write(0, block);
                    handle.flush();
                }
                table.rescan("ram0");
                yield table.existing("ram0p1");
            }
        };
    }

    private FileSystem mount() throws IOException {
        mounts = new Mounts(
                (name, epoch, holder, mode) -> table.existing(name).open(userBundle, holder, mode),
                Patience.none(),
                () -> List.of(new Vfat(InstantSource.system(), ZoneOffset.UTC)),
                time,
                new Mounts.Settings(1 << 20, 5_000),
                new Mounts.Listener() {
                    @Override
                    public void mounted(Mount mount) {}

                    @Override
                    public void leaving(Mount mount) {}
                },
                line -> {});
        mounts.format("ram0", FormatOptions.of("fat12"));
        return mounts.mount("ram0", "/mnt", MountTable.AUTO, MountOptions.DEFAULT)
                .fileSystem();
    }

    // ---- users

    private void write(Ledger ledger, long first) {
        BlockStatus status = BlockStatus.OK;
        for (int round = 0; round < ROUNDS && status != BlockStatus.GONE; round++) {
            ledger.write(time, first + round);
            status = ledger.read(time, first + round);
            if (round == 0) {
                status = ledger.flush(time);
            }
        }
    }

    private void openAndClose() {
        for (int i = 0; i < 2; i++) {
            boolean dying = !upper.state().admits();
            try (DiskHandle handle = upper.open(userBundle, Holder.named("opener"), OpenMode.READ)) {
                if (dying) {
                    broken.add("R1 an open after the refusal succeeded");
                }
                handle.read(0, ByteBuffer.allocate(512));
            } catch (GoneException expected) {
                return;
            } catch (IOException stuck) {
                if (shape != Shape.STUCK) {
                    broken.add("R1 an open or read failed otherwise than GONE: " + stuck.getMessage());
                }
            }
        }
    }

    private void writeFiles(FileSystem files) {
        try {
            Files.write(files.getPath("/a"), new byte[700]);
            try (var channel = Files.newByteChannel(files.getPath("/a"))) {
                channel.read(ByteBuffer.allocate(600));
            }
            Files.createDirectory(files.getPath("/d"));
        } catch (DiskGoneException expected) {
            return;
        } catch (IOException other) {
            broken.add("R9 a file operation failed otherwise than typed: " + other);
        }
    }

    /** The other disk goes on, whatever happens to the first (R10). */
    private void bystand(Ledger ledger) {
        long began = time.nanoTime();
        for (int i = 0; i < 3; i++) {
            BlockStatus status = ledger.write(time, i);
            if (!status.ok()) {
                broken.add("R10 the other disk answered " + status);
            }
        }
        if ((time.nanoTime() - began) / 1_000_000 > SLACK_MS) {
            broken.add("R10 the other disk took " + (time.nanoTime() - began) / 1_000_000 + " ms");
        }
    }

    // ---- removers

    private void unplug() {
        scheduler.unplugging();
        switch (kind) {
            case EJECT, TWO -> remove(Removal.ORDERLY);
            case YANK -> {
                medium.pull();
                disk.markDead();
                remove(Removal.SURPRISE);
            }
            case DROP -> {
                medium.pull();
                time.scheduler().await(this, 30_000_000);
                remove(Removal.SURPRISE);
            }
            case STOP -> {
                long began = time.nanoTime();
                driverBundle.stopping(time);
                returned(began);
                driverBundle.stopped(time);
                busy--;
            }
        }
    }

    private void remove(Removal how) {
        long began = time.nanoTime();
        RemovalReport mine = disk.remove(how);
        if (report != null && !report.equals(mine)) {
            broken.add("R11 the second remover got another report");
        }
        report = mine;
        returned(began);
        busy--;
    }

    /** R3 and R4, at the very step at which a remover goes on. */
    private void returned(long began) {
        medium.quiet();
        long tookMs = (time.nanoTime() - began) / 1_000_000;
        long boundMs = (kind == Unplug.YANK || kind == Unplug.DROP ? 0 : BOUNDS.syncMs()) + BOUNDS.drainMs();
        if (tookMs > boundMs + SLACK_MS) {
            broken.add("R4 remove took " + tookMs + " ms, bound " + boundMs + " ms");
        }
        if (disk.state().admits()) {
            broken.add("R1 remove returned and the disk is " + disk.state());
        }
    }

    // ---- the end

    private void finish(DiskHandle held, Gendisk other) throws IOException {
        if (held != null) {
            BlockStatus late = new Ledger(held, 7, broken::add).write(time, 100);
            if (late != BlockStatus.GONE) {
                broken.add("R1 a write after everything ended " + late);
            }
            if (disk.state() == DiskState.RELEASED) {
                broken.add("R5 released while a handle is open");
            }
            held.close();
            if (witness.deaths != 1 || witness.syncs > 1) {
                broken.add("R6 told " + witness.deaths + " deaths and " + witness.syncs + " syncs");
            }
            if (kind.isOrderly() && witness.told != Removal.ORDERLY && shape != Shape.STUCK) {
                broken.add("R6 told " + witness.told + " of an orderly removal");
            }
        } else {
            mounts.unmount("/mnt");
        }
        boolean orderly = kind.isOrderly() && shape != Shape.STUCK;
        boolean synced = report == null || report.synced();
        long start = shape == Shape.PART ? PART_START : 0;
        ledgers.forEach(ledger -> {
            ledger.settle();
            ledger.compare(medium, start, orderly && synced);
        });
        if (orderly && !synced) {
            broken.add("R8 an orderly removal was not synced: " + report.summary());
        }
        other.remove(Removal.ORDERLY);
        userBundle.stopped(time);
        // What the core has set for later must be over soon.
        time.scheduler().until(() -> released.contains("ram0"));
        if (released.stream().filter("ram0"::equals).count() != 1) {
            broken.add("R5 released " + released);
        }
        if (disk.state() != DiskState.RELEASED) {
            broken.add("R12 the disk is " + disk.state() + " when everybody has closed");
        }
        if (published.contains("ram0")) {
            broken.add("R12 the disk is still published");
        }
    }

    @Override
    public List<String> broken() {
        List<String> all = new ArrayList<>(broken);
        if (scheduler.pendingTimers() > 0 && shape != Shape.FAT) {
            all.add("R12 " + scheduler.pendingTimers() + " timers are left");
        }
        return all;
    }

    @Override
    public long probe() {
        long state = medium == null ? 0 : medium.inside();
        for (Ledger ledger : ledgers) {
            state = state * 13 + ledger.submitted() * 3L + ledger.ended();
        }
        return state * 31 + released.size() * 5L + witness.syncs * 3L + witness.deaths;
    }

    // ---- what the disks tell

    @Override
    public Published publish(Gendisk added) {
        published.add(added.info().name());
        return () -> {
            if (!published.remove(added.info().name())) {
                broken.add("R11 withdrawn twice: " + added.info().name());
            }
            added.putByAll();
        };
    }

    @Override
    public void added(DiskInfo added) {}

    @Override
    public void removed(RemovalReport made) {
        if (made.disk().name().equals("ram0") && report == null) {
            report = made;
        }
    }

    @Override
    public void released(DiskInfo gone) {
        released.add(gone.name());
    }

    @Override
    public void fault(String line) {
        broken.add("FAULT " + line);
    }

    @Override
    public void leaked(Leaks.Held held) {
        broken.add("R12 leaked " + held.what());
    }
}
