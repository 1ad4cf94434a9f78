package org.unplug.scsi.stranger;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.SenseData;
import org.unplug.scsi.SenseKey;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.HostLimits;
import org.unplug.scsi.spi.HostPort;
import org.unplug.scsi.spi.ScsiCommand;
import org.unplug.scsi.spi.ScsiHost;

/**
 * A shelf of trays, each a target with a unit 0 while something lies in it. Commands are gathered until the core commits them, and
 * then served as a batch on another thread.
 */
public final class Shelf implements ScsiHost {

    /** What lies in a tray: the bytes stay when it is taken out. */
    public record Cartridge(byte[] bytes) {}

    private static final int TRAYS = 4;
    private static final int BLOCK_BYTES = 512;
    private static final byte NO_UNIT = 0x7F;

    private final Executor worker;
    private volatile HostPort port;

    /** Counted by itself: calls now inside, all calls, commands taken and completed. */
    public final AtomicLong inside = new AtomicLong();

    public final AtomicLong calls = new AtomicLong();
    public final AtomicLong taken = new AtomicLong();
    public final AtomicLong completed = new AtomicLong();

    /** A cartridge from when it is laid into a tray until it is taken out; the next time is another. */
    private static final class Stay {
        final byte[] bytes;

        Stay(Cartridge cartridge) {
            bytes = cartridge.bytes;
        }
    }

    /** A command and whom it is for, null if that is not there any more: it never touches what is laid there later. */
    private record Work(ScsiCommand command, Stay stay) {}

    // Guarded by this.
    private final Map<Integer, Stay> trays = new HashMap<>();
    private final Deque<Work> gathered = new ArrayDeque<>();
    private final Deque<Work> batch = new ArrayDeque<>();
    private Work inHand;
    private boolean serving;

    public Shelf(Executor worker) {
        this.worker = worker;
    }

    /** Lays something into a tray. */
    public void insert(int tray, Cartridge cartridge) {
        synchronized (this) {
            trays.put(tray, new Stay(cartridge));
        }
        HostPort to = port;
        if (to != null) {
            to.rescan();
        }
    }

    /** Takes out what lies there. Whatever was under way ends first, then the core is told. */
    public void takeOut(int tray) {
        synchronized (this) {
            trays.remove(tray);
        }
        end(HostByte.NO_CONNECT, command -> command.address().target() == tray);
        HostPort to = port;
        if (to != null) {
            to.targetGone(0, tray);
        }
    }

    @Override
    public String name() {
        return "shelf";
    }

    @Override
    public HostLimits limits() {
        return HostLimits.DEFAULT.withQueue(32, 8).withTopology(1, TRAYS, 0);
    }

    @Override
    public void attached(HostPort newPort) {
        port = newPort;
    }

    @Override
    public void detached() {
        port = null;
    }

    @Override
    public synchronized Object unitAt(ScsiAddress address) {
        return trays.get(address.target());
    }

    @Override
    public Queued queueCommand(ScsiCommand command) {
        enter();
        try {
            synchronized (this) {
                Stay there = trays.get(command.address().target());
                gathered.add(new Work(command, there == command.unit() ? there : null));
            }
            taken.incrementAndGet();
            return Queued.ACCEPTED;
        } finally {
            inside.decrementAndGet();
        }
    }

    @Override
    public void commitCommands() {
        enter();
        try {
            boolean start;
            synchronized (this) {
                batch.addAll(gathered);
                gathered.clear();
                start = !serving && !batch.isEmpty();
                serving |= start;
            }
            if (start) {
                worker.execute(this::serveBatch);
            }
        } finally {
            inside.decrementAndGet();
        }
    }

    @Override
    public EhResult abort(ScsiCommand command) {
        return handler(HostByte.ABORT, one -> one == command);
    }

    @Override
    public EhResult targetReset(ScsiAddress target) {
        return handler(HostByte.RESET, one -> one.address().target() == target.target());
    }

    @Override
    public EhResult hostReset() {
        return handler(HostByte.RESET, one -> true);
    }

    private EhResult handler(HostByte how, Predicate<ScsiCommand> which) {
        enter();
        try {
            end(how, which);
            synchronized (this) {
                // One that is being served right now is not let go yet.
                return inHand != null && which.test(inHand.command) ? EhResult.FAILED : EhResult.SUCCESS;
            }
        } finally {
            inside.decrementAndGet();
        }
    }

