package org.unplug.scsi.internal.midlayer;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.unplug.block.Removal;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.DeviceRemovalReport;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.ScsiDevice;
import org.unplug.scsi.ScsiDeviceInfo;
import org.unplug.scsi.ScsiDeviceState;
import org.unplug.scsi.ScsiDeviceState.Passage;
import org.unplug.scsi.ScsiResult;

/** A logical unit: its state, its disk, its publication. Its commands go through its {@link DeviceQueue}. */
public final class Device implements ScsiDevice {

    private final Host host;
    private final Addressee addressee;
    private final ScsiAddress address;
    private final ScsiDeviceInfo info;
    private final DeviceQueue queue;
    private final MediumLock mediumLock;
    private final DeviceRemoval removal;

    private volatile ScsiDeviceState state = ScsiDeviceState.CREATED;
    private volatile DiskRegistration disk;
    private volatile long timeoutMs;
    private volatile boolean surprised;
    private volatile boolean rescanAfterwards;

    // Guarded by this.
    private boolean probing = true;
    private int mediumChanges;
    private Runnable publication;
    private boolean withdrawn;

    Device(Host host, Addressee addressee, ScsiDeviceInfo info) {
        this.host = host;
        this.addressee = addressee;
        address = addressee.address();
        this.info = info;
        timeoutMs = host.timing().commandMs();
        queue = new DeviceQueue(this, host);
        mediumLock = new MediumLock(this, host);
        removal = new DeviceRemoval(this, host);
    }

    public ScsiAddress address() {
        return address;
    }

    Addressee addressee() {
        return addressee;
    }

    @Override
    public ScsiDeviceInfo info() {
        return info;
    }

    @Override
    public ScsiDeviceState state() {
        return state;
    }

    @Override
    public String disk() {
        DiskRegistration on = disk;
        return on == null ? "" : on.info().name();
    }

    @Override
    public int inFlight() {
        return queue.inFlight();
    }

    @Override
    public int queueDepth() {
        return queue.depth();
    }

    @Override
    public long timeoutMs() {
        return timeoutMs;
    }

    @Override
    public void setTimeoutMs(long ms) {
        long most = host.timing().totalMs();
        if (ms < 1 || ms > most) {
            throw new IllegalArgumentException(address + ": a time-out of " + ms + " ms: must be 1 to " + most);
        }
        timeoutMs = ms;
        host.timeoutChanged();
    }

    public Host host() {
        return host;
    }

    public DeviceQueue queue() {
        return queue;
    }

    MediumLock mediumLock() {
        return mediumLock;
    }

    /** For commands of the core's own; they end when the device's removal has begun. */
    public SyncCommand sync() {
        return new SyncCommand(host, this, () -> host.isCancelled() || isGoing());
    }

    /** For the last commands of a removal; they end when the device is gone. */
    SyncCommand lastSync() {
        return new SyncCommand(host, this, this::isSurprised);
    }

    // ---- its state

    /** Moves where the event leads; false if it cannot happen now. */
    boolean happens(DeviceEvent event) {
        boolean waited = state.passage().diskWaits();
        if (!move(event)) {
            return false;
        }
        host.waiters().wake();
        if (waited || state.passage() == Passage.ALL) {
            restartQueue();
        }
        return true;
    }

    private synchronized boolean move(DeviceEvent event) {
        Optional<ScsiDeviceState> next = event.from(state);
        next.ifPresent(to -> state = state.moveTo(to, address.toString()));
        return next.isPresent();
    }

    private void happensOrThrows(DeviceEvent event, ScsiDeviceState wanted) {
        if (!happens(event)) {
            throw new IllegalStateException(
                    address + " cannot go from " + state + " to " + wanted + ": there is no way to " + event);
        }
    }

    @Override
    public void quiesce() {
        happensOrThrows(DeviceEvent.QUIESCED, ScsiDeviceState.QUIESCE);
    }

    @Override
    public void resume() {
        happensOrThrows(DeviceEvent.RESUMED, ScsiDeviceState.RUNNING);
    }

    @Override
    public void takeOffline() {
        happensOrThrows(DeviceEvent.GIVEN_UP, ScsiDeviceState.OFFLINE);
    }

    @Override
    public void bringBack() {
        happensOrThrows(DeviceEvent.BROUGHT_BACK, ScsiDeviceState.RUNNING);
    }

    /** Whether a request that fails now may succeed later. */
    boolean isThere() {
        return !surprised && !removal.hasBegun() && !host.isCancelled() && state != ScsiDeviceState.DEL;
    }

    void restartQueue() {
        DiskRegistration on = disk;
        if (on != null) {
            on.restartQueue();
        }
    }

