package org.unplug.lab.explore.scene;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.unplug.block.BlockStatus;
import org.unplug.block.Disk;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskState;
import org.unplug.block.GoneException;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.stack.PassThrough;
import org.unplug.block.stack.StackPlan;
import org.unplug.block.stack.StackedDisk;
import org.unplug.lab.explore.engine.Account;
import org.unplug.lab.explore.engine.Scene;
import org.unplug.lab.explore.engine.Scheduler;

/**
 * One disk that goes while it is used, and another that does not: who uses them, and what must hold when all is over.
 *
 * <p>Over the block layer of an era the same is played. What it cannot say - a refusal that is told from an error, an error with a type -
 * is not asked of it; and since some eras wait for ever, a scene over one is given up after ten virtual minutes.
 */
final class World implements Scene {

    private static final long SECTORS = 2880;
    private static final long PART_START = 64;
    private static final DiskSpec.Timeouts BOUNDS = new DiskSpec.Timeouts(1_000, 2_000, 500);
    private static final long SLACK_MS = 20;
    private static final int ROUNDS = 2;
    private static final long PATIENCE_MS = 600_000;
    private static final long PLUGS_NANOS = 5_000_000;
    private static final int ELSEWHERE = 9;
    /** Within which the holder of a disk at the far end is told: much longer than a client waits for its server. */
    private static final long FAR_DEATH_MS = 5_000;

    private final Scheduler scheduler;
    private final Time time;
    private final Layer layer;
    private final Notes notes;
    private final Shape shape;
    private final Unplug kind;
    private final String order;
    private final List<Ledger> ledgers = new ArrayList<>();
    private final List<String> atWork = new ArrayList<>();
    private final Witness witness = new Witness();

    private Mounted mounted;
    private Network network;
    private Medium medium;
    private Medium next;
    private DiskRegistration disk;
    private DiskRegistration nextDisk;
    private Disk found;
    private Disk upper;
    private RemovalReport report;
    private int removers;
    private boolean removed;
    private boolean givenUp;

    World(Time time, Layer layer, Notes notes, Shape shape, Unplug kind, String order) {
        this.scheduler = time.scheduler();
        this.time = time;
        this.layer = layer;
        this.notes = notes;
        this.shape = shape;
        this.kind = kind;
        this.order = order;
    }

    /** A holder that keeps count of what it is told (R6). A sync that was on its way when the death came may come beside it. */
    private final class Witness implements Holder {
        private int syncs;
        private int deaths;
        private int diedAt;
        private Removal told;

        @Override
        public String holderName() {
            return "witness";
        }

        @Override
        public void sync(long timeoutMs) {
            syncs++;
            notes.happened(Notes.LAYER, Notes.HOLDER, "sync");
            if (deaths > 0 && scheduler.begunAt() >= diedAt) {
                notes.broken("R6 told to sync after it was told of the death");
            }
        }

        @Override
        public void markDead(Removal how) {
            deaths++;
            diedAt = scheduler.steps();
            notes.happened(Notes.LAYER, Notes.HOLDER, "markDead " + how);
            told = how;
        }
    }

    @Override
    public void play() {
        DiskSpec going = layer.spec(spec("ram", "1"));
        DiskSpec staying = layer.spec(spec("oth", "2"));
        medium = medium(going, shape == Shape.STUCK);
        if (shape == Shape.PART) {
            medium.bears(0, partitionTable());
            medium.shifted(PART_START);
        }
        disk = layer.add(false, going, medium);
        medium.epoch(disk.info().epoch());
        medium.writtenBy(writer -> writer != ELSEWHERE);
        Medium otherMedium = medium(staying, false);
        otherMedium.writtenBy(writer -> writer == ELSEWHERE);
        DiskRegistration other = layer.add(true, staying, otherMedium);
        layer.settle();
        if (!order.equals("none")) {
            layer.schedule(name(), order);
        }
        found = layer.find(name());
        try {
            upper = switch (shape) {
                case PART -> layer.find(partition());
                case STACK -> stacked();
                case NBD -> networked();
                case RAW, STUCK, FAT -> found;
            };
            if (shape == Shape.FAT) {
                mounted = new Mounted(time, layer, notes, name());
            }
            DiskHandle held = mounted != null ? null : upper.open(witness, OpenMode.WRITE);
            DiskHandle elsewhere = layer.find(other.info().name()).open(Holder.named("elsewhere"), OpenMode.WRITE);
            scheduler.arm();
            Scheduler.Timer patience = null;
            if (!layer.isOurs()) {
                // Their queues are plugged for milliseconds, and they wait for what never comes.
                scheduler.patience(PLUGS_NANOS);
                patience = scheduler.schedule(PATIENCE_MS, this::giveUp);
            }
            if (mounted != null) {
                begin(Notes.FILES, mounted::write);
            } else {
                for (int writer = 1; writer <= 2; writer++) {
                    Ledger ledger = new Ledger(held, writer, "writer " + writer, layer, notes);
                    ledgers.add(ledger);
                    long first = writer * 8L;
                    begin("writer " + writer, () -> write(ledger, first));
                }
                begin("opener", this::openAndClose);
            }
            if (network != null) {
                begin("visitor", network::visit);
            }
            Ledger beside = new Ledger(elsewhere, ELSEWHERE, "bystander", layer, notes);
            begin("bystander", () -> bystand(beside));
            removers = kind == Unplug.TWO ? 2 : 1;
            scheduler.executeUnplug("remover", this::unplug);
            if (kind == Unplug.TWO) {
                scheduler.executeUnplug("second remover", () -> {
                    sayGone();
                    remove(Removal.SURPRISE);
                    removers--;
                });
            }
            scheduler.until(() -> atWork.isEmpty() && removers == 0 || givenUp);
            finish(held, elsewhere, other);
            if (patience != null) {
                patience.cancel();
            }
        } catch (IOException e) {
            notes.broken("the scene failed: " + e);
        }
    }

