package org.unplug.lab.explore.scene;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;

/** What one writer asked for and was answered: each request once (R2), GONE after a refusal (R1), contents (R7, R8). */
final class Ledger {

    private static final int MARK_BYTES = 16;
    private static final int MAGIC_AT = 16;
    private static final long MAGIC = 0x556E706C75674C67L;

    private final DiskHandle handle;
    private final int writer;
    private final String name;
    private final Layer layer;
    private final Notes notes;
    /** By sector: the last content that was acknowledged, and every content that was ever asked for. */
    private final Map<Long, byte[]> acknowledged = new HashMap<>();

    private final Map<Long, byte[]> flushed = new HashMap<>();
    private final Map<Long, Set<String>> asked = new HashMap<>();
    private int serial;
    private int submitted;
    private int ended;
    private boolean refused;
    private boolean removed;
    private boolean givenUp;

    Ledger(DiskHandle handle, int writer, String name, Layer layer, Notes notes) {
        this.handle = handle;
        this.writer = writer;
        this.name = name;
        this.layer = layer;
        this.notes = notes;
    }

    /** The sector that a ledger wrote this content for, or -1 if none did. */
    static long sectorOf(byte[] content) {
        ByteBuffer bytes = ByteBuffer.wrap(content);
        return bytes.getLong(MAGIC_AT) == MAGIC ? bytes.getLong(8) : -1;
    }

    /** Who wrote this content, if a ledger did. */
    static int writerOf(byte[] content) {
        return ByteBuffer.wrap(content).getInt();
    }

    /** The disk's removal has returned: nothing that begins now may succeed (R1). */
    void removed() {
        removed = true;
    }

    /**
     * Waits for what will never end no more.
     *
     * @param lost whether that breaks a promise
     */
    void giveUp(boolean lost) {
        givenUp = true;
        if (lost && submitted != ended) {
            notes.broken(name, "R2 a request never ended");
        }
    }

    int submitted() {
        return submitted;
    }

    int ended() {
        return ended;
    }

    /** Writes a content of its own and waits. @return how it ended */
    BlockStatus write(Time time, long sector) {
        byte[] bytes = new byte[512];
        Arrays.fill(bytes, (byte) (writer * 16 + serial));
        ByteBuffer.wrap(bytes).putInt(writer).putInt(++serial).putLong(sector).putLong(MAGIC);
        asked.computeIfAbsent(sector, s -> new HashSet<>(Set.of(mark(new byte[512]))))
                .add(mark(bytes));
        BlockStatus status = perform(time, handle.newBio().write(sector, ByteBuffer.wrap(bytes)), "write " + sector);
        if (status.ok()) {
            acknowledged.put(sector, bytes);
        }
        return status;
    }

    BlockStatus flush(Time time) {
        Map<Long, byte[]> before = new HashMap<>(acknowledged);
        if (!handle.info().limits().writeCache()) {
            flushed.putAll(before);
            return BlockStatus.OK;
        }
        BlockStatus status = perform(time, handle.newBio().flush(), "flush");
        if (status.ok()) {
            flushed.putAll(before);
        }
        return status;
    }

    BlockStatus read(Time time, long sector) {
        ByteBuffer into = ByteBuffer.allocate(512);
        BlockStatus status = perform(time, handle.newBio().read(sector, into), "read " + sector);
        byte[] last = acknowledged.get(sector);
        if (status.ok() && last != null && !Arrays.equals(last, into.array())) {
            notes.broken("R7 sector " + sector + " of writer " + writer + " reads as something else than was written");
        }
        return status;
    }

    private BlockStatus perform(Time time, Bio bio, String what) {
        int[] ends = new int[1];
        boolean hadGone = handle.isGone();
        boolean wasRemoved = removed;
        bio.onEnd(b -> {
            ended++;
            notes.happened(Notes.LAYER, name, what + ": " + b.status());
            if (++ends[0] > 1) {
                notes.broken("R2 a request of " + name + " ended twice");
            }
        });
        submitted++;
        notes.did(Notes.LAYER, what);
        handle.submit(bio);
        time.scheduler().until(() -> ends[0] > 0 || givenUp);
        if (ends[0] == 0) {
            return BlockStatus.GONE;
        }
        BlockStatus status = bio.status();
        boolean isRefusal = layer.isRefusal(status);
        if (hadGone && !isRefusal) {
            notes.broken("R1 a request after the refusal ended " + status);
        }
        if (layer.isOurs() && refused && !isRefusal) {
            notes.broken("R1 a request after one that ended GONE ended " + status);
        }
        if (wasRemoved) {
            notes.looked("R1");
            if (!isRefusal) {
                notes.broken("R1 a request after remove returned ended " + status);
            }
        }
        refused |= isRefusal;
        return status;
    }

    /** Every request ended. */
    void settle() {
        notes.looked("R2");
        if (submitted != ended) {
            notes.broken("R2 " + name + " submitted " + submitted + " and " + ended + " ended");
        }
    }

    /** After the power was cut: everything acknowledged must be there if orderly, else only what was flushed. */
    void compare(Medium medium, long start, boolean orderly) {
        Map<Long, byte[]> promised = orderly ? acknowledged : flushed;
        notes.looked("R7");
        if (!promised.isEmpty()) {
            notes.looked("R8");
        }
        promised.forEach((sector, bytes) -> {
            byte[] there = medium.durable(start + sector);
            boolean overwrittenLater = !orderly && !Arrays.equals(bytes, acknowledged.get(sector));
            if (!Arrays.equals(bytes, there) && !overwrittenLater && !isLaterContent(sector, there, bytes)) {
                notes.broken("R8 " + (orderly ? "acknowledged" : "flushed") + " sector " + sector + " of writer "
                        + writer + " is not on the medium");
            }
        });
        asked.forEach((sector, marks) -> {
            if (!marks.contains(mark(medium.durable(start + sector)))) {
                notes.broken("R7 sector " + sector + " of writer " + writer + " bears what nobody wrote there");
            }
        });
    }

    /** A write that was not acknowledged may be there all the same. */
    private boolean isLaterContent(long sector, byte[] there, byte[] than) {
        return asked.get(sector).contains(mark(there))
                && ByteBuffer.wrap(there).getInt(4) > ByteBuffer.wrap(than).getInt(4);
    }

    private static String mark(byte[] bytes) {
        return Arrays.toString(Arrays.copyOf(bytes, MARK_BYTES));
    }
}
