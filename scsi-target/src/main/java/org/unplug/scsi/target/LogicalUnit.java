package org.unplug.scsi.target;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.unplug.block.BlockStatus;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Gate;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.SenseKey;

/**
 * A disk in a target: its state, and what it remembers of each initiator. Made and put in by {@link Target#add}. Any thread may call.
 *
 * <p>A command passes, in this order: the gate, which a power cut closes; the task set, where the backing answers later; and - only
 * while there is anything special, which one flag tells - unit attentions, reservations, readiness. What its descriptor may say is
 * checked against the table for every command.
 */
public final class LogicalUnit {

    /** Most blocks of one COMPARE AND WRITE. */
    static final int MOST_COMPARED_BLOCKS = 255;

    private static final int MOST_BLOCKS = 2048;

    /** What the unit remembers of an initiator. */
    private static final class Session {
        // Guarded by the unit.
        private int attentions = UnitAttention.POWER_ON.bit();
        private boolean prevents;
    }

    private final Target target;
    private final long lun;
    private final UnitSpec spec;
    private final Backing backing;
    private final int blockShift;
    private final long blocks;
    private final Gate gate = new Gate();
    private final Ranges ranges = new Ranges();
    private final TaskSet taskSet = new TaskSet();
    private final ModePages modePages;
    private final Reservations reservations = new Reservations();
    private final Sanitize sanitize = new Sanitize(this);
    private final Map<Nexus, Session> sessions = new ConcurrentHashMap<>();

    // Guarded by this, but for the glimpses.
    private volatile boolean loaded = true;
    private volatile boolean started = true;
    /** Whether anything but plain execution has to be thought of. */
    private volatile boolean special = true;

    LogicalUnit(Target target, long lun, UnitSpec spec, Backing backing) {
        this.target = target;
        this.lun = lun;
        this.spec = spec;
        this.backing = backing;
        blockShift = Integer.numberOfTrailingZeros(spec.blockBytes());
        blocks = backing.bytes() >>> blockShift;
        modePages = new ModePages(spec, blocks >>> 32 != 0);
    }

    /** Its number on the target. */
    public long lun() {
        return lun;
    }

    /** What it is like. */
    public UnitSpec spec() {
        return spec;
    }

    /** Its capacity. */
    public long bytes() {
        return blocks << blockShift;
    }

    /** What a power cut would lose now. */
    public long unwrittenBytes() {
        return backing.unwrittenBytes();
    }

    /** Whether there is a medium: false once it was ejected, or the disk behind it is gone. */
    public boolean isLoaded() {
        return loaded;
    }

    Target target() {
        return target;
    }

    Backing backing() {
        return backing;
    }

    int blockShift() {
        return blockShift;
    }

    long blocks() {
        return blocks;
    }

    /** Most blocks of one command that moves data. */
    int mostBlocks() {
        return MOST_BLOCKS;
    }

    boolean holds(long lba, long count) {
        return lba >= 0 && lba <= blocks && count <= blocks - lba;
    }

    Ranges ranges() {
        return ranges;
    }

    ModePages modePages() {
        return modePages;
    }

    Reservations reservations() {
        return reservations;
    }

    Sanitize sanitize() {
        return sanitize;
    }

    boolean writesThrough() {
        return !modePages.writeCache();
    }

    boolean isWriteProtected() {
        return spec.readOnly() || modePages.writeProtected();
    }

    boolean descriptorSense() {
        return modePages.descriptorSense();
    }

    /** As {@link Backing#mapped}, in blocks; a unit that is not thin is mapped. */
    long mappedBlocks(long lba) {
        long left = blocks - lba << blockShift;
        long run = spec.thin() ? backing.mapped(lba << blockShift, left) : left;
        return run < 0 ? -Math.max(1, -run >>> blockShift) : Math.max(1, run >>> blockShift);
    }

    // ---- executing ----

    /** Executes; false if the power was cut, and nothing was done. */
    boolean execute(Task task, Nexus nexus, Task.Attribute attribute) {
        if (!gate.enter()) {
            return false;
        }
        task.begin(this, nexus, attribute);
        if (!backing.asynchronous()) {
            task.resume(dispatch(task));
            return true;
        }
        switch (taskSet.admit(task)) {
            case STARTS -> task.resume(dispatch(task));
            case WAITS -> {}
            case FULL -> task.end(ScsiStatus.TASK_SET_FULL);
        }
        return true;
    }

