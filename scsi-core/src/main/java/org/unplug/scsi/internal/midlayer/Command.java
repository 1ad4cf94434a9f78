package org.unplug.scsi.internal.midlayer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.unplug.block.spi.Request;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.SenseData;
import org.unplug.scsi.internal.eh.Patient;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.ScsiCommand;

/**
 * A command, preallocated and used again. One word says whose it is, and every change of owner is one compare-and-set, so that
 * completion, time-out and removal never both win:
 *
 * <pre>
 *   IDLE -> DRIVER -> IDLE                      completed
 *           DRIVER -> LATE                      its time was up or it is cancelled: the error handler has it
 *                     LATE -> LET_GO -> IDLE    the driver completed it after all
 *                     LATE -> LET_GO -> IDLE    or let it go without
 *                     LATE -> ABANDONED         nothing helped; never used again
 *   IDLE -> QUEUED -> IDLE                      waits to be given to the driver once more
 * </pre>
 *
 * The upper bits count the uses, so that a time-out that looked at an earlier use does not hit a later one.
 */
public final class Command implements ScsiCommand, Patient {

    /** Whose command it is. */
    interface Sink {
        /** The driver has completed it or let it go; the results are set, and it is idle. */
        void ended(Command command);

        /** The driver may hold on to it and its buffers for ever. */
        void abandoned(Command command);
    }

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Command.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final int MASK = 7;
    private static final int IDLE = 0;
    private static final int DRIVER = 1;
    private static final int LATE = 2;
    private static final int LET_GO = 3;
    private static final int ABANDONED = 4;
    private static final int QUEUED = 5;
    private static final int USE = 8;

    private final Door door;
    private final Addressee addressee;
    private final Sink sink;
    private final byte[] cdb = new byte[Cdb.MAX_BYTES];
    private final byte[] sense = new byte[SENSE_BYTES];

    @SuppressWarnings("unused")
    private volatile int state;

    private int cdbLength;
    private Direction direction = Direction.NONE;
    private Request request;
    private ByteBuffer[] segments = new ByteBuffer[1];
    private int segmentCount;
    private int transferBytes;
    private long timeoutMs;
    private Object driverData;

    private HostByte hostByte = HostByte.OK;
    private ScsiStatus status = ScsiStatus.GOOD;
    private int senseBytes;
    private int residualBytes;

    private long firstNanos;
    private volatile long issuedNanos;
    private int tries;
    private volatile boolean cancelled;

    Command(Host host, Addressee addressee, Sink sink) {
        door = host.door();
        this.addressee = addressee;
        this.sink = sink;
    }

    /** Sets it up for a disk's request, after its {@link #cdb} was built. */
    public void prepare(int length, Direction way, Request newRequest, int bytes, long newTimeoutMs) {
        prepare(length, way, bytes, newTimeoutMs);
        request = newRequest;
        int count = newRequest.segmentCount();
        if (count > segments.length) {
            segments = new ByteBuffer[count];
        }
        for (int i = 0; i < count; i++) {
            segments[i] = newRequest.segment(i);
        }
        segmentCount = count;
    }

    /** Sets it up with one buffer, or null. */
    void prepare(int length, Direction way, ByteBuffer buffer, long newTimeoutMs) {
        prepare(length, way, buffer == null ? 0 : buffer.remaining(), newTimeoutMs);
        segments[0] = buffer;
        segmentCount = buffer == null ? 0 : 1;
    }

    /** Sets it up for a disk's request that has no data itself, while the command has: what is to be written. */
    public void prepareWith(int length, ByteBuffer buffer, Request newRequest, long newTimeoutMs) {
        prepare(length, Direction.TO_DEVICE, buffer, newTimeoutMs);
        request = newRequest;
    }

    private void prepare(int length, Direction way, int bytes, long newTimeoutMs) {
        cdbLength = length;
        direction = way;
        transferBytes = bytes;
        timeoutMs = newTimeoutMs;
        tries = 0;
        cancelled = false;
    }

    /** Takes the request off, before it is completed. */
    public Request takeRequest() {
        Request taken = takeAbandonedRequest();
        for (int i = 0; i < segmentCount; i++) {
            segments[i] = null;
        }
        segmentCount = 0;
        return taken;
    }

    /** As {@link #takeRequest}, while the driver may still move data: it finds the buffers that it was given, whoever has the slot then. */
    public Request takeAbandonedRequest() {
        Request taken = request;
        request = null;
        return taken;
    }

    @Override
    public ScsiAddress address() {
        return addressee.address();
    }

    @Override
    public Object unit() {
        return addressee.unit();
    }

    Addressee addressee() {
        return addressee;
    }

    @Override
    public byte[] cdb() {
        return cdb;
    }

    @Override
    public int cdbLength() {
        return cdbLength;
    }

    @Override
    public Direction direction() {
        return direction;
    }

    @Override
    public int segmentCount() {
        return segmentCount;
    }

    @Override
    public ByteBuffer segment(int index) {
        return segments[index];
    }

    @Override
    public int transferBytes() {
        return transferBytes;
    }

