package org.unplug.scsi.target;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.unplug.block.BlockStatus;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.SenseKey;

/**
 * A command on its way through a target (SAM-5, 5.5). A transport extends this with its own way to data, keeps as many as it has
 * commands under way, and uses each again for the next once it {@linkplain #ended ended}.
 *
 * <p>From {@link Target#execute} on the task and its buffers are the server's until {@link #ended} is called, once, on whichever thread
 * ends it - the caller's of {@code execute}, before that returns, where the unit's blocks are in memory. The results are good from
 * then until the next {@code execute}.
 */
public abstract class Task {

    /** How a task stands to the others of its unit (SAM-5, 8.6). */
    public enum Attribute {
        /** In any order with other simple ones. */
        SIMPLE,
        /** After all that came before, and before all that come after. */
        ORDERED,
        /** At once. */
        HEAD_OF_QUEUE
    }

    /** What comes next; the status is how the last I/O ended. Returns how the next one ended, or null if it goes on or the task ended. */
    interface Step {
        BlockStatus next(Task task, BlockStatus last);
    }

    private static final ByteBuffer[] ONE = new ByteBuffer[1];

    private final Io io = new Io(this);

    // What the command is: written by execute, before anybody else can see the task.
    private LogicalUnit unit;
    private Nexus nexus;
    private Attribute attribute = Attribute.SIMPLE;
    private Operation operation;

    // What it has come to: one thread at a time, ordered by the backing's completions.
    private Step step;
    private ScsiStatus status = ScsiStatus.GOOD;
    private int senseBytes;
    private long movedBytes;
    private long wantedBytes;
    /** A family's own position in a command of several steps. */
    long at;
    /** A family's own end of a command of several steps. */
    long end;
    /** A family's own data of a command of several steps. */
    byte[] work;

    // The unit's lists that it is in: guarded by their owners.
    final Ranges.Claim claim = new Ranges.Claim(this);
    boolean inSet;
    private volatile boolean aborted;

    protected Task() {}

    /** The command descriptor block, from index 0; not changed until the end. */
    protected abstract byte[] cdb();

    /** How many bytes of {@link #cdb} there are; a command may need fewer. */
    protected abstract int cdbLength();

    /** How many buffers there are. */
    protected abstract int segmentCount();

    /** A buffer: the bytes between its position and limit are the data. The server leaves both as they are. */
    protected abstract ByteBuffer segment(int index);

    /** How many bytes the buffers hold: what the initiator is ready to move. */
    protected abstract int transferBytes();

    /** Where sense data goes; at least 28 bytes. */
    protected abstract byte[] sense();

    /** It ended. Must not block; may execute this task again. */
    protected abstract void ended();

    /** How it ended. */
    public final ScsiStatus status() {
        return status;
    }

    /** How many bytes of {@link #sense} count. */
    public final int senseBytes() {
        return senseBytes;
    }

    /** How many bytes were moved to or from the buffers. */
    public final long movedBytes() {
        return movedBytes;
    }

    /**
     * What the initiator had ready less what the command wanted to move: a positive amount is an underflow, a negative one an
     * overflow.
     */
    public final long residualBytes() {
        return transferBytes() - wantedBytes;
    }

    /** Whether a task management function aborted it: it is to be answered with nothing. */
    public final boolean isAborted() {
        return aborted;
    }

    final void begin(LogicalUnit onUnit, Nexus from, Attribute how) {
        unit = onUnit;
        nexus = from;
        attribute = how;
        operation = null;
        status = ScsiStatus.GOOD;
        senseBytes = 0;
        movedBytes = 0;
        wantedBytes = 0;
        if (aborted) {
            aborted = false;
        }
    }

    final LogicalUnit unit() {
        return unit;
    }

    final Nexus nexus() {
        return nexus;
    }

    final Attribute attribute() {
        return attribute;
    }

    final Operation operation() {
        return operation;
    }

    final void operation(Operation what) {
        operation = what;
    }

    final void abort() {
        aborted = true;
    }

    final Io io() {
        return io;
    }

    // ---- running ----

    /** What the next I/O's end leads to. */
    final void then(Step next) {
        step = next;
    }

    /** Goes on: an I/O ended, or nothing was to be waited for. */
    final void resume(BlockStatus status) {
        BlockStatus last = status;
        while (last != null) {
            last = step.next(this, last);
        }
    }

    /** Ends it: the answer is complete. Always null, so that a step can end with it. */
    final BlockStatus finish() {
        LogicalUnit on = unit;
        if (on != null) {
            on.finished(this);
        }
        ended();
        return null;
    }

    final BlockStatus good() {
        return finish();
    }

    /** Good, after all that was wanted was moved, as far as there was room for it. */
    final BlockStatus goodAll() {
        return good(Math.min(wantedBytes, transferBytes()));
    }

    /** Good, after so many bytes of the wanted ones were moved. */
    final BlockStatus good(long moved) {
        movedBytes = moved;
        return finish();
    }

    final BlockStatus end(ScsiStatus how) {
        status = how;
        return finish();
    }

    final BlockStatus check(SenseKey key, int asc) {
        return check(key, asc, -1, 0);
    }