    /** The word that the device is gone waits for nothing, and nothing passes from then on. */
    private void sayGone() {
        if (!layer.isOurs()) {
            return;
        }
        disk.markDead();
        DiskState state = found.state();
        if (state.admits()) {
            notes.broken("R1 the device was said to be gone and the disk is " + state);
        }
    }

    private static DiskSpec spec(String prefix, String serial) {
        return DiskSpec.of(prefix, SECTORS)
                .withIdentity("scene", serial)
                .withLimits(QueueLimits.DEFAULT.withQueueDepth(2).withWriteCache(true, false))
                .withTimeouts(BOUNDS);
    }

    private Medium medium(DiskSpec spec, boolean sticks) {
        Medium made = new Medium(time, spec.limits().writeCache(), sticks, notes);
        if (!layer.isOurs()) {
            made.withoutBatches();
        }
        return made;
    }

    private String name() {
        return disk.info().name();
    }

    private String partition() {
        boolean digit = Character.isDigit(name().charAt(name().length() - 1));
        return name() + (digit ? "p1" : "1");
    }

    private Disk stacked() throws IOException {
        StackPlan plan = new StackPlan("top", List.of(name()), 1, below -> new PassThrough(below.get(0), 0, time));
        StackedDisk.build(plan, List.of(found), layer.stacks(), time, () -> {});
        layer.settle();
        return layer.find("top0");
    }

    private Disk networked() throws IOException {
        network = new Network(time, layer, notes);
        return network.attach(found);
    }

    private static byte[] partitionTable() {
        ByteBuffer block = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
        block.put(446 + 4, (byte) 0x0e)
                .putInt(446 + 8, (int) PART_START)
                .putInt(446 + 12, 1024)
                .putShort(510, (short) 0xAA55);
        return block.array();
    }

    private void begin(String name, Runnable body) {
        atWork.add(name);
        scheduler.execute(name, () -> {
            try {
                body.run();
            } finally {
                atWork.remove(name);
            }
        });
    }

    // ---- users

    private void write(Ledger ledger, long first) {
        boolean refused = false;
        for (int round = 0; round < ROUNDS && !refused; round++) {
            ledger.write(time, first + round);
            BlockStatus status = ledger.read(time, first + round);
            if (round == 0) {
                status = ledger.flush(time);
            }
            refused = layer.isRefusal(status);
        }
    }

    private void openAndClose() {
        for (int i = 0; i < 2; i++) {
            boolean late = removed && shape != Shape.NBD
                    || layer.isOurs() && !upper.state().admits();
            notes.did(Notes.LAYER, "open");
            try (DiskHandle handle = lookedUp().open(Holder.named("opener"), OpenMode.READ)) {
                if (late) {
                    notes.broken("R1 an open after the refusal succeeded");
                }
                handle.read(0, ByteBuffer.allocate(512));
            } catch (GoneException | NoSuchElementException expected) {
                return;
            } catch (IOException error) {
                if (layer.isOurs() && shape != Shape.STUCK) {
                    notes.broken("R1 an open or read failed otherwise than GONE: " + error.getMessage());
                }
            }
        }
    }

    /** Ours refuses whoever has found it long ago; of an era only what is looked up now is asked. */
    private Disk lookedUp() {
        return layer.isOurs() ? upper : layer.find(upper.info().name());
    }

