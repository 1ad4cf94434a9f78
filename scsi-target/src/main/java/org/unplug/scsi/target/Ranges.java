package org.unplug.scsi.target;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.unplug.block.BlockStatus;

/**
 * Which blocks are being changed. Plain writes share theirs; a command that reads, decides and writes - COMPARE AND WRITE, ORWRITE -
 * has its own alone, so that it is one step to everybody else. Who has to wait goes on on the thread of whoever made room, in the
 * order of arrival. Reads claim nothing: a block that is being written reads as it was or as it will be.
 */
final class Ranges {

    /** A task's claim; a part of the task, so that claiming allocates nothing. */
    static final class Claim {
        private final Task task;
        private long from;
        private long to;
        private boolean alone;
        private boolean held;
        private Claim before;
        private Claim after;

        Claim(Task task) {
            this.task = task;
        }

        private boolean conflicts(Claim other) {
            return (alone || other.alone) && from < other.to && other.from < to;
        }

        private Claim set(long newFrom, long newTo, boolean newAlone) {
            from = newFrom;
            to = newTo;
            alone = newAlone;
            return this;
        }

        boolean isHeld() {
            return held;
        }
    }

    // Guarded by this.
    private final Claim held = new Claim(null);
    private final ArrayDeque<Claim> waiting = new ArrayDeque<>();
    /** How many claims, held and waiting, are for one alone. */
    private int alone;

    Ranges() {
        held.before = held;
        held.after = held;
    }

    /**
     * Claims blocks for a task; false if it has to wait, and its next step then comes with OK, perhaps before this returned.
     */
    synchronized boolean claim(Task task, long fromLba, long toLba, boolean forItAlone) {
        Claim claim = task.claim.set(fromLba, toLba, forItAlone);
        boolean free = alone == 0 && !forItAlone || isFree(claim);
        if (forItAlone) {
            alone++;
        }
        if (free) {
            link(claim);
        } else {
            waiting.add(claim);
        }
        return free;
    }

    private boolean isFree(Claim claim) {
        for (Claim one = held.after; one != held; one = one.after) {
            if (claim.conflicts(one)) {
                return false;
            }
        }
        return waiting.stream().noneMatch(claim::conflicts);
    }

    private void link(Claim claim) {
        claim.held = true;
        claim.before = held.before;
        claim.after = held;
        held.before.after = claim;
        held.before = claim;
    }

    /** Gives a claim back, and lets those go on that waited for it. */
    void release(Task task) {
        List<Task> next = unlink(task.claim);
        next.forEach(one -> one.resume(BlockStatus.OK));
    }

    private synchronized List<Task> unlink(Claim claim) {
        claim.held = false;
        claim.before.after = claim.after;
        claim.after.before = claim.before;
        claim.before = null;
        claim.after = null;
        if (claim.alone) {
            alone--;
        }
        return waiting.isEmpty() ? List.of() : takeFree();
    }

    private List<Task> takeFree() {
        List<Task> free = new ArrayList<>();
        List<Claim> ahead = new ArrayList<>();
        for (Iterator<Claim> all = waiting.iterator(); all.hasNext(); ) {
            Claim claim = all.next();
            boolean blocked = ahead.stream().anyMatch(claim::conflicts);
            for (Claim one = held.after; one != held && !blocked; one = one.after) {
                blocked = claim.conflicts(one);
            }
            if (blocked) {
                ahead.add(claim);
            } else {
                all.remove();
                link(claim);
                free.add(claim.task);
            }
        }
        return free;
    }
}