    final BlockStatus check(SenseKey key, int asc, long information, int specific) {
        status = ScsiStatus.CHECK_CONDITION;
        movedBytes = 0;
        senseBytes =
                Sense.write(sense(), unit != null && unit.descriptorSense(), key.code(), asc, information, specific);
        return finish();
    }

    final BlockStatus illegal(int asc) {
        return check(SenseKey.ILLEGAL_REQUEST, asc);
    }

    /** Invalid field in the descriptor block; {@code bitAt} is its highest bit, or -1 for a field of whole bytes. */
    final BlockStatus invalidCdb(int byteAt, int bitAt) {
        return check(SenseKey.ILLEGAL_REQUEST, Asc.INVALID_FIELD_IN_CDB, -1, Sense.fieldPointer(true, byteAt, bitAt));
    }

    /** Invalid field in the parameter list; {@code bitAt} is its highest bit, or -1 for a field of whole bytes. */
    final BlockStatus invalidParameter(int byteAt, int bitAt) {
        return check(
                SenseKey.ILLEGAL_REQUEST,
                Asc.INVALID_FIELD_IN_PARAMETERS,
                -1,
                Sense.fieldPointer(false, byteAt, bitAt));
    }

    /** An I/O failed, at a logical block or, with -1, it does not say where. */
    final BlockStatus failed(BlockStatus how, boolean write, long lba) {
        return switch (how) {
            case GONE -> {
                unit.mediumGone();
                yield check(SenseKey.NOT_READY, Asc.NO_MEDIUM);
            }
            case NOSPACE -> check(SenseKey.DATA_PROTECT, Asc.SPACE_ALLOCATION_FAILED, lba, 0);
            case PROTECTED -> check(SenseKey.DATA_PROTECT, Asc.WRITE_PROTECTED, lba, 0);
            case AGAIN -> end(ScsiStatus.BUSY);
            case TIMEOUT -> check(SenseKey.ABORTED_COMMAND, Asc.INTERNAL_FAILURE, lba, 0);
            default -> check(SenseKey.MEDIUM_ERROR, write ? Asc.WRITE_ERROR : Asc.UNRECOVERED_READ_ERROR, lba, 0);
        };
    }

    // ---- data ----

    final void wants(long bytes) {
        wantedBytes = bytes;
    }

    /** Answers with data, cut to the allocation length and to the buffers. */
    final BlockStatus data(byte[] data, long allocationBytes) {
        wantedBytes = Math.min(data.length, allocationBytes);
        return good(put(data, 0, (int) Math.min(wantedBytes, transferBytes())));
    }

    /** Copies into the buffers, from a position of the data on; how much went in. */
    final int put(byte[] data, int into, int length) {
        int done = 0;
        int skip = into;
        for (int i = 0; i < segmentCount() && done < length; i++) {
            ByteBuffer segment = segment(i);
            int part = Math.min(segment.remaining() - skip, length - done);
            if (part > 0) {
                segment.put(segment.position() + skip, data, done, part);
                done += part;
            }
            skip = Math.max(0, skip - segment.remaining());
        }
        return done;
    }

    /** Copies out of the buffers, from a position on; how much there was. */
    final int get(long from, byte[] into, int length) {
        int done = 0;
        long skip = from;
        for (int i = 0; i < segmentCount() && done < length; i++) {
            ByteBuffer segment = segment(i);
            int remaining = segment.remaining();
            if (skip < remaining) {
                int part = (int) Math.min(remaining - skip, length - done);
                segment.get(segment.position() + (int) skip, into, done, part);
                done += part;
            }
            skip = Math.max(0, skip - remaining);
        }
        return done;
    }

    /**
     * The parameter list.
     *
     * @return null if the initiator sent less, and the task ended for that
     */
    final byte[] parameters(int length) {
        wantedBytes = length;
        byte[] list = new byte[length];
        if (get(0, list, length) < length) {
            check(SenseKey.ILLEGAL_REQUEST, Asc.PARAMETER_LIST_LENGTH);
            return null;
        }
        return list;
    }

    /** An I/O on a part of the family's own data. */
    final Io ioOfWork(long offset, int length) {
        return io.of(offset, length, new ByteBuffer[] {ByteBuffer.wrap(work, 0, length)}, 1);
    }

    /** An I/O on a part of the task's buffers. */
    final Io ioOfPart(long offset, long from, long length) {
        ByteBuffer[] parts = ONE.clone();
        int count = 0;
        long skip = from;
        long left = length;
        for (int i = 0; i < segmentCount() && left > 0; i++) {
            ByteBuffer segment = segment(i);
            int remaining = segment.remaining();
            if (skip < remaining) {
                int part = (int) Math.min(remaining - skip, left);
                if (count == parts.length) {
                    parts = Arrays.copyOf(parts, count * 2);
                }
                parts[count++] = segment.duplicate()
                        .position(segment.position() + (int) skip)
                        .limit(segment.position() + (int) skip + part);
                left -= part;
            }
            skip = Math.max(0, skip - remaining);
        }
        return io.of(offset, length, parts, count);
    }

    /** Lets go of what only this command needed. */
    final void forget() {
        io.forget();
        work = null;
        step = null;
    }
}
