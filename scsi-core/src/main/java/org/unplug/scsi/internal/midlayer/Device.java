package org.unplug.scsi.internal.midlayer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.unplug.block.BlockStatus;
import org.unplug.block.Removal;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.scsi.DeviceRemovalReport;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.ScsiDevice;
import org.unplug.scsi.ScsiDeviceInfo;
import org.unplug.scsi.ScsiDeviceState;
import org.unplug.scsi.ScsiDeviceState.Passage;

/**
 * A logical unit: its state, the way of disk commands through it, and what becomes of them when they end.
 *
 * <p>A disk command is submitted, passes the gate of the device's state, goes into the driver, comes back, and is judged by
 * {@link Disposition}: it ends, or waits in the again-queue to be given to the driver once more.
 */
public final class Device implements ScsiDevice, Command.Sink {

    /** Who issues disk commands. */
    public interface Issuer {
        /** A command ended with a status; it is idle and may be used again at once. */
        void finished(Command command, BlockStatus status);

        /** The driver may hold on to the command and its buffers for ever: never use them again. */
        void abandoned(Command command, BlockStatus status);
    }

    private final Host host;
    private final ScsiAddress address;
    private final ScsiDeviceInfo info;
    private final DeviceRemoval removal;
    private final List<Command> commands = new CopyOnWriteArrayList<>();

    private volatile ScsiDeviceState state = ScsiDeviceState.CREATED;
    private volatile DiskRegistration disk;
    private volatile Issuer issuer;
    private volatile boolean rescanAfterwards;

    // Guarded by this.
    private boolean surprised;
    private boolean probing = true;
    private Runnable publication;
    private boolean withdrawn;
    private final ArrayDeque<Command> again = new ArrayDeque<>();
    private boolean againArmed;

    Device(Host host, ScsiDeviceInfo info) {
        this.host = host;
        this.address = info.address();
        this.info = info;
        removal = new DeviceRemoval(this, host);
    }

    public ScsiAddress address() {
        return address;
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
        int count = 0;
        for (Command command : commands) {
            if (command.isWithDriver()) {
                count++;
            }
        }
        synchronized (this) {
            return count + again.size();
        }
    }

    public Host host() {
        return host;
    }

    /** For commands of the core's own; they end when the device's removal has begun. */
    public SyncCommand sync() {
        return new SyncCommand(host, address, info.removable(), () -> host.isCancelled() || removal.hasBegun());
    }

    /** The only one who issues disk commands. Before the first. */
    public void setIssuer(Issuer newIssuer) {
        issuer = newIssuer;
    }

    /** A command for disk requests, which the caller keeps and uses again. */
    public Command newCommand() {
        Command command = new Command(host, address, this);
        commands.add(command);
        return command;
    }

    /** Submits a prepared command; false if it has to come again later. Otherwise the issuer is told of its end. */
    public boolean submit(Command command) {
        Passage passage = state.passage();
        if (passage != Passage.ALL) {
            return passage != Passage.WAIT && refuse(command, passage);
        }
        if (host.isRecovering()) {
            return false;
        }
        long now = host.clockwork().nanoTime();
        command.begin(now);
        return switch (host.offer(command, now)) {
            case TAKEN -> true;
            case BUSY -> false;
            case GONE -> refuse(command, Passage.GONE);
        };
    }

    private boolean refuse(Command command, Passage passage) {
        issuer.finished(command, passage == Passage.FAIL ? BlockStatus.IOERR : BlockStatus.GONE);
        return true;
    }

    /** The block layer does not want to wait for a command any more. */
    public void cancel(Command command) {
        command.setCancelled();
        if (command.claimQueued()) {
            synchronized (this) {
                again.remove(command);
            }
            issuer.finished(command, cancelStatus());
        } else if (command.claimLate()) {
            host.errorHandler().admit(command);
        }
    }

    private BlockStatus cancelStatus() {
        return removal.hasBegun() || state.passage() == Passage.GONE ? BlockStatus.GONE : BlockStatus.TIMEOUT;
    }

    /** Hands commands whose time is up to the error handler. On the timer's thread. */
    void sweep(long nowNanos) {
        for (Command command : commands) {
            if (command.claimIfOverdue(nowNanos)) {
                host.journal().warn(address + ": " + command + " timed out after " + command.timeoutMs() + " ms");
                host.errorHandler().admit(command);
            }
        }
    }

    @Override
    public void ended(Command command) {
        if (command.wentWell()) {
            issuer.finished(command, BlockStatus.OK);
            return;
        }
        Disposition then = Disposition.of(
                command.hostByte(), command.status(), command.senseData(), command.residualBytes(), info.removable());
        switch (then.effect()) {
            case NONE -> {}
            case RESCAN -> host.requestScan();
            case CHANGED -> mediumChanged(then.status());
        }
        BlockStatus status = verdict(command, then);
        if (status == null) {
            enqueueAgain(command, host.timing().againMs());
            return;
        }
        if (status != BlockStatus.OK && status != BlockStatus.GONE) {
            host.journal().warn(address + ": " + command + " failed, " + reason(command));
        }
        issuer.finished(command, status);
    }

