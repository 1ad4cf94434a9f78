package org.unplug.scsi.internal.midlayer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.unplug.block.Removal;
import org.unplug.ref.Clockwork;
import org.unplug.scsi.HostRemovalReport;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.ScsiHostInfo;
import org.unplug.scsi.ScsiHostState;
import org.unplug.scsi.internal.eh.ErrorHandler;
import org.unplug.scsi.internal.midlayer.Calls.Call;
import org.unplug.scsi.spi.HostLimits;
import org.unplug.scsi.spi.HostPort;
import org.unplug.scsi.spi.ScsiHost;

/**
 * An attached adapter: its state, its devices, and what it is made of - the {@link Door} to its driver, the {@link HostScan}, the
 * {@link ErrorHandler}, the {@link HostRemoval}. As {@link HostPort} it is what the driver sees of the core.
 *
 * <p>Lock order: host, device. Nothing of the driver, the block layer or a listener is called under either.
 */
public final class Host implements HostPort {

    private final int number;
    private final String driver;
    private final Clockwork clockwork;
    private final Timing timing;
    private final Journal journal;
    private final Waiters waiters = new Waiters();
    private final Door door;
    private final HostScan scan;
    private final ErrorHandler errorHandler;
    private final HostRemoval removal;
    private final Periodic overdue;
    private final Periodic mediaPoll;

    private volatile boolean recovering;
    private volatile boolean cancelled;

    // Guarded by this.
    private final Map<ScsiAddress, Device> devices = new TreeMap<>();
    private ScsiHostState state = ScsiHostState.CREATED;
    private boolean introduced;

    Host(int number, ScsiHost lld, String driver, Core core) {
        this.number = number;
        this.driver = driver;
        clockwork = core.clockwork();
        timing = core.timing();
        journal = core.journal();
        door = new Door("host" + number, lld, clockwork, journal, waiters, this::restartQueues);
        scan = new HostScan(this, core.upper(), core.publisher());
        errorHandler = new ErrorHandler("host" + number, clockwork, new HostWard(this));
        removal = new HostRemoval(this);
        overdue = new Periodic(clockwork, this::sweepMs, this::sweep);
        mediaPoll = new Periodic(clockwork, timing::mediaPollMs, scan::pollMedia);
    }

    /** Begins to use it, on a thread of its own. */
    void start() {
        scan.request();
        overdue.start();
        mediaPoll.start();
    }

    /** On the scan's thread, before the first scan. */
    void introduce() {
        door.introduce();
        synchronized (this) {
            if (state != ScsiHostState.CREATED) {
                return;
            }
            move(HostEvent.INTRODUCED);
            introduced = true;
        }
        door.into(Call.ATTACHED, lld -> {
            lld.attached(this);
            return null;
        });
    }

    /** What {@code scsi_remove_host} promises and more; see {@link HostRemoval}. */
    public HostRemovalReport remove(Removal kind) {
        return removal.remove(kind);
    }

    // ---- what the driver tells

    @Override
    public int host() {
        return number;
    }

    @Override
    public void rescan() {
        scan.request();
    }

    @Override
    public void lunGone(int channel, int target, long lun) {
        gone(channel, target, address -> address.lun() == lun);
    }

    @Override
    public void targetGone(int channel, int target) {
        gone(channel, target, address -> true);
    }

    /** A unit that is just being looked at, and is no device yet, is told as well. What may have come since is looked at after that. */
    private void gone(int channel, int target, Predicate<ScsiAddress> who) {
        scan.left(address -> address.channel() == channel && address.target() == target && who.test(address));
        devicesOf(channel, target).stream()
                .filter(device -> who.test(device.address()))
                .forEach(Device::goneForGood);
        scan.request(channel, target);
    }

    @Override
    public void blockTarget(int channel, int target) {
        onTarget(channel, target, DeviceEvent.BLOCKED);
    }

    @Override
    public void unblockTarget(int channel, int target, boolean working) {
        onTarget(channel, target, working ? DeviceEvent.UNBLOCKED : DeviceEvent.PATH_FAILED);
    }

    private void onTarget(int channel, int target, DeviceEvent event) {
        devicesOf(channel, target).forEach(device -> device.happens(event));
        waiters.wake();
    }

    @Override
    public void ready() {
        door.ready();
    }

    private void restartQueues() {
        for (Device device : devices()) {
            device.restartQueue();
        }
    }

    /** Often enough for the shortest time-out. */
    private long sweepMs() {
        return devices().stream()
                .mapToLong(Device::timeoutMs)
                .map(Timing::sweepMs)
                .reduce(timing.sweepMs(), Math::min);
    }

