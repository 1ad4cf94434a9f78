package org.unplug.driver.mirror.internal;

import java.util.ArrayList;
import java.util.List;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.stack.Fan;

/** A request over the legs. Of a write it keeps who failed, since one leg's success is enough. */
final class Mirrored extends Fan {

    private final MirrorDriver driver;
    /** Guarded by this, as both below. */
    private final List<DiskHandle> failed = new ArrayList<>(2);

    private boolean anyOk;
    private BlockStatus firstError;

    /** The one leg that a read was sent to, and those that it must not be sent to again. Of the sending thread. */
    Leg reading;

    final List<DiskHandle> tried = new ArrayList<>(2);
    BlockStatus readError;
    /** Whether a flush is the one that clears bits, and how many legs it went to. */
    boolean clears;

    int sentTo;

    Mirrored(MirrorDriver driver) {
        this.driver = driver;
    }

    void fresh() {
        tried.clear();
        readError = BlockStatus.GONE;
        clears = false;
        again();
    }

    synchronized void again() {
        failed.clear();
        anyOk = false;
        firstError = null;
    }

    @Override
    protected void pieceEnded(DiskHandle to, BlockStatus status, boolean bufferHeld) {
        super.pieceEnded(to, status, bufferHeld);
        synchronized (this) {
            if (status == BlockStatus.OK) {
                anyOk = true;
            } else {
                failed.add(to);
                firstError = firstError == null ? status : firstError;
            }
        }
    }

    @Override
    protected void allEnded() {
        driver.ended(this);
    }

    synchronized List<DiskHandle> failed() {
        return List.copyOf(failed);
    }

    synchronized boolean isAnyOk() {
        return anyOk;
    }

    /** The first error of any leg, or null. */
    synchronized BlockStatus firstError() {
        return firstError;
    }

    boolean isBufferHeld() {
        return isHeld();
    }
}
