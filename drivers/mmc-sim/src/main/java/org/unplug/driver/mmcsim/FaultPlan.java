package org.unplug.driver.mmcsim;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.unplug.mmc.sim.CardFault;

/** The faults that wait at a slot. Empty most of the time, which costs one volatile read. */
final class FaultPlan {

    private static final class Entry {
        final CardFault fault;
        int toPass;
        int left;

        Entry(CardFault fault) {
            this.fault = fault;
            this.toPass = fault.after();
            this.left = fault.times();
        }
    }

    /** Lines that are driven in a way that the card does not expect: every block arrives damaged. */
    static final FaultPlan NOISE = noise();

    private final List<Entry> entries = new ArrayList<>();
    private volatile boolean empty = true;

    private static FaultPlan noise() {
        FaultPlan noise = new FaultPlan();
        noise.add(CardFault.next(CardFault.Kind.DATA_CRC).always());
        return noise;
    }

    boolean isEmpty() {
        return empty;
    }

    synchronized void add(CardFault fault) {
        entries.add(new Entry(fault));
        empty = false;
    }

    synchronized void clear() {
        entries.clear();
        empty = true;
    }

    /** Those that have not struck as often as they should. */
    synchronized List<CardFault> list() {
        return entries.stream().map(e -> e.fault).toList();
    }

    /** What happens to a command, or null. */
    CardFault.Kind atCommand(int opcode) {
        return empty ? null : strike(false, opcode, -1);
    }

    /** What happens to a block that a command moves, or null. */
    CardFault.Kind atBlock(int opcode, long sector) {
        return empty ? null : strike(true, opcode, sector);
    }

    private synchronized CardFault.Kind strike(boolean block, int opcode, long sector) {
        for (Iterator<Entry> i = entries.iterator(); i.hasNext(); ) {
            Entry entry = i.next();
            CardFault fault = entry.fault;
            boolean meant = fault.kind().ofBlocks() == block
                    && (fault.opcode() == -1 || fault.opcode() == opcode)
                    && (fault.sector() == -1 || fault.sector() == sector);
            if (!meant) {
                continue;
            }
            if (entry.toPass > 0) {
                entry.toPass--;
                continue;
            }
            if (entry.left != CardFault.ALWAYS && --entry.left == 0) {
                i.remove();
                empty = entries.isEmpty();
            }
            return fault.kind();
        }
        return null;
    }
}