    @Override
    public ScsiResult execute(byte[] cdb, ByteBuffer toDevice, ByteBuffer fromDevice, long timeoutMs) {
        if (cdb.length < 1 || cdb.length > host.limits().maxCdbBytes()) {
            throw new IllegalArgumentException(address + ": a command of " + cdb.length + " bytes: must be 1 to "
                    + host.limits().maxCdbBytes());
        }
        if (toDevice != null && fromDevice != null) {
            throw new IllegalArgumentException(
                    address + ": " + Cdb.name(Cdb.opcode(cdb)) + " moves data one way only, not both");
        }
        return sync().passThrough(cdb, toDevice, fromDevice, timeoutMs);
    }

    // ---- its disk

    /** How often the unit has said so far, while there was no disk on it, that its medium is none or another. */
    public synchronized int mediumChanges() {
        return mediumChanges;
    }

    /** False if the medium has changed since there were that many {@link #mediumChanges}; the device then goes. */
    public boolean keepsMedium(int changes) {
        boolean kept = mediumChanges() == changes;
        if (!kept) {
            renew("the medium was changed while it was looked at");
        }
        return kept;
    }

    /**
     * The disk that was added for this device; false if the device goes, or its medium has changed since there were that many
     * {@link #mediumChanges}, and the caller must remove the disk.
     */
    public synchronized boolean bindDisk(DiskRegistration registration, int changes) {
        boolean bound = !isGoing() && mediumChanges == changes;
        if (bound) {
            disk = registration;
        }
        return bound;
    }

    /** Told to a command that was not the disk's: the medium is none or another. Never blocks. */
    void mediumChanged() {
        synchronized (this) {
            if (disk == null) {
                mediumChanges++;
                return;
            }
        }
        otherMedium();
    }

    private void otherMedium() {
        renew("the medium was taken out or changed");
    }

    /** The disk on it, or null. */
    public DiskRegistration diskRegistration() {
        return disk;
    }

    /** Somebody has the disk open, or nobody: a medium that can be taken out is locked in meanwhile. Never blocks. */
    public void inUse(boolean open) {
        if (info.removable()) {
            mediumLock.want(open);
        }
    }

    // ---- its publication

    /** Makes the device known, unless it goes. Undone by the removal, or here if that has come by already. */
    void publish(Publisher publisher) {
        if (removal.hasBegun()) {
            return;
        }
        Runnable withdraw = publisher.publish(this);
        synchronized (this) {
            if (!withdrawn) {
                publication = withdraw;
                return;
            }
        }
        withdraw.run();
    }

    synchronized Runnable takePublication() {
        withdrawn = true;
        Runnable taken = publication;
        publication = null;
        return taken;
    }

    // ---- its probing

    synchronized void probed() {
        probing = false;
        notifyAll();
    }

    synchronized boolean awaitProbed(long deadlineNanos) {
        return host.clockwork().awaitUntil(this, deadlineNanos, () -> !probing);
    }

    // ---- its end

    /** What the end of a command of its disk says of the whole device, or of its siblings. */
    void heard(Disposition then) {
        if (then.effect() == Disposition.Effect.CHANGED) {
            otherMedium();
        } else {
            host.heard(address, then.effect());
        }
    }

    /** What this device stands for is not there any more: it goes, and the unit is looked at anew. */
    public void renew(String why) {
        if (!isGoing()) {
            host.journal().info(address + ": " + why);
            rescanAfterwards();
            goneForGood();
        }
    }

    /** The device does not answer any more: everything fails GONE from now on. Never blocks. */
    void surprise() {
        surprised = true;
        addressee.leaves();
        move(DeviceEvent.PATH_FAILED);
        DiskRegistration on = disk;
        if (on != null) {
            on.markDead();
        }
        host.waiters().wake();
    }

    boolean isSurprised() {
        return surprised;
    }

    /** As {@link #surprise}, and the removal follows on another thread. Never blocks. */
    void goneForGood() {
        surprise();
        host.clockwork().execute("remove " + address, () -> remove(Removal.SURPRISE));
    }

    /** Somebody wants this address: look again once this device has gone. */
    void rescanAfterwards() {
        rescanAfterwards = true;
        if (removal.hasEnded()) {
            host.scan().request(address.channel(), address.target());
        }
    }

    boolean wantsRescan() {
        return rescanAfterwards;
    }

    boolean isGoing() {
        return removal.hasBegun() || isSurprised();
    }

    @Override
    public DeviceRemovalReport remove(Removal kind) {
        return removal.remove(kind, false);
    }

    @Override
    public DeviceRemovalReport eject() {
        return removal.remove(Removal.ORDERLY, true);
    }

    DeviceRemovalReport awaitRemoved(long deadlineNanos) {
        return removal.await(deadlineNanos);
    }
}
