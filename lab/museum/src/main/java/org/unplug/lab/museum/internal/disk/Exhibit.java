package org.unplug.lab.museum.internal.disk;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.unplug.block.BlockException;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskState;
import org.unplug.block.GoneException;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.lab.museum.internal.memory.Slab;
import org.unplug.lab.museum.internal.protocol.Entry;
import org.unplug.lab.museum.internal.protocol.Era;
import org.unplug.lab.museum.internal.protocol.Step;
import org.unplug.ref.Clockwork;

/**
 * A disk that lives and dies by the tables of its era: makes their steps, one after another, on whichever thread asks. An oops ends
 * the table that it happened in, as it ends the thread of a kernel; what the thread would have done afterwards stays undone.
 */
final class Exhibit implements DiskRegistration {

    private final Museum museum;
    private final DiskSpec spec;
    private final DiskDriver driver;
    private final Part whole;
    private final Rules rules;
    private final Queue queue;
    private final List<Part> parts = new ArrayList<>();
    private final List<OpenHandle> handles = new ArrayList<>();

    private RemovalReport report;
    private boolean removing;

    Exhibit(Museum museum, DiskInfo info, DiskSpec spec, DiskDriver driver) {
        this.museum = museum;
        this.spec = spec;
        this.driver = driver;
        whole = new Part(this, info);
        queue = new Queue(this, spec.limits(), driver);
        rules = new Rules(this, queue);
    }

    Museum museum() {
        return museum;
    }

    Era era() {
        return museum.era();
    }

    Clockwork clockwork() {
        return museum.clockwork();
    }

    Slab slab() {
        return museum.slab();
    }

    Rules rules() {
        return rules;
    }

    Queue queue() {
        return queue;
    }

    DiskSpec spec() {
        return spec;
    }

    Part whole() {
        return whole;
    }

    /** Publishes the disk, and its partitions when they were read. */
    void live() {
        rules.allocate(whole.info().name());
        whole.publish(museum.publisher());
    }

    void addPart(Part part) {
        boolean late;
        synchronized (this) {
            late = removing;
            if (!late) {
                parts.add(part);
            }
        }
        if (!late) {
            part.publish(museum.publisher());
        }
    }

    synchronized List<Part> parts() {
        return List.copyOf(parts);
    }

    synchronized List<OpenHandle> handles() {
        return List.copyOf(handles);
    }

    DiskState state() {
        return rules.isLinked() ? DiskState.LIVE : rules.isFreed() ? DiskState.RELEASED : DiskState.DEAD;
    }

    /** Makes the steps of a table. */
    void make(List<Step> table) {
        for (Step step : table) {
            museum.pace().before(step);
            nested(step.function().split(" > "), 0, () -> step.act(rules));
        }
    }

    /** What a request ends with in a table, or null if it passes. */
    BlockStatus pass(List<Entry> table, Piece piece) {
        for (Entry entry : table) {
            museum.pace().before(entry);
            BlockStatus[] answer = new BlockStatus[1];
            nested(
                    entry.function().split(" > "),
                    0,
                    () -> answer[0] = entry.pass(piece.exhibit().rules(), piece));
            if (answer[0] != null) {
                return answer[0];
            }
        }
        return null;
    }

    private void nested(String[] functions, int depth, Runnable action) {
        slab().within(functions[depth], () -> {
            if (depth + 1 < functions.length) {
                nested(functions, depth + 1, action);
            } else {
                action.run();
            }
        });
    }

    DiskHandle open(Part part, Holder holder, OpenMode mode) throws IOException {
        if (mode.writes() && spec.readOnly()) {
            throw new BlockException(BlockStatus.PROTECTED, part + ": write protected");
        }
        if (!era().open().contains(Step.MMC_BLK_GET) && !rules.isLinked()) {
            throw new GoneException("open of " + part);
        }
        OpenHandle handle = new OpenHandle(part, holder, mode);
        synchronized (this) {
            for (OpenHandle other : handles) {
                if (mode == OpenMode.EXCLUSIVE && other.excludes(part)) {
                    throw new BlockException(
                            BlockStatus.AGAIN,
                            part + ": held exclusively by " + other.holder().holderName());
                }
            }
            handles.add(handle);
        }
        try {
            slab().within("blkdev_open", () -> make(era().open()));
        } catch (Slab.Oopsed oopsed) {
            forget(handle);
            throw new BlockException(BlockStatus.IOERR, part + ": " + oopsed.getMessage());
        }
        return handle;
    }

    void closed(OpenHandle handle) {
        forget(handle);
        try {
            slab().within("blkdev_put", () -> make(era().close()));
        } catch (Slab.Oopsed told) {
            // The closing thread would be dead now; what it had still to put is leaked.
        }
    }

    private synchronized void forget(OpenHandle handle) {
        handles.remove(handle);
    }

    /** Waits for a condition of this disk or its queue as long as an era would: until it holds or the museum closes. */
    void await(Object monitor, BooleanSupplier condition) {
        synchronized (monitor) {
            while (!condition.getAsBoolean() && !museum.isClosed()) {
                clockwork().await(monitor, Museum.LOOK_NANOS);
            }
        }
    }

    @Override
    public DiskInfo info() {
        return whole.info();
    }

    /** Makes the era's removal on the calling thread; a second remover waits for the first. */
    @Override
    public RemovalReport remove(Removal kind) {
        synchronized (this) {
            if (removing) {
                await(this, () -> report != null);
                return report != null ? report : report(kind, 0, List.of("the museum closed"));
            }
            removing = true;
        }
        long began = clockwork().nanoTime();
        List<String> problems = new ArrayList<>();
        rules.surprised(kind == Removal.SURPRISE);
        try {
            slab().within(kind == Removal.SURPRISE ? "detect" : "remove", () -> make(era().remove()));
        } catch (Slab.Oopsed oopsed) {
            problems.add(oopsed.getMessage());
        }
        RemovalReport result = report(kind, clockwork().nanoTime() - began, problems);
        synchronized (this) {
            report = result;
            notifyAll();
        }
        museum.removed(this);
        return result;
    }

    private RemovalReport report(Removal kind, long nanos, List<String> problems) {
        int inside = queue.inDriver();
        return new RemovalReport(
                whole.info(),
                kind,
                0,
                0,
                nanos,
                inside,
                0,
                0,
                rules.told(),
                rules.isSynced(),
                inside == 0,
                inside == 0 ? List.of() : List.of(inside + " requests are in the driver still"),
                problems);
    }

    /** No era but ours knows of it. */
    @Override
    public void markDead() {}

    @Override
    public void resize(long capacitySectors) {
        throw new IllegalArgumentException(whole + ": an exhibit keeps its size");
    }

    @Override
    public void restartQueue() {
        queue.run();
    }

    /** The museum closes: whoever would wait for ever goes home. */
    void close() {
        synchronized (this) {
            notifyAll();
        }
        queue.close();
        parts().forEach(Part::withdraw);
        whole.withdraw();
    }

    DiskDriver driver() {
        return driver;
    }
}
