package org.unplug.scsi.internal.midlayer;

import org.unplug.scsi.Cdb;
import org.unplug.scsi.SenseKey;
import org.unplug.scsi.internal.midlayer.SyncCommand.Outcome;
import org.unplug.scsi.spi.ScsiCommand.Direction;

/**
 * Keeps the medium of a unit in while its disk is in use: PREVENT ALLOW MEDIUM REMOVAL. The commands go out one at a time, on a thread
 * that exists as long as there is one to send; what was wanted last is sent last, and nobody who opens or closes waits for it. A unit
 * that was reset has forgotten, and is told again. A removal in order has the last word, by {@link #release}.
 */
final class MediumLock {

    private final Device device;
    private final Host host;

    // Guarded by this.
    private boolean wanted;
    private boolean told;
    private boolean working;
    private boolean unknown;
    /** From before the unit is told to lock until it has said that it unlocked. */
    private boolean maybeLocked;

    MediumLock(Device device, Host host) {
        this.device = device;
        this.host = host;
    }

    /** Has it locked, or unlocked, soon. Never blocks. */
    void want(boolean locked) {
        begin(() -> wanted = locked);
    }

    /** The unit was reset, which unlocks. Never blocks. */
    void isForgotten() {
        begin(() -> told = false);
    }

    private void begin(Runnable change) {
        synchronized (this) {
            change.run();
            if (working || wanted == told) {
                return;
            }
            working = true;
        }
        host.clockwork().execute(device.address() + " medium lock", this::work);
    }

    private void work() {
        for (Boolean lock = next(); lock != null; lock = next()) {
            tell(lock);
        }
    }

    /** What the unit is to be told; null if it knows, does not know such a command, or goes. */
    private synchronized Boolean next() {
        if (wanted == told || unknown || device.isGoing()) {
            working = false;
            notifyAll();
            return null;
        }
        told = wanted;
        maybeLocked |= told;
        return told;
    }

    private void tell(boolean lock) {
        Outcome outcome = device.sync().run(cdb -> Cdb.preventRemoval(cdb, lock));
        synchronized (this) {
            maybeLocked &= lock || !outcome.ok();
            unknown = outcome.sense()
                    .filter(sense -> sense.key() == SenseKey.ILLEGAL_REQUEST)
                    .isPresent();
            if (unknown) {
                maybeLocked = false;
            }
        }
        if (!outcome.ok() && !device.isGoing()) {
            host.journal()
                    .info(device.address() + ": its medium cannot be " + (lock ? "locked in: " : "unlocked: ")
                            + outcome.why());
        }
    }

    /**
     * Unlocks, on the thread of a remover that has begun and whose disk nobody uses any more; what is being sent ends for that reason.
     *
     * @param anyway though nobody else has locked it here
     * @param timeoutMs for what is being sent to end, and again for the unit to answer
     */
    void release(SyncCommand last, boolean anyway, long timeoutMs) {
        long deadline = host.clockwork().nanoTime() + Timing.nanos(timeoutMs);
        synchronized (this) {
            while (working && deadline - host.clockwork().nanoTime() > 0) {
                host.clockwork().await(this, deadline - host.clockwork().nanoTime());
            }
            if (!maybeLocked && !anyway) {
                return;
            }
        }
        last.run(cdb -> Cdb.preventRemoval(cdb, false), Direction.NONE, 0, timeoutMs);
    }
}