    @Override
    public long timeoutMs() {
        return timeoutMs;
    }

    @Override
    public byte[] sense() {
        return sense;
    }

    @Override
    public Object driverData() {
        return driverData;
    }

    @Override
    public void setDriverData(Object newData) {
        driverData = newData;
    }

    HostByte hostByte() {
        return hostByte;
    }

    ScsiStatus status() {
        return status;
    }

    Optional<SenseData> senseData() {
        return status == ScsiStatus.CHECK_CONDITION ? SenseData.decode(sense, senseBytes) : Optional.empty();
    }

    int residualBytes() {
        return residualBytes;
    }

    /** What went wrong, in words. */
    String why() {
        if (hostByte != HostByte.OK) {
            return hostByte.name();
        }
        return status == ScsiStatus.CHECK_CONDITION ? SenseData.inWords(sense, senseBytes) : status.name();
    }

    boolean wentWell() {
        return hostByte == HostByte.OK && status == ScsiStatus.GOOD && residualBytes == 0;
    }

    long firstNanos() {
        return firstNanos;
    }

    /** Counts a try and answers how many there were. */
    int nextTry() {
        return ++tries;
    }

    /** The first try begins. */
    void begin(long nowNanos) {
        firstNanos = nowNanos;
    }

    boolean isCancelled() {
        return cancelled;
    }

    void setCancelled() {
        cancelled = true;
    }

    /** Whether the driver has it. A glimpse. */
    boolean isWithDriver() {
        int whose = state & MASK;
        return whose == DRIVER || whose == LATE;
    }

    boolean isIdle() {
        return (state & MASK) == IDLE;
    }

    /** The core gives it to the driver: the driver's from before queueCommand is called. */
    void toDriver(long nowNanos) {
        issuedNanos = nowNanos;
        driverData = null;
        state = (state & ~MASK) + USE | DRIVER;
    }

    /** The driver had no room. False if it was claimed meanwhile, so that it belongs to the error handler. */
    boolean takeBack() {
        int seen = state;
        return (seen & MASK) == DRIVER && STATE.compareAndSet(this, seen, seen & ~MASK | IDLE);
    }

    void toQueued() {
        state = state & ~MASK | QUEUED;
    }

    /** Takes it from those that wait to be given to the driver; true for one caller only. */
    boolean claimQueued() {
        int seen = state;
        return (seen & MASK) == QUEUED && STATE.compareAndSet(this, seen, seen & ~MASK | IDLE);
    }

    /** Claims it for the error handler if the driver has it; true for one caller only. */
    boolean claimLate() {
        int seen = state;
        return (seen & MASK) == DRIVER && STATE.compareAndSet(this, seen, seen & ~MASK | LATE);
    }

    /** As {@link #claimLate}, if its time is up. */
    boolean claimIfOverdue(long nowNanos) {
        int seen = state;
        return (seen & MASK) == DRIVER
                && nowNanos - issuedNanos >= Timing.nanos(timeoutMs)
                && STATE.compareAndSet(this, seen, seen & ~MASK | LATE);
    }

    @Override
    public void complete(HostByte newHost, ScsiStatus newStatus, int newSenseBytes, int newResidualBytes) {
        while (true) {
            int seen = state;
            int whose = seen & MASK;
            if (whose != DRIVER && whose != LATE && whose != ABANDONED) {
                door.completedTwice(this);
                return;
            }
            if (whose != ABANDONED) {
                setResult(newHost, newStatus, newSenseBytes, newResidualBytes);
            }
            int next = seen & ~MASK | (whose == LATE ? LET_GO : IDLE);
            if (STATE.compareAndSet(this, seen, next)) {
                door.letGo();
                if (whose == DRIVER) {
                    sink.ended(this);
                }
                return;
            }
        }
    }

    private void setResult(HostByte newHost, ScsiStatus newStatus, int newSenseBytes, int newResidualBytes) {
        hostByte = newHost;
        status = newStatus;
        senseBytes = Math.min(newSenseBytes, SENSE_BYTES);
        residualBytes = newResidualBytes;
    }

    @Override
    public boolean isLetGo() {
        return (state & MASK) == LET_GO;
    }

    @Override
    public boolean isUnitGone() {
        return addressee.isGone();
    }

    @Override
    public void letGo() {
        int seen = state;
        if ((seen & MASK) == LATE && STATE.compareAndSet(this, seen, seen & ~MASK | LET_GO)) {
            setResult(HostByte.TIME_OUT, ScsiStatus.GOOD, 0, transferBytes);
            door.letGo();
        }
    }

    @Override
    public void recovered() {
        state = state & ~MASK | IDLE;
        sink.ended(this);
    }

    @Override
    public void givenUp() {
        int seen = state;
        if ((seen & MASK) == LATE && STATE.compareAndSet(this, seen, seen & ~MASK | ABANDONED)) {
            sink.abandoned(this);
        } else {
            recovered();
        }
    }

    @Override
    public String toString() {
        return Cdb.describe(cdb) + " for " + addressee.address();
    }
}
