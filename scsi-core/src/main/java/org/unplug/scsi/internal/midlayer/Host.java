package org.unplug.scsi.internal.midlayer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.unplug.block.Removal;
import org.unplug.ref.Clockwork;
import org.unplug.scsi.HostRemovalReport;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.ScsiDeviceState;
import org.unplug.scsi.ScsiHostInfo;
import org.unplug.scsi.ScsiHostState;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.internal.eh.ErrorHandler;
import org.unplug.scsi.internal.midlayer.Calls.Call;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.HostLimits;
import org.unplug.scsi.spi.HostPort;
import org.unplug.scsi.spi.ScsiHost;

/**
 * An attached adapter: its state, its devices, and the one door through which commands go into its driver.
 *
 * <p>Lock order: host, device. Nothing of the driver, the block layer or a listener is called under either.
 */
public final class Host implements HostPort {

    /** What became of a command that was offered to the driver. */
    enum Offer {
        TAKEN,
        BUSY,
        /** The host is removed. */
        GONE
    }

    private static final int SWEEPS_PER_TIMEOUT = 8;

    private final int number;
    private final String driver;
    private final Clockwork clockwork;
    private final Timing timing;
    private final Journal journal;
    private final Calls calls = new Calls();
    private final HostScan scan;
    private final ErrorHandler errorHandler;
    private final HostRemoval removal;

    private final AtomicInteger busy = new AtomicInteger();
    private final AtomicInteger completedTwice = new AtomicInteger();
    private final Set<Object> waiters = ConcurrentHashMap.newKeySet();

    private volatile ScsiHost lld;
    private volatile String name;
    private volatile HostLimits limits = HostLimits.DEFAULT;
    private volatile boolean commits;
    private volatile boolean starved;
    private volatile boolean recovering;
    private volatile boolean cancelled;

    // Guarded by this.
    private final Map<ScsiAddress, Device> devices = new TreeMap<>();
    private ScsiHostState state = ScsiHostState.CREATED;
    private Clockwork.Timer sweep;
    private boolean introduced;

    Host(int number, ScsiHost lld, String driver, Core core) {
        this.number = number;
        this.lld = lld;
        this.driver = driver;
        this.clockwork = core.clockwork();
        this.timing = core.timing();
        this.journal = core.journal();
        name = "host" + number;
        scan = new HostScan(this, core.upper(), core.publisher());
        errorHandler = new ErrorHandler(name, clockwork, new HostWard(this));
        removal = new HostRemoval(this);
    }

    /** Begins to use it, on a thread of its own. */
    void start() {
        scan.request();
        scheduleSweep();
    }

    /** On the scan's thread, before the first scan: asks the driver who it is. */
    void introduce() {
        HostWard ward = new HostWard(this);
        ward.into(Call.DESCRIBE, driverOf -> {
            name = driverOf.name();
            limits = driverOf.limits();
            commits = overridesCommit(driverOf);
            return null;
        });
        synchronized (this) {
            if (state != ScsiHostState.CREATED) {
                return;
            }
            state = state.moveTo(ScsiHostState.RUNNING, "host" + number);
            introduced = true;
        }
        ward.into(Call.ATTACHED, driverOf -> {
            driverOf.attached(this);
            return null;
        });
    }

    private static boolean overridesCommit(ScsiHost driverOf) {
        try {
            return driverOf.getClass().getMethod("commitCommands").getDeclaringClass() != ScsiHost.class;
        } catch (NoSuchMethodException e) {
            return true;
        }
    }

    /** What {@code scsi_remove_host} promises and more; see {@link HostRemoval}. */
    public HostRemovalReport remove(Removal kind) {
        return removal.remove(kind);
    }

    /**
     * Gives a command to the driver. If TAKEN it ends through its sink, perhaps already has; otherwise it was not touched.
     */
    Offer offer(Command command) {
        return offer(command, clockwork.nanoTime());
    }

    Offer offer(Command command, long nowNanos) {
        if (busy.incrementAndGet() > limits.canQueue()) {
            busy.decrementAndGet();
            starved = true;
            return Offer.BUSY;
        }
        int place = calls.enter(Call.QUEUE_COMMAND);
        if (place == Calls.REFUSED) {
            busy.decrementAndGet();
            return Offer.GONE;
        }
        command.toDriver(nowNanos);
        ScsiHost.Queued answer;
        try {
            answer = lld.queueCommand(command);
        } catch (Throwable failure) {
            journal.warn("host" + number + ": queueCommand failed, " + failure);
            command.complete(HostByte.ERROR, ScsiStatus.GOOD, 0, command.transferBytes());
            return Offer.TAKEN;
        } finally {
            calls.exit(place);
        }
        if (answer == ScsiHost.Queued.ACCEPTED) {
            return Offer.TAKEN;
        }
        if (command.takeBack()) {
            busy.decrementAndGet();
            starved = true;
            return Offer.BUSY;
        }
        // Its time was up, or it was cancelled, while the driver made up its mind: the error handler ends it.
        command.complete(HostByte.REQUEUE, ScsiStatus.GOOD, 0, command.transferBytes());
        return Offer.TAKEN;
    }

