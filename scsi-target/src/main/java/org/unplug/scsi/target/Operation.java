package org.unplug.scsi.target;

import java.util.Arrays;
import java.util.HexFormat;
import org.unplug.block.BlockStatus;

/**
 * A command as the table has it: the one place that says which bits of its descriptor count, what hinders it, and who executes it.
 */
final class Operation {

    /** Executes: answers, or starts the first I/O; see {@link Task.Step}. */
    interface Handler {
        BlockStatus run(LogicalUnit unit, Task task);
    }

    /** What a command means for somebody else's reservation (SPC-4, table 65; SBC-3, table 11). */
    enum Access {
        /** Allowed in spite of it. */
        ANY,
        /** Reads: conflicts with an exclusive access reservation. */
        READ,
        /** Changes something: conflicts with every reservation of others. */
        WRITE,
        /** Its handler decides. */
        OWN
    }

    /** What hinders, and what does not. */
    enum Trait {
        /** Executed although a unit attention waits, which stays (SAM-5, 5.14). */
        PAST_ATTENTION,
        /** Needs a medium that is there and started. */
        MEDIUM,
        /** Changes blocks: refused by a write protected unit. */
        WRITES,
        /** Only units that are thin have it. */
        THIN,
        /** Executed while a sanitize operation is in progress. */
        IN_SANITIZE
    }

    final int opcode;
    final int action;
    final String name;
    final byte[] usage;
    final Access access;
    final int timeoutSeconds;
    final Handler handler;
    final boolean pastAttention;
    final boolean medium;
    final boolean writes;
    final boolean thin;
    final boolean inSanitize;

    /**
     * @param action the service action, or -1 where the command has none
     * @param usage which bits count, in hexadecimal, blanks for the eye; the operation code and service action stand for themselves
     */
    Operation(
            int opcode,
            int action,
            String name,
            String usage,
            Access access,
            int timeoutSeconds,
            Handler handler,
            Trait... traits) {
        this.opcode = opcode;
        this.action = action;
        this.name = name;
        this.usage = HexFormat.of().parseHex(usage.replace(" ", ""));
        this.access = access;
        this.timeoutSeconds = timeoutSeconds;
        this.handler = handler;
        pastAttention = has(traits, Trait.PAST_ATTENTION);
        medium = has(traits, Trait.MEDIUM);
        writes = has(traits, Trait.WRITES);
        thin = has(traits, Trait.THIN);
        inSanitize = has(traits, Trait.IN_SANITIZE);
    }

    private static boolean has(Trait[] traits, Trait which) {
        return Arrays.asList(traits).contains(which);
    }

    /** The first bit that is set and does not count, as byte * 8 + bit; -1 if the descriptor is in order. */
    int firstInvalidBit(byte[] cdb) {
        byte[] counts = usage;
        int wrong = 0;
        for (int i = 1; i < counts.length; i++) {
            wrong |= cdb[i] & ~counts[i];
        }
        return wrong == 0 ? -1 : find(cdb);
    }

    private int find(byte[] cdb) {
        int at = 1;
        while ((cdb[at] & ~usage[at]) == 0) {
            at++;
        }
        return at * Byte.SIZE + 31 - Integer.numberOfLeadingZeros(cdb[at] & ~usage[at] & 0xFF);
    }

    @Override
    public String toString() {
        return name;
    }
}
