package org.unplug.lab.explore.scene;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.unplug.block.BlockStatus;
import org.unplug.block.Disk;
import org.unplug.block.DiskInfo;
import org.unplug.block.Disks;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.lab.explore.engine.Yield;
import org.unplug.lab.museum.internal.disk.Museum;
import org.unplug.lab.museum.internal.memory.Oops;
import org.unplug.lab.museum.internal.memory.Slab;
import org.unplug.lab.museum.internal.protocol.Entry;
import org.unplug.lab.museum.internal.protocol.Era;
import org.unplug.lab.museum.internal.protocol.Step;

/** The block layer of an era, out of the museum. Each step of its tables is told, and is a place where a schedule may switch. */
final class PastLayer implements Layer {

    private static final String SCSI = "scsi";

    /** What a step of opening, removing or closing takes in every other schedule, so that others come between two of them. */
    private static final long STEP_NANOS = 1_000_000;

    private final Era era;
    private final Time time;
    private final Notes notes;
    private final Slab slab;
    private final Museum museum;
    private final List<Disk> published = new ArrayList<>();
    /** What an era leaves with the disk that stays is none of the other's. */
    private String staying = "?";

    PastLayer(Era era, Time time, Notes notes) {
        this.era = era;
        this.time = time;
        this.notes = notes;
        slab = new Slab(era.title(), this::oops);
        museum = new Museum(era, time, slab, this::publish, this::step);
    }

    private Runnable publish(Disk disk) {
        published.add(disk);
        return () -> published.remove(disk);
    }

    private void step(Enum<?> step) {
        String function = step instanceof Step made ? made.function() : ((Entry) step).function();
        notes.did(Notes.LAYER, function);
        Yield.point(era.id() + ": " + function);
        if (step instanceof Step && time.scheduler().coin()) {
            time.await(step, STEP_NANOS);
        }
    }

    private void oops(Oops oops) {
        notes.broken("R5 " + oops.headline());
        if (notes.who().equals(Notes.FILES) || notes.who().equals(Notes.UNMOUNT)) {
            notes.broken("R9 a file operation oopsed");
        }
    }

    @Override
    public DiskSpec spec(DiskSpec ours) {
        boolean scsi = era.bus() == Era.Bus.SCSI;
        DiskSpec spec = new DiskSpec(
                ours.prefix().equals("ram") ? scsi ? "sd" : "mmcblk" : ours.prefix(),
                scsi ? DiskSpec.Naming.LETTERED : DiskSpec.Naming.NUMBERED,
                ours.capacitySectors(),
                ours.limits(),
                ours.readOnly(),
                ours.removable(),
                scsi ? SCSI : "mmc",
                "",
                "",
                ours.timeouts());
        // A card's cache is flushed by the MMC stack itself when the card goes, below what is played here.
        return spec.withLimits(ours.limits().withWriteCache(scsi, false));
    }

    @Override
    public DiskRegistration add(boolean stays, DiskSpec spec, DiskDriver driver) {
        DiskRegistration disk = museum.add(spec, driver);
        if (stays) {
            staying = disk.info().name();
        }
        return disk;
    }

    @Override
    public Disks stacks() {
        return museum;
    }

    @Override
    public void settle() {
        museum.settle(10_000);
    }

    @Override
    public Disk find(String name) {
        for (Disk disk : published) {
            if (disk.info().name().equals(name)) {
                return disk;
            }
        }
        throw new NoSuchElementException("no disk " + name + " in " + published);
    }

    @Override
    public void whenUnpublished(DiskInfo disk, Runnable then) {
        throw new IllegalStateException("no server is over an era");
    }

    @Override
    public boolean isReleased(DiskInfo disk) {
        throw new IllegalStateException("no server is over an era");
    }

    @Override
    public void schedule(String disk, String scheduler) {
        throw new IllegalArgumentException("an era has the elevator that it has");
    }

    /** Nobody watches over bundles: the driver's own @Deactivate removes. */
    @Override
    public void stopping(DiskRegistration disk) {
        disk.remove(Removal.ORDERLY);
    }

    @Override
    public void stopped() {}

    /** An era knows of no GONE: an input/output error is all it can say. */
    @Override
    public boolean isRefusal(BlockStatus status) {
        return !status.ok();
    }

    @Override
    public boolean isOurs() {
        return false;
    }

    @Override
    public RemovalReport report(String disk) {
        return null;
    }

    @Override
    public List<String> leftOf(DiskInfo disk) {
        List<String> left = new ArrayList<>();
        if (!era.counts()) {
            // Nothing is released by a protocol; the garbage collector's doings are not in the model.
            return left;
        }
        notes.looked("R12");
        for (String object : slab.live()) {
            if (!object.endsWith(" of " + staying)) {
                left.add("R12 never released: " + object);
            }
        }
        if (published.stream().anyMatch(each -> each.info().name().startsWith(disk.name()))) {
            left.add("R12 the disk is still published");
        }
        return left;
    }

    @Override
    public long probe() {
        return published.size();
    }

    @Override
    public void giveUp() {
        museum.close();
    }
}