    /** A device's time-out is another one from now on. */
    void timeoutChanged() {
        overdue.start();
    }

    /** One timer for the whole host looks for commands whose time is up, and for what is to be asked again. */
    private void sweep() {
        long now = clockwork.nanoTime();
        devices().forEach(device -> device.queue().sweep(now));
        scan.askUnclearAgain();
    }

    // ---- devices

    /** Adds a device; false if the host admits none any more, or the address is taken. */
    synchronized boolean add(Device device) {
        return state.admitsDevices() && devices.putIfAbsent(device.address(), device) == null;
    }

    synchronized void forget(Device device) {
        devices.remove(device.address(), device);
    }

    synchronized Device device(ScsiAddress address) {
        return devices.get(address);
    }

    synchronized List<Device> devices() {
        return new ArrayList<>(devices.values());
    }

    List<Device> devicesOf(int channel, int target) {
        return devices().stream()
                .filter(d -> d.address().channel() == channel && d.address().target() == target)
                .toList();
    }

    void withDevice(ScsiAddress address, Consumer<Device> what) {
        Optional.ofNullable(device(address)).ifPresent(what);
    }

    /** Whether there is a device at the address whose medium can be taken out. */
    boolean isRemovable(ScsiAddress unit) {
        Device device = device(unit);
        return device != null && device.info().removable();
    }

    /** Whom the driver has at an address now. */
    Addressee lookFor(ScsiAddress address) {
        return new Addressee(address, door.into(Call.UNIT_AT, lld -> lld.unitAt(address)));
    }

    /** Whether the driver has nobody else at its address by now. */
    boolean isThere(Addressee addressee) {
        return lookFor(addressee.address()).unit() == addressee.unit();
    }

    /** Whom the device at an address stands for; or if there is none, who is there now. */
    Addressee addressee(ScsiAddress address) {
        Device device = device(address);
        return device != null ? device.addressee() : lookFor(address);
    }

    /** What a unit said says of more than the command that it was said of. */
    void heard(ScsiAddress unit, Disposition.Effect effect) {
        switch (effect) {
            case RESCAN -> scan.request(unit.channel(), unit.target());
            case REVALIDATE -> withDevice(unit, scan::request);
            case RESET -> withDevice(unit, device -> device.mediumLock().isForgotten());
            case CHANGED -> withDevice(unit, Device::mediumChanged);
            case NONE -> {}
        }
    }

    // ---- its life

    /** Moves where the event leads; false if it cannot happen now. */
    private synchronized boolean move(HostEvent event) {
        Optional<ScsiHostState> next = event.from(state);
        next.ifPresent(to -> state = state.moveTo(to, "host" + number));
        return next.isPresent();
    }

    /**
     * Moves where the event leads.
     *
     * @throws IllegalStateException naming the event and the state, if it cannot happen now
     */
    private synchronized void moveOrThrow(HostEvent event) {
        if (!move(event)) {
            throw new IllegalStateException("host" + number + " in " + state + " cannot " + event);
        }
    }

    /** Removal begins. */
    void cancel() {
        moveOrThrow(HostEvent.CANCELLED);
        cancelled = true;
        scan.close();
        overdue.stop();
        mediaPoll.stop();
        waiters.wake();
    }

    /** Removal is at its end: the driver is let go. */
    void dropDriver() {
        moveOrThrow(HostEvent.REMOVED);
        door.dropDriver();
    }

    /** Whether the driver was told of its port, and so is to be told good-bye. */
    synchronized boolean isIntroduced() {
        return introduced;
    }

    boolean isCancelled() {
        return cancelled;
    }

    void beginRecovery() {
        recovering = move(HostEvent.RECOVERY_BEGINS);
    }

    void endRecovery() {
        move(HostEvent.RECOVERY_ENDS);
        recovering = false;
        door.ready();
        waiters.wake();
    }

    boolean isRecovering() {
        return recovering;
    }

    public synchronized ScsiHostState state() {
        return state;
    }

    // ---- its parts

    int number() {
        return number;
    }

    String driver() {
        return driver;
    }

    public HostLimits limits() {
        return door.limits();
    }

    public Clockwork clockwork() {
        return clockwork;
    }

    public Timing timing() {
        return timing;
    }

    public Journal journal() {
        return journal;
    }

    Waiters waiters() {
        return waiters;
    }

    Door door() {
        return door;
    }

    HostScan scan() {
        return scan;
    }

    ErrorHandler errorHandler() {
        return errorHandler;
    }

    ScsiHostInfo info() {
        return new ScsiHostInfo(
                number, door.name(), driver, state(), scan.isBusy(), door.busy(), List.copyOf(devices()));
    }
}
