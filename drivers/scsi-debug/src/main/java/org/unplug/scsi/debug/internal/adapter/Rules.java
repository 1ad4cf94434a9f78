package org.unplug.scsi.debug.internal.adapter;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.unplug.ref.Clockwork;
import org.unplug.scsi.ScsiAddress;
import org.unplug.scsi.debug.Fault;
import org.unplug.scsi.debug.Rule;
import org.unplug.scsi.debug.RuleInfo;

/** The rules of an adapter. Without any, asking costs one volatile read. */
final class Rules {

    private static final long LONG_NANOS = 3_600_000_000_000L;
    private static final Armed[] NONE = {};

    /** A rule, and how many calls it has seen. */
    private static final class Armed {
        final int number;
        final Rule rule;
        private final AtomicLong seen = new AtomicLong();
        private final AtomicLong met = new AtomicLong();

        Armed(int number, Rule rule) {
            this.number = number;
            this.rule = rule;
        }

        boolean meets(Fault.Part part, int target, long lun, int opcode) {
            if (rule.fault().part() != part
                    || rule.target() != Rule.ANY && rule.target() != target
                    || rule.lun() != Rule.ANY && rule.lun() != lun
                    || rule.opcode() != Rule.ANY && rule.opcode() != opcode) {
                return false;
            }
            long nth = seen.incrementAndGet() - rule.after();
            boolean hit = nth > 0 && (rule.times() == 0 || nth <= rule.times());
            if (hit) {
                met.incrementAndGet();
            }
            return hit;
        }
    }

    // Written under this.
    private volatile Armed[] armed = NONE;
    // Guarded by this.
    private int next = 1;
    private boolean closed;

    synchronized RuleInfo add(Rule rule) {
        Armed added = new Armed(next++, rule);
        List<Armed> all = new ArrayList<>(List.of(armed));
        all.add(added);
        armed = all.toArray(NONE);
        return new RuleInfo(added.number, rule, 0);
    }

    synchronized boolean drop(int number) {
        List<Armed> all = new ArrayList<>(List.of(armed));
        boolean was = all.removeIf(one -> one.number == number);
        armed = all.toArray(NONE);
        notifyAll();
        return was;
    }

    List<RuleInfo> list() {
        List<RuleInfo> all = new ArrayList<>();
        for (Armed one : armed) {
            all.add(new RuleInfo(one.number, one.rule, one.met.get()));
        }
        return all;
    }

    boolean isEmpty() {
        return armed.length == 0;
    }

    /** The rule that meets a command now, or null. */
    Rule forCommand(ScsiAddress unit, int opcode) {
        Armed met = find(Fault.Part.COMMAND, unit.target(), unit.lun(), opcode);
        return met == null ? null : met.rule;
    }

    /**
     * Whether a handler's call is to fail. Where the rule says that it hangs, this returns when the rule was dropped or the rules
     * are closed.
     */
    boolean fails(Fault.Part part, int target, long lun, Clockwork clockwork) {
        Armed met = find(part, target, lun, Rule.ANY);
        if (met != null && met.rule.fault().hangs()) {
            awaitDrop(met, clockwork);
        }
        return met != null;
    }

    private Armed find(Fault.Part part, int target, long lun, int opcode) {
        for (Armed one : armed) {
            if (one.meets(part, target, lun, opcode)) {
                return one;
            }
        }
        return null;
    }

    private synchronized void awaitDrop(Armed hanging, Clockwork clockwork) {
        while (!closed && List.of(armed).contains(hanging)) {
            clockwork.await(this, LONG_NANOS);
        }
    }

    /** Lets every hanging handler return; nothing hangs any more. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }
}
