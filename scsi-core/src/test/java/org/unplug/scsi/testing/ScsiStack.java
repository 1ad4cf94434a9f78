package org.unplug.scsi.testing;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.unplug.block.RemovalReport;
import org.unplug.block.testing.AdapterStack;
import org.unplug.block.testing.FlatBlockLayer;
import org.unplug.ref.Clockwork;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.ScsiDevice;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.internal.midlayer.Core;
import org.unplug.scsi.internal.midlayer.Host;
import org.unplug.scsi.internal.midlayer.Journal;
import org.unplug.scsi.internal.midlayer.Timing;
import org.unplug.scsi.internal.sd.Sd;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.HostLimits;
import org.unplug.scsi.spi.HostPort;
import org.unplug.scsi.spi.ScsiCommand;
import org.unplug.scsi.spi.ScsiHost;

/** The SCSI core and an adapter, whichever, as the shared removal tests play with them: a tap before the adapter keeps commands. */
public final class ScsiStack implements AdapterStack, Journal {

    /** Few enough milliseconds for a recovery to begin, and many enough in all tries for a unit that says BUSY. */
    private static final Timing TIMING = new Timing(4_000, 9, 500, 1_000, 1_000, 2);
    /** INQUIRY to MODE SENSE: no start-up has fewer. */
    private static final int STARTUP_COMMANDS = 6;

    private static final long DEADLINE_MS = 9_000;

    private final Supplier<AdapterKit> kits;
    private final Core core;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final List<ScsiCommand> kept = new ArrayList<>();
    private AdapterKit kit;
    private Host host;
    private Moment moment = Moment.IDLE;
    private int skip;
    private int startupCommand;
    private boolean busy;
    private boolean reset;

    /** What becomes of a command. */
    private enum Fate {
        PASS,
        KEPT,
        BUSY
    }

    /** @param kits makes a new adapter each time, over the same units */
    public ScsiStack(FlatBlockLayer layer, Clockwork clockwork, Supplier<AdapterKit> kits) {
        this.kits = kits;
        core = new Core(clockwork, TIMING, this, new Sd(layer), device -> () -> {});
        register();
    }

    @Override
    public void register() {
        kit = kits.get();
        host = core.attach(new Tap(kit.host()), "test.driver");
    }

    @Override
    public boolean unregister() {
        boolean quiet = core.detach(host).quiet();
        kit.unregistered();
        return quiet;
    }

    @Override
    public void insert(int number) throws IOException {
        kit.insert(number);
    }

    @Override
    public void yank() throws IOException {
        kit.yank();
        // An adapter that sees its unit go ends what the unit has not answered.
        takeKept().forEach(command -> command.completeFailed(HostByte.NO_CONNECT));
    }

    @Override
    public RemovalReport eject() throws IOException {
        ScsiDevice device = core.hosts().stream()
                .flatMap(info -> info.devices().stream())
                .findFirst()
                .orElseThrow(() -> new IOException("there is no unit that was found"));
        return device.eject().disk().orElseThrow(() -> new IOException("it had no disk"));
    }

    @Override
    public synchronized void standAt(Moment wanted) {
        moment = wanted;
        busy = false;
        reset = false;
        // Each time at the next command, so that many rounds come by all of them.
        skip = wanted == Moment.STARTING ? startupCommand++ % STARTUP_COMMANDS : 0;
    }

    @Override
    public synchronized boolean stands() {
        return !kept.isEmpty() && moment != Moment.RECOVERING || busy;
    }