    /** The other disk goes on, whatever happens to the first (R10). */
    private void bystand(Ledger ledger) {
        long began = time.nanoTime();
        for (int i = 0; i < 3; i++) {
            BlockStatus status = ledger.write(time, i);
            if (!status.ok()) {
                notes.broken("R10 the other disk answered " + status);
            }
        }
        notes.looked("R10");
        long tookMs = (time.nanoTime() - began) / 1_000_000;
        if (tookMs > SLACK_MS) {
            notes.broken("R10 the other disk took " + tookMs + " ms");
        }
    }

    // ---- removers

    private void unplug() {
        scheduler.unplugging();
        if (network != null) {
            network.going();
        }
        switch (kind) {
            case EJECT, TWO -> remove(Removal.ORDERLY);
            case YANK, SWAP -> {
                pull();
                disk.markDead();
                remove(Removal.SURPRISE);
                if (kind == Unplug.SWAP) {
                    putIn();
                }
            }
            case DROP -> {
                drop();
                scheduler.await(this, 30_000_000);
                remove(Removal.SURPRISE);
            }
            case STOP -> {
                long began = time.nanoTime();
                notes.did(Notes.LAYER, "the bundle stops");
                layer.stopping(disk);
                returned(began);
                layer.stopped();
            }
        }
        removers--;
    }

    private void pull() {
        notes.did(Notes.DRIVER, "the medium is pulled out");
        medium.pull();
    }

    /** Nothing answers any more: the device, or with a network in between the network. */
    private void drop() {
        if (network == null) {
            pull();
        } else {
            notes.did(Notes.SERVER, "the network is gone");
            network.cut();
        }
    }

    /** Another medium in the same place: a new disk, of which the old one's users know nothing. */
    private void putIn() {
        DiskSpec spec = layer.spec(spec("ram", "3"));
        notes.did(Notes.DRIVER, "another medium is put in");
        next = medium(spec, false);
        next.writtenBy(nobody -> false);
        nextDisk = layer.add(false, spec, next);
        layer.settle();
        if (network != null) {
            network.replaced(layer.find(nextDisk.info().name()));
        }
        if (nextDisk.info().epoch() == disk.info().epoch()) {
            notes.broken("R11 the next disk has the epoch of the one before");
        }
    }

    private void remove(Removal how) {
        long began = time.nanoTime();
        notes.did(Notes.LAYER, "remove " + how);
        RemovalReport mine = disk.remove(how);
        if (report != null) {
            notes.looked("R11");
            if (!report.equals(mine)) {
                notes.broken("R11 the second remover got another report");
            }
        }
        report = mine;
        returned(began);
    }

    /** R3 and R4, at the very step at which a remover goes on. Whoever removed takes the device away now. */
    private void returned(long began) {
        notes.did(Notes.LAYER, "remove returned");
        removed = true;
        if (givenUp) {
            return;
        }
        ledgers.forEach(Ledger::removed);
        if (network != null) {
            network.removed();
        }
        medium.quiet();
        long tookMs = (time.nanoTime() - began) / 1_000_000;
        long boundMs = (kind.isSurprise() ? 0 : BOUNDS.syncMs()) + BOUNDS.drainMs();
        notes.looked("R4");
        notes.returnedAfter(tookMs);
        if (tookMs > boundMs + SLACK_MS) {
            notes.broken("R4 remove took " + tookMs + " ms, bound " + boundMs + " ms");
        }
        if (layer.isOurs() && found.state().admits()) {
            notes.broken("R1 remove returned and the disk is " + found.state());
        }
        if (!layer.isOurs()) {
            medium.pull();
        }
    }

    /** An era that waits for ever is let go; what has not come by now never does. */
    private void giveUp() {
        givenUp = true;
        if (removers > 0) {
            notes.broken("remover", "R4 remove had not returned after " + PATIENCE_MS / 1000 + " s");
            notes.returnedAfter(Account.NEVER);
        }
        if (atWork.contains(Notes.FILES)) {
            notes.broken(Notes.FILES, "R9 a file operation had not returned after " + PATIENCE_MS / 1000 + " s");
        }
        if (atWork.contains(Notes.UNMOUNT)) {
            notes.broken(Notes.UNMOUNT, "R9 unmount had not returned after " + PATIENCE_MS / 1000 + " s");
        }
        // Of a driver that never completes, an era does not say that its requests end.
        ledgers.forEach(ledger -> ledger.giveUp(shape != Shape.STUCK));
        layer.giveUp();
    }

    // ---- the end

