package org.unplug.lab.internal.load;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The notes on a run of stamped sectors, divided into slots of {@value #SLOT_SECTORS}: for each slot which writes were begun,
 * acknowledged and flushed. It outlives incarnations of the disk. Every other slot is a guard that is never written
 * again. A slot belongs to one request at a time, so what a read may see is known exactly.
 *
 * <p>Thread safety: each slot by its own monitor.
 */
public final class Field {

    public static final int SLOT_SECTORS = 8;
    public static final int SLOT_BYTES = SLOT_SECTORS * Stamp.BYTES;

    private final long identity;
    private final Slot[] slots;
    private final AtomicLong sequence = new AtomicLong();
    private final ConcurrentSkipListMap<Long, Long> epochs = new ConcurrentSkipListMap<>(Map.of(0L, 0L));

    /** What is known of a slot. Sequence 0 is the original filling. */
    private static final class Slot {
        private boolean taken;
        private long begun;
        private long acknowledged;
        private long flushed;
        /** Whether a write ended otherwise than well since the last one that ended well. */
        private boolean uncertain;
    }

    /** The difference between what a slot holds and what it may hold. */
    public record Findings(long sectors, List<String> strays, List<String> losses) {
        /** Several in one. */
        public static Findings sum(List<Findings> all) {
            return new Findings(
                    all.stream().mapToLong(Findings::sectors).sum(),
                    all.stream().flatMap(f -> f.strays.stream()).toList(),
                    all.stream().flatMap(f -> f.losses.stream()).toList());
        }
    }

    public Field(long identity, int slots) {
        this.identity = identity;
        this.slots = new Slot[slots];
        for (int i = 0; i < slots; i++) {
            this.slots[i] = new Slot();
        }
    }

    public int slots() {
        return slots.length;
    }

    public static boolean isGuard(int slot) {
        return slot % 2 == 1;
    }

    public static long sectorOf(int slot) {
        return (long) slot * SLOT_SECTORS;
    }

    /** Writes from now on bear this incarnation. */
    public void epoch(long epoch) {
        epochs.put(sequence.get() + 1, epoch);
    }

    /** Takes a slot for one request; false if it is taken or a guard. */
    boolean take(int slot) {
        Slot s = slots[slot];
        synchronized (s) {
            if (s.taken || isGuard(slot)) {
                return false;
            }
            s.taken = true;
            return true;
        }
    }

    void giveBack(int slot) {
        Slot s = slots[slot];
        synchronized (s) {
            s.taken = false;
        }
    }

    /** Begins a write of a taken slot: fills the buffer and notes it. */
    void beginWrite(int slot, ByteBuffer buffer) {
        long number = sequence.incrementAndGet();
        stamp(slot, number, buffer);
        Slot s = slots[slot];
        synchronized (s) {
            s.begun = number;
        }
    }

    /** The original content of a slot. */
    public void original(int slot, ByteBuffer buffer) {
        stamp(slot, 0, buffer);
    }

    private void stamp(int slot, long number, ByteBuffer buffer) {
        long epoch = epochs.floorEntry(number).getValue();
        for (int i = 0; i < SLOT_SECTORS; i++) {
            new Stamp(identity, epoch, sectorOf(slot) + i, number).write(buffer, i * Stamp.BYTES);
        }
    }

    void endWrite(int slot, boolean ok) {
        Slot s = slots[slot];
        synchronized (s) {
            if (ok) {
                s.acknowledged = s.begun;
            }
            s.uncertain = !ok;
        }
    }

    /** What is acknowledged now, for {@link #flushed}. */
    long[] acknowledged() {
        long[] now = new long[slots.length];
        for (int i = 0; i < slots.length; i++) {
            synchronized (slots[i]) {
                now[i] = slots[i].acknowledged;
            }
        }
        return now;
    }

    /** A flush that was submitted when this was acknowledged has ended well. */
    void flushed(long[] then) {
        for (int i = 0; i < slots.length; i++) {
            synchronized (slots[i]) {
                slots[i].flushed = Math.max(slots[i].flushed, then[i]);
            }
        }
    }

    /** Judges what a read of a taken slot brought while the disk is there. */
    Findings check(int slot, ByteBuffer buffer) {
        Slot s = slots[slot];
        synchronized (s) {
            return compare(slot, buffer, s.acknowledged, s.uncertain ? s.begun : s.acknowledged, new TreeMap<>());
        }
    }

    /**
     * Judges a slot after the disk has come back, and takes what it holds for acknowledged and flushed from then on.
     *
     * @param orderly whether all that was acknowledged must be there, or only what was flushed
     */
    Findings settle(int slot, ByteBuffer buffer, boolean orderly) {
        Slot s = slots[slot];
        synchronized (s) {
            NavigableMap<Long, Integer> held = new TreeMap<>();
            Findings findings = compare(slot, buffer, orderly ? s.acknowledged : s.flushed, s.begun, held);
            boolean whole = held.size() == 1;
            if (!held.isEmpty()) {
                s.acknowledged = held.firstKey();
                s.flushed = held.firstKey();
                s.begun = held.lastKey();
            }
            s.uncertain = !whole;
            return findings;
        }
    }

    private Findings compare(int slot, ByteBuffer buffer, long least, long most, NavigableMap<Long, Integer> held) {
        List<String> strays = new ArrayList<>();
        List<String> losses = new ArrayList<>();
        for (int i = 0; i < SLOT_SECTORS; i++) {
            long sector = sectorOf(slot) + i;
            Stamp stamp = Stamp.read(buffer, i * Stamp.BYTES);
            if (stamp == null) {
                strays.add("sector " + sector + " is no whole stamp");
                continue;
            }
            if (stamp.identity() != identity || stamp.sector() != sector) {
                strays.add("sector " + sector + " holds " + stamp);
            } else if (stamp.sequence() > most
                    || stamp.epoch() != epochs.floorEntry(stamp.sequence()).getValue()) {
                strays.add("sector " + sector + " holds write " + stamp.sequence() + " of incarnation " + stamp.epoch()
                        + ", which was not to be there; at most " + most);
            } else {
                held.merge(stamp.sequence(), 1, Integer::sum);
                if (stamp.sequence() < least) {
                    losses.add(
                            "sector " + sector + " holds write " + stamp.sequence() + " where " + least + " was kept");
                }
            }
        }
        return new Findings(SLOT_SECTORS, strays, losses);
    }
}