    private void enter() {
        calls.incrementAndGet();
        inside.incrementAndGet();
    }

    /** Ends what nobody serves yet. */
    private void end(HostByte how, Predicate<ScsiCommand> which) {
        List<ScsiCommand> ending = new ArrayList<>();
        synchronized (this) {
            for (Deque<Work> queue : List.of(gathered, batch)) {
                queue.removeIf(work -> which.test(work.command) && ending.add(work.command));
            }
        }
        for (ScsiCommand command : ending) {
            completed.incrementAndGet();
            command.completeFailed(how);
        }
    }

    private void serveBatch() {
        Work work = next();
        while (work != null) {
            serve(work.command, work.stay);
            work = next();
        }
    }

    private synchronized Work next() {
        inHand = batch.poll();
        serving = inHand != null;
        return inHand;
    }

    private void serve(ScsiCommand command, Stay stay) {
        byte[] cdb = command.cdb();
        if (stay == null) {
            completed.incrementAndGet();
            command.completeFailed(HostByte.NO_CONNECT);
            return;
        }
        if (command.address().lun() != 0 && Cdb.opcode(cdb) != Cdb.REPORT_LUNS && Cdb.opcode(cdb) != Cdb.INQUIRY) {
            check(command, 0x25);
            return;
        }
        byte[] bytes = stay.bytes;
        switch (Cdb.opcode(cdb)) {
            case Cdb.TEST_UNIT_READY, Cdb.SYNCHRONIZE_CACHE_10, Cdb.START_STOP_UNIT, Cdb.PREVENT_ALLOW_MEDIUM_REMOVAL ->
                good(command, 0);
            case Cdb.INQUIRY -> inquiry(command);
            case Cdb.REPORT_LUNS ->
                data(command, ByteBuffer.allocate(16).putInt(0, 8).array());
            case Cdb.READ_CAPACITY_10 ->
                data(
                        command,
                        ByteBuffer.allocate(8)
                                .putInt(bytes.length / BLOCK_BYTES - 1)
                                .putInt(BLOCK_BYTES)
                                .array());
            case Cdb.MODE_SENSE_10 -> data(command, new byte[] {0, 6, 0, 0, 0, 0, 0, 0});
            case Cdb.READ_10, Cdb.WRITE_10 -> move(command, bytes);
            default -> check(command, 0x20);
        }
    }

    private void inquiry(ScsiCommand command) {
        if (command.cdb()[1] != 0) {
            check(command, 0x24);
            return;
        }
        byte[] data = new byte[36];
        data[0] = command.address().lun() == 0 ? 0 : NO_UNIT;
        data[2] = 4;
        data[4] = 31;
        byte[] names = "STRANGERShelf           1   ".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(names, 0, data, 8, names.length);
        data(command, data);
    }

    private void move(ScsiCommand command, byte[] bytes) {
        long from = Cdb.lba(command.cdb()) * BLOCK_BYTES;
        if (from + command.transferBytes() > bytes.length) {
            check(command, 0x21);
            return;
        }
        int at = (int) from;
        for (int i = 0; i < command.segmentCount(); i++) {
            ByteBuffer segment = command.segment(i).duplicate();
            int length = segment.remaining();
            if (command.direction() == ScsiCommand.Direction.TO_DEVICE) {
                segment.get(bytes, at, length);
            } else {
                segment.put(bytes, at, length);
            }
            at += length;
        }
        good(command, 0);
    }

    private void data(ScsiCommand command, byte[] data) {
        int length = Math.min(data.length, command.transferBytes());
        command.segment(0).duplicate().put(data, 0, length);
        good(command, command.transferBytes() - length);
    }

    private void good(ScsiCommand command, int residualBytes) {
        completed.incrementAndGet();
        command.complete(HostByte.OK, ScsiStatus.GOOD, 0, residualBytes);
    }

    private void check(ScsiCommand command, int asc) {
        int length = SenseData.of(SenseKey.ILLEGAL_REQUEST, asc, 0).encodeFixed(command.sense());
        completed.incrementAndGet();
        command.complete(HostByte.OK, ScsiStatus.CHECK_CONDITION, length, command.transferBytes());
    }
}
