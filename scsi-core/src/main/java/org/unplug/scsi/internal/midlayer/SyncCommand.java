package org.unplug.scsi.internal.midlayer;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.ScsiResult;
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

        /** As for any medium: no command of the core's own is meant for that one which is in now. */
        private Disposition then() {
            return then(false);
        }

        private Disposition then(boolean removable) {
            return Disposition.of(host, status, sense, 0, removable);
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
    private final Addressee addressee;
    private final Device device;
    private final BooleanSupplier stopped;

    /** For a place where a device may be. {@code stopped} tells whether nobody wants an answer any more. */
    SyncCommand(Host host, Addressee addressee, BooleanSupplier stopped) {
        this(host, addressee, null, stopped);
    }

    /** For a device: its state decides what passes. */
    SyncCommand(Host host, Device device, BooleanSupplier stopped) {
        this(host, device.addressee(), device, stopped);
    }

    private SyncCommand(Host host, Addressee addressee, Device device, BooleanSupplier stopped) {
        this.host = host;
        this.addressee = addressee;
        this.device = device;
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
            outcome = new Wait(builder, direction, ByteBuffer.allocate(bytes), timeoutMs).issue();
            if (outcome.then().action() == Action.DONE || stopped.getAsBoolean() || outcome.host == HostByte.TIME_OUT) {
                break;
            }
        }
        return outcome;
    }

    /** Sends somebody else's command, once. */
    ScsiResult passThrough(byte[] cdb, ByteBuffer toDevice, ByteBuffer fromDevice, long timeoutMs) {
        ByteBuffer theirs = toDevice != null ? toDevice : fromDevice;
        Direction direction =
                toDevice != null ? Direction.TO_DEVICE : fromDevice != null ? Direction.FROM_DEVICE : Direction.NONE;
        // The core's own buffer, since the driver may hold it when the caller has gone.
        ByteBuffer data = ByteBuffer.allocate(theirs == null ? 0 : theirs.remaining());
        if (direction == Direction.TO_DEVICE) {
            data.put(0, toDevice, toDevice.position(), data.capacity());
        }
        Wait wait = new Wait(
                block -> {
                    System.arraycopy(cdb, 0, block, 0, cdb.length);
                    return cdb.length;
                },
                direction,
                data,
                timeoutMs);
        Outcome outcome = wait.issue();
        boolean reached = outcome.host == HostByte.OK;
        int moved = reached ? outcome.data.remaining() : 0;
        if (direction == Direction.FROM_DEVICE) {
            fromDevice.put(outcome.data.limit(moved));
        }
        String why = reached && outcome.status == ScsiStatus.GOOD ? "" : outcome.why();
        return new ScsiResult(reached, why, outcome.status, outcome.sense, moved);
    }

    /** Lets a moment pass; ends early when stopped. */
    public void pause() {
        pause(host.timing().againMs());
    }

    public void pause(long ms) {
        Object moment = new Object();
        host.waiters().add(moment);
        try {
            long deadline = host.clockwork().nanoTime() + Timing.nanos(ms);
            synchronized (moment) {
                while (!stopped.getAsBoolean() && deadline - host.clockwork().nanoTime() > 0) {
                    host.clockwork().await(moment, deadline - host.clockwork().nanoTime());
                }
            }
        } finally {
            host.waiters().remove(moment);
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

        Wait(Builder builder, Direction direction, ByteBuffer data, long timeoutMs) {
            command = new Command(host, addressee, this);
            this.data = data;
            command.prepare(builder.build(command.cdb()), direction, data.capacity() == 0 ? null : data, timeoutMs);
            deadlineNanos = host.clockwork().nanoTime() + Timing.nanos(timeoutMs);
        }

        Outcome issue() {
            host.waiters().add(this);
            try {
                Outcome outcome = await();
                ScsiAddress unit = addressee.address();
                host.heard(unit, outcome.then(host.isRemovable(unit)).effect());
                return outcome;
            } finally {
                host.waiters().remove(this);
            }
        }

        private Door.Offer offer() {
            if (device != null && device.state().passage().coreFails()) {
                return Door.Offer.GONE;
            }
            boolean wait = host.isRecovering()
                    || device != null && device.state().passage().coreWaits();
            return wait
                    ? Door.Offer.BUSY
                    : host.door().offer(command, host.clockwork().nanoTime(), false);
        }

        private Outcome await() {
            Door.Offer offer = offer();
            while (offer == Door.Offer.BUSY) {
                if (stopped.getAsBoolean() || host.clockwork().nanoTime() - deadlineNanos >= 0) {
                    return failed(HostByte.BUS_BUSY);
                }
                pause();
                offer = offer();
            }
            if (offer == Door.Offer.GONE) {
                return failed(HostByte.NO_CONNECT);
            }
            host.door().commit();
            synchronized (this) {
                host.clockwork().awaitUntil(this, deadlineNanos, () -> over || stopped.getAsBoolean());
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
