package org.unplug.lab.explore.scene;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;
import org.unplug.block.BlockStatus;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.Request;
import org.unplug.ref.Clockwork;

/**
 * A driver over memory, with a volatile cache if it is told so, which completes on a task of its own, or - every third request of a stuck one - never.
 * Watches who is inside it.
 */
final class Medium implements DiskDriver {

    private final Clockwork clockwork;
    private final Notes notes;
    private final boolean caches;
    private final boolean sticks;
    private final Map<Long, byte[]> cache = new HashMap<>();
    private final Map<Long, byte[]> durable = new HashMap<>();

    private long epoch;
    private int accepted;
    private int inside;
    /** Requests that it has and will complete. */
    private int atWork;

    private boolean hearsCommits = true;
    private long shiftSectors;
    private IntPredicate writers = writer -> true;
    private boolean gone;
    private boolean quiet;
    private boolean strayed;

    Medium(Clockwork clockwork, boolean caches, boolean sticks, Notes notes) {
        this.clockwork = clockwork;
        this.caches = caches;
        this.sticks = sticks;
        this.notes = notes;
    }

    /** What is on it before it is put in. */
    void bears(long sector, byte[] content) {
        durable.put(sector, content);
    }

    /** What ledgers write is for this many sectors further on. */
    void shifted(long sectors) {
        shiftSectors = sectors;
    }

    /** The end of a batch is no call of the driver where no kernel of the era has it. */
    void withoutBatches() {
        hearsCommits = false;
    }

    /** Whose ledgers are for it; any other's was meant for another disk. */
    void writtenBy(IntPredicate own) {
        writers = own;
    }

    void epoch(long only) {
        epoch = only;
    }

    /** The plug is out: nothing is done any more. */
    void pull() {
        gone = true;
    }

    /** From now on nobody may be inside nor enter, and it has nothing to do (R3). */
    void quiet() {
        notes.looked("R3");
        if (inside > 0) {
            notes.broken("R3 remove returned with " + inside + " calls inside the driver");
        }
        if (atWork > 0) {
            notes.broken("R3 remove returned with " + atWork + " requests in the driver");
        }
        quiet = true;
    }

    int inside() {
        return inside;
    }

    private void enter(String call) {
        inside++;
        if (quiet) {
            notes.broken("R3 " + call + " after remove returned");
        }
    }

    private static String name(Request request) {
        String op = request.op().name().toLowerCase(Locale.ROOT);
        return request.sectors() == 0 ? op : op + " " + request.sector();
    }

    @Override
    public boolean queueRequest(Request request) {
        notes.happened(Notes.LAYER, Notes.DRIVER, name(request));
        enter("queueRequest");
        boolean stuck = sticks && ++accepted % 3 == 0;
        if (!stuck) {
            atWork++;
            clockwork.execute("completion", () -> {
                BlockStatus status = perform(request);
                atWork--;
                notes.happened(Notes.DRIVER, Notes.LAYER, name(request) + ": " + status);
                request.complete(status);
            });
        }
        inside--;
        return true;
    }

    @Override
    public void commit() {
        if (hearsCommits) {
            enter("commit");
            inside--;
        }
    }

    private BlockStatus perform(Request request) {
        if (gone) {
            return BlockStatus.GONE;
        }
        if (epoch != 0 && request.epoch() != epoch) {
            notes.broken("R7 a request of epoch " + request.epoch() + " reached epoch " + epoch);
        }
        long sector = request.sector();
        switch (request.op()) {
            case READ -> {
                for (int i = 0; i < request.segmentCount(); i++) {
                    ByteBuffer segment = request.segment(i).duplicate();
                    for (; segment.remaining() >= 512; sector++) {
                        segment.put(content(sector));
                    }
                }
            }
            case WRITE -> {
                for (int i = 0; i < request.segmentCount(); i++) {
                    ByteBuffer segment = request.segment(i).duplicate();
                    for (; segment.remaining() >= 512; sector++) {
                        byte[] bytes = new byte[512];
                        segment.get(bytes);
                        placed(sector, bytes);
                        (caches ? cache : durable).put(sector, bytes);
                    }
                }
            }
            case FLUSH -> {
                durable.putAll(cache);
                cache.clear();
            }
            case DISCARD, WRITE_ZEROES -> {
                return BlockStatus.NOTSUPP;
            }
        }
        return BlockStatus.OK;
    }

    private void placed(long sector, byte[] bytes) {
        long meant = Ledger.sectorOf(bytes);
        if (meant >= 0 && !writers.test(Ledger.writerOf(bytes))) {
            notes.broken("R7 what was written to the disk that goes lands on another");
            strayed = true;
        } else if (meant >= 0 && meant + shiftSectors != sector) {
            notes.broken("R7 what was written to sector " + (meant + shiftSectors) + " lands on sector " + sector);
        }
    }

    private byte[] content(long sector) {
        byte[] cached = cache.get(sector);
        return cached != null ? cached : durable(sector);
    }

    /** What is there after the power was cut. */
    byte[] durable(long sector) {
        return durable.getOrDefault(sector, new byte[512]);
    }

    /** Whether some sector of it has this content after the power was cut. */
    boolean has(byte[] content) {
        return durable.values().stream().anyMatch(each -> Arrays.equals(each, content));
    }

    /** Whether it bears what was meant for another. */
    boolean hasStrays() {
        return strayed;
    }
}
