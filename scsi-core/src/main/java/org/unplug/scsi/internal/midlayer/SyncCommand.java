package org.unplug.scsi.internal.midlayer;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.SenseData;
import org.unplug.scsi.SenseKey;
import org.unplug.scsi.internal.midlayer.Disposition.Action;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.ScsiCommand.Direction;

/**
 * The core's own commands, one at a time: builds one, waits for it, tries again what the {@link Disposition} says. The wait ends
 * at the time-out, and at once when whoever asked is no more interested; the driver is then asked to let the
 * command go, and since each command has buffers of its own nothing waits for that.
 */
public final class SyncCommand {

    /** Builds a command descriptor block and answers its length. */
    @FunctionalInterface
    public interface Builder {
        int build(byte[] cdb);
    }

    /**
     * How it ended.
     *
     * @param host how the adapter fared
     * @param status the unit's status
     * @param sense what the unit said of it
     * @param data what was read, from position to limit
     */
    public record Outcome(HostByte host, ScsiStatus status, Optional<SenseData> sense, ByteBuffer data) {

        public boolean ok() {
            return host == HostByte.OK && status == ScsiStatus.GOOD
                    || sense.isPresent() && sense.get().key().code() <= SenseKey.RECOVERED_ERROR.code();
        }

        /** Whether there is nobody at the address. */
        public boolean nobody() {
            return host == HostByte.NO_CONNECT || host == HostByte.BAD_TARGET;
        }

        /** What went wrong, in words. */
        public String why() {
            return host != HostByte.OK
                    ? host.name()
                    : sense.map(SenseData::text).orElse(status.name());
        }
    }

    private final Host host;
    private final ScsiAddress address;
    private final boolean removable;
    private final BooleanSupplier stopped;

    /** @param stopped whether nobody wants an answer any more */
    SyncCommand(Host host, ScsiAddress address, boolean removable, BooleanSupplier stopped) {
        this.host = host;
        this.address = address;
        this.removable = removable;
        this.stopped = stopped;
    }

    public Outcome run(Builder builder) {
        return run(builder, Direction.NONE, 0, host.timing().commandMs());
    }

    public Outcome read(Builder builder, int bytes) {
        return run(builder, Direction.FROM_DEVICE, bytes, host.timing().commandMs());
    }

    public Outcome run(Builder builder, Direction direction, int bytes, long timeoutMs) {
        Outcome outcome = null;
        for (int attempt = 0; attempt <= host.timing().retries(); attempt++) {
            if (attempt > 0) {
                pause();
            }
            Wait wait = new Wait(builder, direction, bytes, timeoutMs);
            outcome = wait.issue();
            Disposition then = Disposition.of(outcome.host, outcome.status, outcome.sense, 0, removable);
            if (then.effect() == Disposition.Effect.RESCAN) {
                host.requestScan();
            }
            if (then.action() == Action.DONE || stopped.getAsBoolean() || outcome.host == HostByte.TIME_OUT) {
                break;
            }
        }
        return outcome;
    }

    /** Lets a moment pass; ends early when stopped. */
    public void pause() {
        pause(host.timing().againMs());
    }

    public void pause(long ms) {
        Object moment = new Object();
        host.addWaiter(moment);
        try {
            long deadline = host.clockwork().nanoTime() + Timing.nanos(ms);
            synchronized (moment) {
                while (!stopped.getAsBoolean() && deadline - host.clockwork().nanoTime() > 0) {
                    host.clockwork().await(moment, deadline - host.clockwork().nanoTime());
                }
            }
        } finally {
            host.removeWaiter(moment);
        }
    }

    public boolean isStopped() {
        return stopped.getAsBoolean();
    }

    private final class Wait implements Command.Sink {
        private final Command command;
        private final ByteBuffer data;
        private final long deadlineNanos;
        private boolean over;
        private boolean letGo;

        Wait(Builder builder, Direction direction, int bytes, long timeoutMs) {
            command = new Command(host, address, this);
            data = ByteBuffer.allocate(bytes);
            command.prepare(builder.build(command.cdb()), direction, bytes == 0 ? null : data, timeoutMs);
            deadlineNanos = host.clockwork().nanoTime() + Timing.nanos(timeoutMs);
        }

        Outcome issue() {
            host.addWaiter(this);
            try {
                return await();
            } finally {
                host.removeWaiter(this);
            }
        }

        private Outcome await() {
            Host.Offer offer = host.isRecovering() ? Host.Offer.BUSY : host.offer(command);
            while (offer == Host.Offer.BUSY) {
                if (stopped.getAsBoolean() || host.clockwork().nanoTime() - deadlineNanos >= 0) {
                    return failed(HostByte.BUS_BUSY);
                }
                pause();
                offer = host.isRecovering() ? Host.Offer.BUSY : host.offer(command);
            }
            if (offer == Host.Offer.GONE) {
                return failed(HostByte.NO_CONNECT);
            }
            host.commit();
            synchronized (this) {
                while (!over) {
                    long left = deadlineNanos - host.clockwork().nanoTime();
                    if (left <= 0 || stopped.getAsBoolean()) {
                        break;
                    }
                    host.clockwork().await(this, left);
                }
                if (over) {
                    return letGo ? result() : failed(HostByte.TIME_OUT);
                }
            }
            if (command.claimLate()) {
                host.errorHandler().admit(command);
                return failed(stopped.getAsBoolean() ? HostByte.NO_CONNECT : HostByte.TIME_OUT);
            }
            synchronized (this) {
                return over && letGo ? result() : failed(HostByte.TIME_OUT);
            }
        }

        private Outcome result() {
            data.limit(Math.max(0, data.capacity() - command.residualBytes()));
            return new Outcome(command.hostByte(), command.status(), command.senseData(), data);
        }

        private Outcome failed(HostByte why) {
            return new Outcome(why, ScsiStatus.GOOD, Optional.empty(), ByteBuffer.allocate(0));
        }

        @Override
        public synchronized void ended(Command ended) {
            over = true;
            letGo = true;
            notifyAll();
        }

        @Override
        public synchronized void abandoned(Command abandoned) {
            over = true;
            notifyAll();
        }
    }
}
