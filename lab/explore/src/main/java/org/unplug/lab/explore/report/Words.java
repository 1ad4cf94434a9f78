package org.unplug.lab.explore.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.unplug.lab.explore.engine.Account;
import org.unplug.lab.explore.matrix.Cell;
import org.unplug.lab.explore.matrix.Matrix;
import org.unplug.lab.internal.contract.Line;

/** What the evidence says, in sentences: each names the executions that it rests on, and says the contrary if they do. */
final class Words {

    private final Matrix matrix;

    Words(Matrix matrix) {
        this.matrix = matrix;
    }

    private Cell cell(String protocol, Line line) {
        return matrix.row(protocol).cell(line);
    }

    private boolean fails(String protocol, Line line) {
        return cell(protocol, line).broken() > 0;
    }

    private String often(String protocol, Line line) {
        Cell cell = cell(protocol, line);
        return String.format(
                Locale.ROOT,
                cell.broken() == 0 ? "in none of %2$,d executions" : "in %1$,d of %2$,d executions",
                cell.broken(),
                cell.executions());
    }

    private static String either(boolean seen, String then, String otherwise) {
        return seen ? then : otherwise;
    }

    /** MMC against SCSI. */
    List<String> mmcAgainstScsi() {
        List<String> all = new ArrayList<>();
        all.add("Who keeps the queue. MMC of 2.6.28 used memory after its release " + often("mmc-2.6.28", Line.R5)
                + ", SCSI of the same kernel " + often("scsi-2.6.28", Line.R5) + ". "
                + either(
                        fails("mmc-2.6.28", Line.R5) && !fails("scsi-2.6.28", Line.R5),
                        "MMC's removal puts the last reference to a queue that a file system still uses; SCSI's queue goes with "
                                + "the last close. In this the mail of 2009 was right to point at SCSI.",
                        "The two do not differ here, as they should."));
        all.add(
                "SCSI was no proof of itself. In 3.1-rc, whose disk did not hold its queue, the last close used freed memory "
                        + often("scsi-3.1-rc", Line.R5)
                        + ": the guarantee had been a habit of the code, not a rule that "
                        + "something checked.");
        all.add("Requests. MMC of 2.6.28 lost a request that waited in the plugged elevator "
                + often("mmc-2.6.28", Line.R2) + ", SCSI " + often("scsi-2.6.28", Line.R2) + ".");
        all.add("Written data. An orderly removal lost what was written " + often("scsi-2.6.28", Line.R8)
                + " under SCSI of 2.6.28 and " + often("scsi-7.0", Line.R8) + " under SCSI of 7.0, "
                + often("mmc-2.6.28", Line.R8) + " under MMC of 2.6.28 and " + often("mmc-7.0", Line.R8)
                + " under MMC of 7.0. "
                + either(
                        fails("scsi-7.0", Line.R8) && !fails("mmc-7.0", Line.R8),
                        "Here MMC is ahead: SCSI refuses first (CANCEL) and flushes the drive's cache while the file system's pages "
                                + "are rejected; MMC writes them back first.",
                        "The two do not differ here."));
        all.add("The driver. SCSI of 2.6.28 returned with the driver at work, or called it afterwards, "
                + often("scsi-2.6.28", Line.R3)
                + "; MMC, which stops the one thread that calls it, " + often("mmc-2.6.28", Line.R3)
                + "; both of 7.0, which drain, " + often("mmc-7.0", Line.R3) + " and "
                + often("scsi-7.0", Line.R3) + ".");
        all.add("Time. With a driver that never completes, these had not returned after ten minutes: "
                + String.join(", ", neverReturned()) + ". Ours returned after "
                + Marks.time(matrix.row("ours").stuckMs())
                + ", of 1,000 ms to sync and 2,000 ms to drain that the scenes give it.");
        all.add("One promise for both. What either stack promises over our block layer is the block layer's: ours "
                + either(
                        matrix.oursIsBroken(),
                        "broke a line in these executions, see the matrix.",
                        "kept every line in every execution, and neither stack needs a rule of its own."));
        return all;
    }

    private List<String> neverReturned() {
        return matrix.rows().stream()
                .filter(row -> row.stuckMs() == Account.NEVER)
                .map(row -> row.protocol().shown())
                .toList();
    }

    private static String after(long ms) {
        return ms == Account.NEVER ? "never" : "after " + Marks.time(ms);
    }

    /** What the mail of 2009 got right. */
    List<String> right() {
        List<String> all = new ArrayList<>();
        all.add(
                "It is not a locking problem but a counting problem. From 2.6.28 to 2.6.32 MMC gained no lock; the queue goes with the "
                        + "last user of the disk. Requests were lost " + often("mmc-2.6.28", Line.R2) + " before and "
                        + often("mmc-2.6.32", Line.R2) + " after; a mounted file system oopsed "
                        + often("mmc-2.6.28", Line.R9) + " before and " + often("mmc-2.6.32", Line.R9) + " after.");
        all.add(
                "The block layer cannot notice in time. The posted patches (inferred) keep the queue and refuse what comes for a dead one: "
                        + "the file system oopsed " + often("mmc-2.6.28-patched", Line.R9)
                        + ", but freed memory was still used " + often("mmc-2.6.28-patched", Line.R5)
                        + ", and requests were lost " + often("mmc-2.6.28-patched", Line.R2) + ".");
        all.add(
                "Count all references. Services that are kept in a field are references that nobody counts: the destroyed driver was used "
                        + often("plain-osgi", Line.R5) + ".");
        return all;
    }

    /** Where counting alone was not enough. */
    List<String> notEnough() {
        List<String> all = new ArrayList<>();
        all.add(
                "Looking up is not getting. MMC of 2.6.32 counts, and freed data was used "
                        + often("mmc-2.6.32", Line.R5)
                        + ": an open had found the disk before its last put. kref's third rule needs a lock, or get-unless-zero under one.");
        all.add(
                "Kept alive is not quiet. SCSI of 2.6.28 counts everything, and its removal returned with the driver at work, or called it afterwards, "
                        + often("scsi-2.6.28", Line.R3)
                        + ". Somebody must wait for the calls, and not for the references.");
        all.add(
                "Quiet is not bounded. The drain of 7.0 waits for the driver: with one that completes the slowest removal took "
                        + Marks.time(matrix.row("mmc-7.0").returnMs()) + ", with one that does not it returned "
                        + after(matrix.row("mmc-7.0").stuckMs()) + ", ours "
                        + after(matrix.row("ours").stuckMs()) + ".");
        all.add(
                "Alive is not in its place. Before the partition fix of 2013 all was counted, and a write landed elsewhere "
                        + often("partition-2013", Line.R7)
                        + ": at the beginning of the disk, where the partition table is. A request has to know its disk and its epoch.");
        all.add("Alive is not written. "
                + either(
                        fails("scsi-7.0", Line.R8),
                        "SCSI of 7.0 counts, drains and refuses in the right order for memory, and in the wrong one for data: lost "
                                + often("scsi-7.0", Line.R8) + ".",
                        "No loss was seen under SCSI of 7.0."));
        all.add(
                "Not stale is not the same. A Blueprint proxy never calls a service that is gone; it goes on with another, and what was "
                        + "meant for one disk landed on the next one " + often("blueprint", Line.R7) + ".");
        return all;
    }
}