    private void finish(DiskHandle held, DiskHandle elsewhere, DiskRegistration other) throws IOException {
        if (givenUp) {
            return;
        }
        if (held != null) {
            letGo(held);
        } else {
            notes.looked("R9");
            begin(Notes.UNMOUNT, mounted::unmount);
            scheduler.until(() -> atWork.isEmpty() || givenUp);
        }
        if (network != null) {
            network.settle();
            layer.leftOf(upper.info()).forEach(notes::broken);
        }
        contents();
        if (layer.isOurs()) {
            elsewhere.close();
            other.remove(Removal.ORDERLY);
        }
        if (nextDisk != null) {
            nextDisk.remove(Removal.ORDERLY);
        }
        notes.looked("R5");
        layer.leftOf(disk.info()).forEach(notes::broken);
        if (layer.isOurs() && found.state() != DiskState.RELEASED) {
            notes.broken("R12 the disk is " + found.state() + " when everybody has closed");
        }
    }

    private void letGo(DiskHandle held) throws IOException {
        Ledger late = new Ledger(held, 7, Notes.HOLDER, layer, notes);
        late.removed();
        ledgers.add(late);
        BlockStatus status = late.write(time, 100);
        if (!layer.isRefusal(status) && layer.isOurs()) {
            notes.broken("R1 a write after everything ended " + status);
        }
        if (next != null) {
            notes.looked("R11");
            if (next.hasStrays()) {
                notes.broken("R11 a handle of the disk that went reaches the next one");
            }
        }
        // The lower of two disks has no user any more when the upper one is dead.
        if ((shape == Shape.STACK || shape == Shape.NBD ? upper : found).state() == DiskState.RELEASED) {
            notes.broken("R5 released while a handle is open");
        }
        if (shape == Shape.NBD) {
            // Its driver ends requests before it has said that the disk is gone.
            boolean[] tooLate = new boolean[1];
            Scheduler.Timer bound = scheduler.schedule(FAR_DEATH_MS, () -> tooLate[0] = true);
            scheduler.until(() -> witness.deaths > 0 || tooLate[0]);
            bound.cancel();
        }
        notes.did(Notes.LAYER, "close");
        held.close();
        openLate();
        notes.looked("R6");
        if (witness.deaths != 1 || witness.syncs > 1) {
            notes.broken("R6 told of " + witness.deaths + " deaths and asked for " + witness.syncs + " syncs");
        } else if (witness.told != Removal.SURPRISE && shape == Shape.NBD) {
            notes.broken("R6 told " + witness.told + " of a server that is gone");
        } else if (witness.told != Removal.ORDERLY && kind.isOrderly() && shape != Shape.STUCK && shape != Shape.NBD) {
            notes.broken("R6 told " + witness.told + " of an orderly removal");
        } else if (witness.told != Removal.SURPRISE && kind.isSurprise() && kind != Unplug.DROP) {
            notes.broken("R6 told " + witness.told + " of a surprise");
        }
    }

    /** Somebody found the disk long ago and opens it now, when nobody has it any more. */
    private void openLate() {
        notes.did(Notes.LAYER, "open of what was found before");
        try {
            upper.open(Holder.named("late"), OpenMode.READ).close();
            if (layer.isOurs()) {
                notes.broken("R1 an open after the last close succeeded");
            }
        } catch (GoneException expected) {
            return;
        } catch (IOException error) {
            if (layer.isOurs()) {
                notes.broken("R1 an open after the last close failed otherwise than GONE: " + error.getMessage());
            }
        }
    }

    private void contents() {
        boolean orderly = kind.isOrderly() && shape != Shape.STUCK;
        RemovalReport told = report != null ? report : layer.report(name());
        boolean synced = told == null || told.synced();
        long start = shape == Shape.PART ? PART_START : 0;
        if (shape != Shape.STUCK || layer.isOurs()) {
            ledgers.forEach(Ledger::settle);
        }
        ledgers.forEach(ledger -> ledger.compare(medium, start, orderly && (synced || !layer.isOurs())));
        if (orderly && mounted != null) {
            mounted.compare(medium);
        }
        if (network != null) {
            network.compare(medium, next);
        }
        if (layer.isOurs() && orderly && !synced) {
            notes.broken("R8 an orderly removal was not synced: " + told.summary());
        }
    }

    @Override
    public Account account() {
        if (layer.isOurs() && scheduler.pendingTimers() > 0 && shape != Shape.FAT) {
            notes.broken("R12 " + scheduler.pendingTimers() + " timers are left");
        }
        return notes.account();
    }

    @Override
    public long probe() {
        long state = medium == null ? 0 : medium.inside();
        for (Ledger ledger : ledgers) {
            state = state * 13 + ledger.submitted() * 3L + ledger.ended();
        }
        if (network != null) {
            state = state * 13 + network.probe();
        }
        return state * 31 + layer.probe() * 5L + witness.syncs * 3L + witness.deaths;
    }
}