    private BlockStatus dispatch(Task task) {
        byte[] cdb = task.cdb();
        int opcode = cdb[0] & 0xFF;
        Operation operation = Operations.byCode(opcode);
        if (operation == null) {
            operation = Operations.byAction(opcode, Operations.actionOf(cdb));
            if (operation == null) {
                return refuseUnknown(task, opcode);
            }
        }
        if (operation.thin && !spec.thin()) {
            return refuseUnknown(task, opcode);
        }
        task.operation(operation);
        if (task.cdbLength() < operation.usage.length) {
            return task.illegal(Asc.INVALID_FIELD_IN_CDB);
        }
        if (special && isHindered(task, operation)) {
            return null;
        }
        int invalid = operation.firstInvalidBit(cdb);
        if (invalid >= 0) {
            return task.invalidCdb(invalid / Byte.SIZE, invalid % Byte.SIZE);
        }
        if (operation.writes && isWriteProtected()) {
            return task.check(
                    SenseKey.DATA_PROTECT, spec.readOnly() ? Asc.WRITE_PROTECTED : Asc.SOFTWARE_WRITE_PROTECTED);
        }
        return operation.handler.run(this, task);
    }

    private static BlockStatus refuseUnknown(Task task, int opcode) {
        if (!Operations.hasActions(opcode)) {
            return task.illegal(Asc.INVALID_OPCODE);
        }
        return opcode == 0x7F ? task.invalidCdb(8, -1) : task.invalidCdb(1, 4);
    }

    /** Attentions, reservations, readiness; whether the task ended for one of them. */
    private boolean isHindered(Task task, Operation operation) {
        if (!operation.pastAttention) {
            UnitAttention first = takeAttention(task.nexus());
            if (first != null) {
                task.check(SenseKey.UNIT_ATTENTION, first.asc());
                return true;
            }
            boolean conflict = operation.access != Operation.Access.OWN
                    && (reservations.isSimpleOfOther(task.nexus())
                            || reservations.hinders(task.nexus(), operation.access));
            if (conflict) {
                task.end(ScsiStatus.RESERVATION_CONFLICT);
                return true;
            }
        }
        boolean sanitizing = sanitize.state() != Sanitize.State.IDLE;
        boolean mayAnyway =
                operation.inSanitize || sanitize.state() == Sanitize.State.FAILED && operation.opcode == 0x48;
        if (sanitizing && !mayAnyway || operation.medium && !isReady()) {
            refuseHindered(task);
            return true;
        }
        return false;
    }

    private boolean isReady() {
        return loaded && started;
    }

    /** Refuses for what {@link #hindrance} says, and a sanitize operation that failed. */
    BlockStatus refuseHindered(Task task) {
        if (sanitize.state() == Sanitize.State.FAILED) {
            return task.check(SenseKey.MEDIUM_ERROR, Asc.SANITIZE_FAILED);
        }
        // It may have become ready since it was found not to be.
        int why = hindrance() == Asc.NONE ? Asc.BECOMING_READY : hindrance();
        return task.check(
                SenseKey.NOT_READY, why, -1, why == Asc.SANITIZE_IN_PROGRESS ? Sense.progress(sanitize.progress()) : 0);
    }

    /** Why the unit is not ready, or NONE. */
    int hindrance() {
        return sanitize.state() == Sanitize.State.RUNNING
                ? Asc.SANITIZE_IN_PROGRESS
                : !loaded ? Asc.NO_MEDIUM : !started ? Asc.START_UNIT_NEEDED : Asc.NONE;
    }

    /** One more is inside, who will be {@linkplain #finished finished}; the caller is inside itself. */
    void enter() {
        if (!gate.enter()) {
            throw new IllegalStateException(
                    "unit " + lun + " of " + target.name() + " was cut off with a command inside");
        }
    }

    /** A task of this unit is about to be answered. */
    void finished(Task task) {
        if (task.claim.isHeld()) {
            ranges.release(task);
        }
        if (task.work != null) {
            task.forget();
        }
        if (task.inSet) {
            taskSet.remove(task).forEach(next -> next.resume(dispatch(next)));
        }
        gate.exit();
    }

    // ---- what initiators are told ----