    private synchronized Fate fate(ScsiCommand command) {
        int opcode = Cdb.opcode(command.cdb());
        boolean write = opcode == Cdb.WRITE_10;
        if (write && moment == Moment.BUSY) {
            busy = true;
            return Fate.BUSY;
        }
        if (write && moment == Moment.RECOVERING && !reset && kept.isEmpty()) {
            kept.add(command);
            return Fate.KEPT;
        }
        boolean keep = switch (moment) {
            case STARTING -> skip-- == 0;
            case APPEARING, READING -> opcode == Cdb.READ_10;
            case WRITING -> write;
            case RESCANNING -> opcode == Cdb.INQUIRY || opcode == Cdb.TEST_UNIT_READY;
            case RECOVERING -> reset && opcode == Cdb.TEST_UNIT_READY;
            case BUSY, IDLE -> false;
        };
        if (keep) {
            kept.add(command);
            moment = Moment.IDLE;
        }
        return keep ? Fate.KEPT : Fate.PASS;
    }

    private synchronized List<ScsiCommand> takeKept() {
        List<ScsiCommand> taken = new ArrayList<>(kept);
        kept.clear();
        return taken;
    }

    @Override
    public void goOn() {
        synchronized (this) {
            moment = Moment.IDLE;
        }
        takeKept().forEach(command -> command.completeFailed(HostByte.ERROR));
    }

    @Override
    public void lookAgain() {
        host.rescan();
    }

    @Override
    public String disk() {
        return core.hosts().stream()
                .flatMap(info -> info.devices().stream())
                .map(ScsiDevice::disk)
                .filter(name -> !name.isEmpty())
                .findFirst()
                .orElse(null);
    }

    @Override
    public byte[] peek(int number, int offsetBytes, int bytes) throws IOException {
        return kit.peek(number, offsetBytes, bytes);
    }

    @Override
    public Tally tally() {
        return kit.tally();
    }

    @Override
    public long deadlineMs() {
        return DEADLINE_MS;
    }

    @Override
    public void close() {
        unregister();
    }

    @Override
    public void info(String line) {
        lines.add(line);
    }

    @Override
    public void warn(String line) {
        lines.add(line);
    }

    @Override
    public String toString() {
        return lines.toString();
    }

    /** Before the adapter: keeps what the test wants kept, as a bus that swallows it, and aborts that by itself. */
    private final class Tap implements ScsiHost {
        private final ScsiHost to;

        Tap(ScsiHost to) {
            this.to = to;
        }

        @Override
        public String name() {
            return to.name();
        }

        @Override
        public HostLimits limits() {
            return to.limits();
        }

        @Override
        public void attached(HostPort port) {
            to.attached(port);
        }

        @Override
        public void detached() {
            to.detached();
        }

        @Override
        public Object unitAt(ScsiAddress address) {
            return to.unitAt(address);
        }

        @Override
        public Queued queueCommand(ScsiCommand command) {
            switch (fate(command)) {
                case PASS -> {
                    return to.queueCommand(command);
                }
                case KEPT -> {}
                case BUSY -> command.complete(HostByte.OK, ScsiStatus.BUSY, 0, command.transferBytes());
            }
            return Queued.ACCEPTED;
        }

        @Override
        public void commitCommands() {
            to.commitCommands();
        }

        @Override
        public EhResult abort(ScsiCommand command) {
            boolean ours;
            synchronized (ScsiStack.this) {
                if (moment == Moment.RECOVERING && kept.contains(command)) {
                    return EhResult.FAILED;
                }
                ours = kept.remove(command);
            }
            if (ours) {
                command.completeFailed(HostByte.ABORT);
                return EhResult.SUCCESS;
            }
            return to.abort(command);
        }

        /** Frees the write that was kept; the first question after it is not answered. */
        @Override
        public EhResult deviceReset(ScsiAddress unit) {
            synchronized (ScsiStack.this) {
                if (moment != Moment.RECOVERING) {
                    return to.deviceReset(unit);
                }
                reset = true;
            }
            takeKept().forEach(command -> command.completeFailed(HostByte.RESET));
            return EhResult.SUCCESS;
        }

        @Override
        public EhResult targetReset(ScsiAddress target) {
            return to.targetReset(target);
        }

        @Override
        public EhResult busReset(int channel) {
            return to.busReset(channel);
        }

        @Override
        public EhResult hostReset() {
            return to.hostReset();
        }
    }
}
