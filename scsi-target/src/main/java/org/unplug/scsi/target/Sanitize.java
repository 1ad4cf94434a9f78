package org.unplug.scsi.target;

import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.unplug.block.BlockStatus;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.SenseKey;

/**
 * SANITIZE (SBC-3, 4.11, 5.24): overwriting and block erase of a whole unit. While it goes on, and after it failed, the unit refuses
 * nearly everything; no reset ends it. CRYPTOGRAPHIC ERASE is not had, since nothing is encrypted.
 */
final class Sanitize {

    enum State {
        /** Nothing to be told. */
        IDLE,
        /** Blocks are being changed. */
        RUNNING,
        /** It failed, and another one, or the end of failure mode where that was allowed, has to come. */
        FAILED;

        private static final Map<State, Set<State>> ARROWS = new EnumMap<>(Map.of(
                IDLE, EnumSet.of(RUNNING),
                RUNNING, EnumSet.of(IDLE, FAILED),
                FAILED, EnumSet.of(RUNNING, IDLE)));

        boolean leadsTo(State next) {
            return ARROWS.get(this).contains(next);
        }
    }

    private static final int IMMEDIATE = 0x80;
    private static final int UNRESTRICTED_EXIT = 0x20;
    private static final int HEADER_BYTES = 4;
    private static final int INVERT = 0x80;
    private static final int PASSES = 0x1F;
    private static final int CHUNK_BYTES = 1 << 18;
    private static final int PROGRESS_PARTS = 65_536;

    private final LogicalUnit unit;

    // Guarded by this, but for the glimpse.
    private volatile State state = State.IDLE;
    private boolean exitAllowed;
    private volatile Run run;

    Sanitize(LogicalUnit unit) {
        this.unit = unit;
    }

    State state() {
        return state;
    }

    /** How far it is, in parts of 65536. */
    int progress() {
        Run now = run;
        return now == null ? 0 : now.progress();
    }

    private synchronized void move(State next) {
        if (!state.leadsTo(next)) {
            throw new IllegalStateException("sanitize of " + unit + ": " + state + " does not lead to " + next);
        }
        state = next;
    }

    private synchronized boolean start(Run fresh, boolean exit) {
        if (state == State.RUNNING) {
            return false;
        }
        move(State.RUNNING);
        exitAllowed = exit;
        run = fresh;
        return true;
    }

    static BlockStatus overwrite(LogicalUnit unit, Task task) {
        int blockBytes = 1 << unit.blockShift();
        int length = Bytes.get16(task.cdb(), 7);
        if (length <= HEADER_BYTES || length > HEADER_BYTES + blockBytes) {
            return task.invalidCdb(7, -1);
        }
        byte[] list = task.parameters(length);
        if (list == null) {
            return null;
        }
        int passes = list[0] & PASSES;
        int pattern = Bytes.get16(list, 2);
        if (passes == 0 || pattern == 0 || pattern > blockBytes || pattern > length - HEADER_BYTES) {
            return task.invalidCdb(7, -1);
        }
        byte[] block = new byte[blockBytes];
        for (int i = 0; i < blockBytes; i++) {
            block[i] = list[HEADER_BYTES + i % pattern];
        }
        return begin(unit, task, new Run(unit, block, passes, (list[0] & INVERT) != 0));
    }

    static BlockStatus blockErase(LogicalUnit unit, Task task) {
        return begin(unit, task, new Run(unit, null, 1, false));
    }

    private static BlockStatus begin(LogicalUnit unit, Task task, Run run) {
        int flags = task.cdb()[1];
        if (!unit.sanitize().start(run, (flags & UNRESTRICTED_EXIT) != 0)) {
            return unit.refuseHindered(task);
        }
        unit.look();
        if ((flags & IMMEDIATE) == 0) {
            run.waiter = task;
        }
        unit.enter();
        unit.target().background().execute(run::start);
        return (flags & IMMEDIATE) == 0 ? null : task.good();
    }