    /** Looks whether there is anything special. */
    synchronized void look() {
        boolean attention = false;
        for (Session session : sessions.values()) {
            attention |= session.attentions != 0;
        }
        special = attention || !isReady() || reservations.isActive() || sanitize.state() != Sanitize.State.IDLE;
    }

    synchronized void join(Nexus nexus, boolean again) {
        Session session = new Session();
        if (again) {
            session.attentions = UnitAttention.NEXUS_LOSS.bit();
        }
        sessions.put(nexus, session);
        look();
    }

    /** An initiator is gone: what it held of the unit without registering is free. */
    synchronized void leave(Nexus nexus) {
        sessions.remove(nexus);
        reservations.dropSimple(nexus);
        look();
    }

    /** Lets every initiator be told with its next command. */
    public void attend(UnitAttention what) {
        attend(what, nexus -> true);
    }

    void attendOthers(Nexus but, UnitAttention what) {
        attend(what, nexus -> nexus != but);
    }

    void attendPort(String port, UnitAttention what) {
        attend(what, nexus -> nexus.initiatorPort().equals(port));
    }

    private synchronized void attend(UnitAttention what, Predicate<Nexus> whom) {
        sessions.forEach((nexus, session) -> {
            if (whom.test(nexus)) {
                session.attentions |= what.bit();
            }
        });
        look();
    }

    synchronized UnitAttention takeAttention(Nexus nexus) {
        Session session = sessions.get(nexus);
        if (session == null || session.attentions == 0) {
            return null;
        }
        UnitAttention first = UnitAttention.first(session.attentions);
        session.attentions &= ~first.bit();
        look();
        return first;
    }

    synchronized void noted(Nexus nexus, UnitAttention what) {
        Session session = sessions.get(nexus);
        if (session != null) {
            session.attentions &= ~what.bit();
            look();
        }
    }

    // ---- medium ----

    synchronized void prevent(Nexus nexus, boolean prevents) {
        Session session = sessions.get(nexus);
        if (session != null) {
            session.prevents = prevents;
        }
    }

    /** Whether any initiator prevents that the medium is ejected. */
    public synchronized boolean isRemovalPrevented() {
        return sessions.values().stream().anyMatch(session -> session.prevents);
    }

    synchronized void start(boolean start, boolean loadEject, Nexus by) {
        boolean loads = loadEject && start && !loaded;
        started = start;
        loaded = loadEject ? start : loaded;
        look();
        if (loads) {
            attendOthers(by, UnitAttention.MEDIUM_CHANGED);
        }
    }

    synchronized void mediumGone() {
        loaded = false;
        look();
    }

    // ---- tasks ----

    /** LOGICAL UNIT RESET: tasks end, simple reservations and preventions go, everybody is told; registrations stay. */
    void reset() {
        abortTasks(task -> true);
        synchronized (this) {
            reservations.dropSimple(null);
            sessions.values().forEach(session -> session.prevents = false);
        }
        attend(UnitAttention.DEVICE_RESET);
    }

    /** Aborts tasks; whether some of them are still under way. They end without an answer. */
    boolean abortTasks(Predicate<Task> which) {
        for (Task task : taskSet.abort(which)) {
            task.finish();
        }
        return taskSet.has(which);
    }

    void abortTasksOf(String port, Task but) {
        abortTasks(task -> task != but
                && task.nexus() != null
                && task.nexus().initiatorPort().equals(port));
    }

    /** CLEAR TASK SET: everybody's tasks; whose they were is told. */
    void clearTasks(Nexus by) {
        for (Nexus nexus : sessions.keySet()) {
            boolean[] any = new boolean[1];
            abortTasks(task -> task.nexus() == nexus && (any[0] = true));
            if (any[0] && nexus != by) {
                attend(UnitAttention.COMMANDS_CLEARED, one -> one == nexus);
            }
        }
    }

    // ---- power ----

    boolean isPowerCut() {
        return gate.isKilled();
    }

    /**
     * The power is cut: no command executes any more. Returns when none does, and its backing is let go.
     *
     * @return false if one got stuck in its backing; the backing was let go of nevertheless
     */
    public boolean cutPower(Clockwork clockwork, long timeoutMs) {
        gate.kill();
        boolean quiet = gate.awaitDrained(clockwork, clockwork.nanoTime() + timeoutMs * 1_000_000, () -> 0);
        backing.cutPower();
        return quiet;
    }

    @Override
    public String toString() {
        return target.name() + ":" + lun;
    }
}
