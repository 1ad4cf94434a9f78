package org.unplug.scsi.internal.midlayer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.unplug.block.BlockStatus;
import org.unplug.scsi.ScsiDeviceState.Passage;
import org.unplug.scsi.ScsiStatus;

/**
 * The way of a disk's commands through a device, and what becomes of them when they end: one is submitted, passes what the
 * device's state lets pass, goes into the driver, comes back, and is judged by {@link Disposition}. Then it ends, or waits here to
 * be given to the driver once more.
 */
public final class DeviceQueue implements Command.Sink {

    /** Who issues disk commands. */
    public interface Issuer {
        /** A command ended with a status; it is idle and may be used again at once. */
        void finished(Command command, BlockStatus status);

        /** The driver may hold on to the command and its buffers for ever: never use them again. */
        void abandoned(Command command, BlockStatus status);
    }

    private final Device device;
    private final Host host;
    private final Door door;
    private final Timing timing;
    private final QueueDepth depth;
    private final List<Command> commands = new CopyOnWriteArrayList<>();
    private volatile Issuer issuer;

    // Guarded by this.
    private final ArrayDeque<Command> again = new ArrayDeque<>();
    private boolean againArmed;

    DeviceQueue(Device device, Host host) {
        this.device = device;
        this.host = host;
        door = host.door();
        timing = host.timing();
        depth = new QueueDepth(Timing.nanos(timing.rampUpMs()));
    }

    /**
     * Makes the commands that the only issuer keeps and uses again and again, one for each that may be under way at once. Before the
     * first is submitted.
     */
    public Command[] open(Issuer newIssuer, int count) {
        issuer = newIssuer;
        depth.setMost(count);
        Command[] made = new Command[count];
        for (int i = 0; i < count; i++) {
            made[i] = new Command(host, device.addressee(), this);
        }
        commands.addAll(List.of(made));
        return made;
    }

    /** A command in place of one that was {@linkplain Issuer#abandoned abandoned}. */
    public Command replacement() {
        Command command = new Command(host, device.addressee(), this);
        commands.add(command);
        return command;
    }

    int depth() {
        return depth.now();
    }

    /** How many are inside the driver. A glimpse. */
    private int withDriver() {
        int count = 0;
        for (Command command : commands) {
            if (command.isWithDriver()) {
                count++;
            }
        }
        return count;
    }

    /** How many are inside the driver, or wait here. A glimpse. */
    int inFlight() {
        synchronized (this) {
            return withDriver() + again.size();
        }
    }

    /** Submits a prepared command; false if it has to come again later. Otherwise the issuer is told of its end. */
    public boolean submit(Command command) {
        Passage passage = device.state().passage();
        if (passage != Passage.ALL) {
            return !passage.diskWaits() && refuse(command);
        }
        if (host.isRecovering() || isFull()) {
            return false;
        }
        long now = host.clockwork().nanoTime();
        command.begin(now);
        return switch (door.offer(command, now, false)) {
            case TAKEN -> true;
            case BUSY -> false;
            case GONE -> refuse(command);
        };
    }

    private boolean isFull() {
        return depth.isLowered() && withDriver() >= depth.now();
    }

    private boolean refuse(Command command) {
        issuer.finished(command, device.isThere() ? BlockStatus.IOERR : BlockStatus.GONE);
        return true;
    }

    /** The batch is complete. */
    public void commit() {
        door.commit();
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
        return device.isThere() ? BlockStatus.TIMEOUT : BlockStatus.GONE;
    }

    /** Hands commands whose time is up to the error handler. On the timer's thread. */
    void sweep(long nowNanos) {
        for (Command command : commands) {
            if (command.claimIfOverdue(nowNanos)) {
                host.journal()
                        .warn(device.address() + ": " + command + " timed out after " + command.timeoutMs() + " ms");
                host.errorHandler().admit(command);
            }
        }
    }

    @Override
    public void ended(Command command) {
        if (command.wentWell()) {
            if (depth.isLowered()) {
                depth.wentWell(host.clockwork().nanoTime());
            }
            issuer.finished(command, BlockStatus.OK);
            return;
        }
        if (command.status() == ScsiStatus.TASK_SET_FULL) {
            depth.full(withDriver(), host.clockwork().nanoTime());
        }
        Disposition then = Disposition.of(
                command.hostByte(),
                command.status(),
                command.senseData(),
                command.residualBytes(),
                device.info().removable());
        device.heard(then);
        BlockStatus status = verdict(command, then);
        if (status == null) {
            enqueueAgain(command);
            return;
        }
        if (status != BlockStatus.OK && status != BlockStatus.GONE) {
            host.journal().warn(device.address() + ": " + command + " failed, " + command.why());
        }
        issuer.finished(command, status);
    }

    /** What it ends with, or null if it is tried again. */
    private BlockStatus verdict(Command command, Disposition then) {
        if (then.action() == Disposition.Action.DONE) {
            return then.status();
        }
        if (command.isCancelled()) {
            return cancelStatus();
        }
        boolean triesUsed = then.action() == Disposition.Action.RETRY && command.nextTry() > timing.retries();
        boolean timeUsed = host.clockwork().nanoTime() - command.firstNanos() >= Timing.nanos(timing.totalMs());
        return triesUsed || timeUsed ? then.status() : null;
    }

    @Override
    public void abandoned(Command command) {
        commands.remove(command);
        issuer.abandoned(command, cancelStatus());
    }

    private void enqueueAgain(Command command) {
        boolean arm;
        synchronized (this) {
            again.add(command);
            command.toQueued();
            arm = !againArmed;
            againArmed = true;
        }
        if (arm) {
            host.clockwork()
                    .schedule(
                            timing.againMs(),
                            () -> host.clockwork().execute(device.address() + " again", this::giveAgain));
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
        door.commit();
    }

    private void giveAgain(Command command) {
        Passage passage = device.state().passage();
        if (command.isCancelled()) {
            issuer.finished(command, cancelStatus());
        } else if (passage != Passage.ALL && !passage.diskWaits()) {
            refuse(command);
        } else if (passage != Passage.ALL || host.isRecovering() || isFull()) {
            enqueueAgain(command);
        } else {
            switch (door.offer(command, host.clockwork().nanoTime(), false)) {
                case TAKEN -> {}
                case BUSY -> enqueueAgain(command);
                case GONE -> refuse(command);
            }
        }
    }

    /** Ends what waits to be given to the driver again. */
    void endWaiting() {
        List<Command> waiting;
        synchronized (this) {
            waiting = new ArrayList<>(again);
            again.clear();
        }
        waiting.stream().filter(Command::claimQueued).forEach(this::refuse);
    }
}