    /** The batch is complete. */
    public void commit() {
        if (!commits) {
            return;
        }
        int place = calls.enter(Call.COMMIT_COMMANDS);
        if (place == Calls.REFUSED) {
            return;
        }
        try {
            lld.commitCommands();
        } catch (RuntimeException failure) {
            journal.warn("host" + number + ": commitCommands failed, " + failure);
        } finally {
            calls.exit(place);
        }
    }

    /** The driver has let a command go: there is room. */
    void letGo() {
        busy.decrementAndGet();
        if (starved) {
            ready();
        }
    }

    void completedTwice(Command command) {
        completedTwice.incrementAndGet();
        journal.warn("host" + number + ": the driver completed " + command + " once more, which has no effect");
    }

    @Override
    public int host() {
        return number;
    }

    @Override
    public void rescan() {
        requestScan();
    }

    void requestScan() {
        scan.request();
    }

    @Override
    public void lunGone(int channel, int target, long lun) {
        Device device = device(new ScsiAddress(number, channel, target, lun));
        if (device == null) {
            requestScan();
        } else {
            device.goneForGood();
        }
    }

    @Override
    public void targetGone(int channel, int target) {
        requestScan();
        devicesOf(channel, target).forEach(Device::goneForGood);
    }

    @Override
    public void ready() {
        starved = false;
        for (Device device : devices()) {
            device.restartQueue();
        }
    }

    private void scheduleSweep() {
        long everyMs = Math.max(1, timing.commandMs() / SWEEPS_PER_TIMEOUT);
        synchronized (this) {
            if (!cancelled) {
                sweep = clockwork.schedule(everyMs, this::sweep);
            }
        }
    }

    /** One timer for the whole host looks for commands whose time is up. */
    private void sweep() {
        long now = clockwork.nanoTime();
        devices().forEach(device -> device.sweep(now));
        scheduleSweep();
    }

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

    /** Removal begins. */
    void cancel() {
        synchronized (this) {
            state = state.moveTo(
                    state.inRecovery() ? ScsiHostState.CANCEL_RECOVERY : ScsiHostState.CANCEL, "host" + number);
            cancelled = true;
            if (sweep != null) {
                sweep.cancel();
            }
        }
        wakeWaiters();
    }

    /** Removal is at its end: the driver is let go. */
    void dropDriver() {
        synchronized (this) {
            state = state.moveTo(state.inRecovery() ? ScsiHostState.DEL_RECOVERY : ScsiHostState.DEL, "host" + number);
        }
        lld = null;
    }

    /** Whether the driver was told of its port, and so is to be told good-bye. */
    synchronized boolean isIntroduced() {
        return introduced;
    }

    boolean isCancelled() {
        return cancelled;
    }

    void beginRecovery() {
        synchronized (this) {
            ScsiHostState next = state == ScsiHostState.CANCEL ? ScsiHostState.CANCEL_RECOVERY : ScsiHostState.RECOVERY;
            if (state.canMoveTo(next)) {
                state = state.moveTo(next, "host" + number);
            }
            recovering = true;
        }
    }

    void endRecovery() {
        synchronized (this) {
            recovering = false;
            ScsiHostState next = switch (state) {
                case RECOVERY -> ScsiHostState.RUNNING;
                case CANCEL_RECOVERY -> ScsiHostState.CANCEL;
                case DEL_RECOVERY -> ScsiHostState.DEL;
                case CREATED, RUNNING, CANCEL, DEL -> state;
            };
            state = state.moveTo(next, "host" + number);
        }
        ready();
        wakeWaiters();
    }

    boolean isRecovering() {
        return recovering;
    }

    void offline(ScsiAddress unit, String why) {
        Device device = device(unit);
        if (device != null && device.moveIfLegal(ScsiDeviceState.OFFLINE)) {
            journal.warn(unit + ": offline, " + why);
        }
    }

    void addWaiter(Object monitor) {
        waiters.add(monitor);
    }

    void removeWaiter(Object monitor) {
        waiters.remove(monitor);
    }

    /** Lets everybody who waits for a command look again whether they still want to. */
    void wakeWaiters() {
        for (Object monitor : waiters) {
            synchronized (monitor) {
                monitor.notifyAll();
            }
        }
    }

    public synchronized ScsiHostState state() {
        return state;
    }

    ScsiHost lld() {
        return lld;
    }

    int number() {
        return number;
    }

    String name() {
        return name;
    }

    String driver() {
        return driver;
    }

    public HostLimits limits() {
        return limits;
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

    Calls calls() {
        return calls;
    }

    HostScan scan() {
        return scan;
    }

    ErrorHandler errorHandler() {
        return errorHandler;
    }

    int busy() {
        return Math.max(0, busy.get());
    }

    int completedTwice() {
        return completedTwice.get();
    }

    ScsiHostInfo info() {
        return new ScsiHostInfo(number, name, driver, state(), scan.isBusy(), busy(), List.copyOf(devices()));
    }
}
