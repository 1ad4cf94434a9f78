package org.unplug.lab.explore.scene;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;

/** What one writer asked for and was answered: each request once (R2), GONE after a refusal (R1), contents (R7, R8). */
final class Ledger {

    private static final int MARK_BYTES = 16;

    private final DiskHandle handle;
    private final int writer;
    private final Consumer<String> broken;
    /** By sector: the last content that was acknowledged, and every content that was ever asked for. */
    private final Map<Long, byte[]> acknowledged = new HashMap<>();

    private final Map<Long, byte[]> flushed = new HashMap<>();
    private final Map<Long, Set<String>> asked = new HashMap<>();
    private int serial;
    private int submitted;
    private int ended;
    private boolean refused;

    Ledger(DiskHandle handle, int writer, Consumer<String> broken) {
        this.handle = handle;
        this.writer = writer;
        this.broken = broken;
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
        ByteBuffer.wrap(bytes).putInt(writer).putInt(++serial).putLong(sector);
        asked.computeIfAbsent(sector, s -> new HashSet<>(Set.of(mark(new byte[512]))))
                .add(mark(bytes));
        BlockStatus status = perform(time, handle.newBio().write(sector, ByteBuffer.wrap(bytes)));
        if (status.ok()) {
            acknowledged.put(sector, bytes);
        }
        return status;
    }

    BlockStatus flush(Time time) {
        Map<Long, byte[]> before = new HashMap<>(acknowledged);
        BlockStatus status = perform(time, handle.newBio().flush());
        if (status.ok()) {
            flushed.putAll(before);
        }
        return status;
    }

    BlockStatus read(Time time, long sector) {
        ByteBuffer into = ByteBuffer.allocate(512);
        BlockStatus status = perform(time, handle.newBio().read(sector, into));
        byte[] last = acknowledged.get(sector);
        if (status.ok() && last != null && !Arrays.equals(last, into.array())) {
            broken.accept("R7 sector " + sector + " of writer " + writer + " reads as something else than was written");
        }
        return status;
    }

    private BlockStatus perform(Time time, Bio bio) {
        int[] ends = new int[1];
        boolean hadGone = handle.isGone();
        bio.onEnd(b -> {
            ended++;
            if (++ends[0] > 1) {
                broken.accept("R2 a request of writer " + writer + " ended twice");
            }
        });
        submitted++;
        handle.submit(bio);
        time.scheduler().until(() -> ends[0] > 0);
        BlockStatus status = bio.status();
        if (hadGone && status != BlockStatus.GONE) {
            broken.accept("R1 a request after the refusal ended " + status);
        }
        if (refused && status != BlockStatus.GONE) {
            broken.accept("R1 a request after one that ended GONE ended " + status);
        }
        refused |= status == BlockStatus.GONE;
        return status;
    }

    /** Every request ended. */
    void settle() {
        if (submitted != ended) {
            broken.accept("R2 writer " + writer + " submitted " + submitted + " and " + ended + " ended");
        }
    }

    /** After the power was cut: everything acknowledged must be there if orderly, else only what was flushed. */
    void compare(Medium medium, long start, boolean orderly) {
        Map<Long, byte[]> promised = orderly ? acknowledged : flushed;
        promised.forEach((sector, bytes) -> {
            byte[] there = medium.durable(start + sector);
            boolean overwrittenLater = !orderly && !Arrays.equals(bytes, acknowledged.get(sector));
            if (!Arrays.equals(bytes, there) && !overwrittenLater && !isLaterContent(sector, there, bytes)) {
                broken.accept("R8 " + (orderly ? "acknowledged" : "flushed") + " sector " + sector + " of writer "
                        + writer + " is not on the medium");
            }
        });
        asked.forEach((sector, marks) -> {
            if (!marks.contains(mark(medium.durable(start + sector)))) {
                broken.accept("R7 sector " + sector + " of writer " + writer + " bears what nobody wrote there");
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
