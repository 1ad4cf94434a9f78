package org.unplug.lab.internal.load;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.unplug.block.Holder;
import org.unplug.block.Removal;
import org.unplug.lab.internal.contract.Evidence;
import org.unplug.ref.Clockwork;

/** A holder that notes what it is told, and when; it does nothing to help the removal. */
public final class Witness implements Holder {

    private final String name;
    private final Clockwork clockwork;
    private final Runnable whenTold;
    private final BooleanSupplier probe;
    private final List<Removal> kinds = new ArrayList<>();
    private int syncs;
    private long syncedNanos;
    private long toldNanos;
    private boolean answered = true;

    /**
     * @param whenTold runs when it is told the first time; must not block
     * @param probe asks the block layer something on another thread while this is being told, and says whether it answered
     */
    public Witness(String name, Clockwork clockwork, Runnable whenTold, BooleanSupplier probe) {
        this.name = name;
        this.clockwork = clockwork;
        this.whenTold = whenTold;
        this.probe = probe;
    }

    @Override
    public String holderName() {
        return name;
    }

    @Override
    public synchronized void sync(long timeoutMs) {
        syncs++;
        syncedNanos = clockwork.nanoTime();
    }

    @Override
    public void markDead(Removal kind) {
        boolean first;
        synchronized (this) {
            first = kinds.isEmpty();
            kinds.add(kind);
            if (first) {
                toldNanos = clockwork.nanoTime();
            }
        }
        if (first) {
            whenTold.run();
            boolean did = probe.getAsBoolean();
            synchronized (this) {
                answered = did;
            }
        }
    }

    /** When it was told, on our clock; 0 if it was not. */
    public synchronized long toldNanos() {
        return toldNanos;
    }

    /** When it was last asked to sync, on our clock; 0 if it was not. */
    public synchronized long syncedNanos() {
        return syncedNanos;
    }

    public synchronized Evidence.HolderSaw saw() {
        return new Evidence.HolderSaw(name, syncs, kinds, answered);
    }
}