    /** Where there is no failure to leave, nothing is to be done. */
    static BlockStatus exitFailureMode(LogicalUnit unit, Task task) {
        Sanitize sanitize = unit.sanitize();
        boolean refused;
        synchronized (sanitize) {
            refused = sanitize.state == State.FAILED && !sanitize.exitAllowed;
            if (sanitize.state == State.FAILED && !refused) {
                sanitize.move(State.IDLE);
            }
        }
        unit.look();
        return refused ? task.invalidCdb(1, 4) : task.good();
    }

    private void ended(Run which) {
        move(which.status() == ScsiStatus.GOOD ? State.IDLE : State.FAILED);
        run = null;
        unit.look();
    }

    /** The work itself, as a task of the unit's own: it claims every block, so that it begins after what was under way. */
    private static final class Run extends Task {
        private static final Task.Step PASS = (task, last) -> ((Run) task).pass(last);
        private static final Task.Step DISCARDED = (task, last) -> ((Run) task).discarded(last);

        private final LogicalUnit of;
        private final byte[] block;
        private final boolean invert;
        private final byte[] sense = new byte[Sense.MAX_BYTES];
        private final long bytes;
        private int passesLeft;
        private final AtomicLong done = new AtomicLong();
        private final long all;
        private Task waiter;

        /** @param block what to write, or null to erase */
        Run(LogicalUnit of, byte[] block, int passes, boolean invert) {
            this.of = of;
            this.block = block;
            this.invert = invert;
            passesLeft = passes;
            bytes = of.blocks() << of.blockShift();
            all = bytes * passes;
        }

        int progress() {
            return all == 0 ? 0 : (int) (done.get() / ((all + PROGRESS_PARTS - 1) / PROGRESS_PARTS));
        }

        void start() {
            begin(of, null, Attribute.SIMPLE);
            at = 0;
            end = bytes;
            if (block == null) {
                work = new byte[(int) Math.min(CHUNK_BYTES, bytes)];
                then((task, claimed) -> {
                    then(DISCARDED);
                    return of.backing().discard(io().range(0, bytes));
                });
            } else {
                work = Provisioning.repeat(block, (int) Math.min(CHUNK_BYTES, bytes));
                then(PASS);
            }
            if (of.ranges().claim(this, 0, Math.max(1, of.blocks()), true)) {
                resume(BlockStatus.OK);
            }
        }

        private BlockStatus discarded(BlockStatus last) {
            if (last == BlockStatus.NOTSUPP) {
                then(PASS);
                return BlockStatus.OK;
            }
            return last.ok() ? good() : failed(last, true, -1);
        }

        /** Comes before each chunk, with how the last one ended. */
        private BlockStatus pass(BlockStatus last) {
            if (!last.ok()) {
                return failed(last, true, Moves.lbaOf(this));
            }
            if (of.isPowerCut()) {
                return failed(BlockStatus.IOERR, true, -1);
            }
            if (at == end) {
                passesLeft--;
                at = 0;
                if (passesLeft <= 0 || end == 0) {
                    return good();
                }
                if (invert) {
                    for (int i = 0; i < work.length; i++) {
                        work[i] = (byte) ~work[i];
                    }
                }
            }
            int length = (int) Math.min(work.length, end - at);
            long from = at;
            at += length;
            done.addAndGet(length);
            return of.backing().write(ioOfWork(from, length), true);
        }

        @Override
        protected void ended() {
            of.sanitize().ended(this);
            Task told = waiter;
            if (told == null) {
                return;
            }
            if (status() == ScsiStatus.GOOD) {
                told.goodAll();
            } else {
                told.check(SenseKey.MEDIUM_ERROR, Asc.SANITIZE_FAILED);
            }
        }

        @Override
        protected byte[] cdb() {
            return new byte[0];
        }

        @Override
        protected int cdbLength() {
            return 0;
        }

        @Override
        protected int segmentCount() {
            return 0;
        }

        @Override
        protected ByteBuffer segment(int index) {
            throw new IndexOutOfBoundsException(index);
        }

        @Override
        protected int transferBytes() {
            return 0;
        }

        @Override
        protected byte[] sense() {
            return sense;
        }
    }
}
