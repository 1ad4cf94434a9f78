package org.unplug.export.nbd.internal;

import org.unplug.block.DiskHandle;
import org.unplug.ref.Clockwork;

/**
 * A connection's operations: those that are free, and how much is under way. That is the bound on what a client can have of
 * our memory, and where its reading thread waits.
 */
final class Operations {

    private static final int MOST = 1024;
    private static final long GLANCE_NANOS = 1_000_000_000L;

    private final Dispatcher dispatcher;
    private final DiskHandle handle;
    private final SlotPool pool;
    private final int mostBytes;
    private final Clockwork clockwork;

    /** Guarded by this, as all below. */
    private Operation free;

    private int inFlight;
    private long bytes;
    private boolean awaited;

    Operations(Dispatcher dispatcher, DiskHandle handle, SlotPool pool, int mostBytes, Clockwork clockwork) {
        this.dispatcher = dispatcher;
        this.handle = handle;
        this.pool = pool;
        this.mostBytes = mostBytes;
        this.clockwork = clockwork;
    }

    /**
     * An operation with memory for so many bytes of data; null while too much is under way.
     *
     * @param dataBytes at most a piece; 0 for none
     */
    Operation tryTake(int dataBytes) {
        int size = dataBytes == 0 ? 0 : SlotPool.size(dataBytes);
        Operation operation;
        synchronized (this) {
            if (inFlight >= MOST || bytes + size > mostBytes) {
                return null;
            }
            inFlight++;
            bytes += size;
            operation = free;
            if (operation != null) {
                free = operation.next;
                operation.next = null;
            }
        }
        if (operation == null) {
            operation = new Operation(dispatcher, handle);
        }
        if (size > 0) {
            operation.slot = pool.take(dataBytes);
            operation.slot.data().clear().limit(dataBytes);
        }
        return operation;
    }

    /** Takes back a chain of operations that are over with. */
    void give(Operation chain) {
        Operation last = chain;
        int count = 0;
        long freed = 0;
        for (Operation each = chain; each != null; each = each.next) {
            count++;
            freed += each.slotBytes();
            // Memory that a driver has not let go of is nobody's any more.
            if (each.slot != null && !each.bio().bufferHeld()) {
                pool.put(each.slot);
            }
            each.slot = null;
            each.bio().takeLoan();
            each.pieces = null;
            each.extents = null;
            last = each;
        }
        synchronized (this) {
            last.next = free;
            free = chain;
            inFlight -= count;
            bytes -= freed;
            if (awaited) {
                awaited = false;
                notifyAll();
            }
        }
    }

    /** Waits until something was given back, or {@link #wake}, or a second. */
    synchronized void awaitChange() {
        if (inFlight > 0) {
            awaited = true;
            clockwork.await(this, GLANCE_NANOS);
        }
    }

    synchronized void wake() {
        awaited = false;
        notifyAll();
    }

    synchronized int inFlight() {
        return inFlight;
    }
}