    private static String reason(Command command) {
        return command.senseData()
                .map(sense -> sense.text())
                .orElseGet(() -> command.hostByte() + " " + command.status());
    }

    /** What it ends with, or null if it is tried again. */
    private BlockStatus verdict(Command command, Disposition then) {
        if (then.action() == Disposition.Action.DONE) {
            return then.status();
        }
        if (command.isCancelled()) {
            return cancelStatus();
        }
        Timing timing = host.timing();
        boolean triesUsed = then.action() == Disposition.Action.RETRY && command.nextTry() > timing.retries();
        boolean timeUsed = host.clockwork().nanoTime() - command.firstNanos() >= Timing.nanos(timing.totalMs());
        return triesUsed || timeUsed ? then.status() : null;
    }

    @Override
    public void abandoned(Command command) {
        commands.remove(command);
        issuer.abandoned(command, cancelStatus());
    }

    private void enqueueAgain(Command command, long delayMs) {
        boolean arm;
        synchronized (this) {
            again.add(command);
            command.toQueued();
            arm = !againArmed;
            againArmed = true;
        }
        if (arm) {
            host.clockwork().schedule(delayMs, () -> host.clockwork().execute(address + " again", this::giveAgain));
        }
    }

    private void giveAgain() {
        List<Command> waiting;
        synchronized (this) {
            waiting = new ArrayList<>(again);
            again.clear();
            againArmed = false;
        }
        for (Command command : waiting) {
            if (command.claimQueued()) {
                giveAgain(command);
            }
        }
        host.commit();
    }

    private void giveAgain(Command command) {
        Passage passage = state.passage();
        boolean wait = passage == Passage.WAIT || passage == Passage.ALL && host.isRecovering();
        if (command.isCancelled()) {
            issuer.finished(command, cancelStatus());
        } else if (passage != Passage.ALL && passage != Passage.WAIT) {
            refuse(command, passage);
        } else {
            Host.Offer offer = wait ? Host.Offer.BUSY : host.offer(command);
            if (offer == Host.Offer.BUSY) {
                enqueueAgain(command, host.timing().againMs());
            } else if (offer == Host.Offer.GONE) {
                refuse(command, Passage.GONE);
            }
        }
    }

    void restartQueue() {
        DiskRegistration on = disk;
        if (on != null) {
            on.restartQueue();
        }
    }

    /** Moves, if there is such an arrow. */
    boolean moveIfLegal(ScsiDeviceState next) {
        synchronized (this) {
            if (!state.canMoveTo(next)) {
                return false;
            }
            state = state.moveTo(next, address.toString());
        }
        if (next.passage() == Passage.ALL) {
            restartQueue();
        }
        return true;
    }

    /** The disk that was added for this device; false if the device goes, and the caller must remove the disk. */
    public boolean bindDisk(DiskRegistration registration) {
        synchronized (this) {
            if (removal.hasBegun()) {
                return false;
            }
            disk = registration;
            return true;
        }
    }

    DiskRegistration diskRegistration() {
        return disk;
    }

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

    synchronized void probed() {
        probing = false;
        notifyAll();
    }

    synchronized boolean awaitProbed(long deadlineNanos) {
        while (probing) {
            long left = deadlineNanos - host.clockwork().nanoTime();
            if (left <= 0) {
                return false;
            }
            host.clockwork().await(this, left);
        }
        return true;
    }

    /** The device does not answer any more: everything fails GONE from now on. Never blocks. */
    void surprise() {
        DiskRegistration on;
        synchronized (this) {
            surprised = true;
            if (state.canMoveTo(ScsiDeviceState.TRANSPORT_OFFLINE)) {
                state = state.moveTo(ScsiDeviceState.TRANSPORT_OFFLINE, address.toString());
            }
            on = disk;
        }
        if (on != null) {
            on.markDead();
        }
        host.wakeWaiters();
    }

    synchronized boolean isSurprised() {
        return surprised;
    }

    /** As {@link #surprise}, and the removal follows on another thread. Never blocks. */
    void goneForGood() {
        surprise();
        host.clockwork().execute("remove " + address, () -> remove(Removal.SURPRISE));
    }

    /** There is another medium in the unit, or none: this device goes, and the unit is looked at anew. */
    private void mediumChanged(BlockStatus status) {
        if (status == BlockStatus.GONE && !removal.hasBegun()) {
            host.journal().info(address + ": the medium was taken out or changed");
            rescanAfterwards();
            goneForGood();
        }
    }

    /** Somebody wants this address: look again once this device has gone. */
    void rescanAfterwards() {
        rescanAfterwards = true;
        if (removal.hasEnded()) {
            host.requestScan();
        }
    }

    boolean wantsRescan() {
        return rescanAfterwards;
    }

    boolean isGoing() {
        return removal.hasBegun() || isSurprised();
    }

    /** Ends what waits to be given to the driver again. */
    void endWaiting() {
        List<Command> waiting;
        synchronized (this) {
            waiting = new ArrayList<>(again);
            again.clear();
        }
        waiting.stream().filter(Command::claimQueued).forEach(c -> issuer.finished(c, BlockStatus.GONE));
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
