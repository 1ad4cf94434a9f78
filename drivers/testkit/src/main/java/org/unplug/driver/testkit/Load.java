package org.unplug.driver.testkit;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.ref.Clockwork;

/**
 * A verified load: each lane has sectors of its own, writes them over with content that names sector and version, reads
 * them back and compares; now and then it flushes. A lane stops at its first error. Counts submissions and ends, so that a
 * request that never ended, or ended twice, shows.
 */
public final class Load {

    private static final int SECTORS = 8;

    private final DiskHandle handle;
    private final long seed;
    private final List<Lane> lanes = new ArrayList<>();
    private final AtomicLong submitted = new AtomicLong();
    private final AtomicLong ended = new AtomicLong();
    private final AtomicLong verified = new AtomicLong();
    private final Map<BlockStatus, Integer> errors = new EnumMap<>(BlockStatus.class);
    private final List<String> wrong = new ArrayList<>();
    private volatile boolean stopping;

    private final class Lane implements Bio.End {
        private final long firstSector;
        private final int blocks;
        private final int[] versions;
        private final SplittableRandom random;
        private final ByteBuffer buffer = ByteBuffer.allocate(SECTORS * 512);
        private final Bio bio = handle.newBio().onEnd(this);
        private int block;
        private int steps;
        private volatile boolean done;

        Lane(int number, long firstSector, int blocks) {
            this.firstSector = firstSector;
            this.blocks = blocks;
            versions = new int[blocks];
            random = new SplittableRandom(seed * 31 + number);
        }

        private long sector() {
            return firstSector + (long) block * SECTORS;
        }

        private void next() {
            if (stopping) {
                done = true;
                return;
            }
            block = random.nextInt(blocks);
            int what = random.nextInt(20);
            steps++;
            if (what == 0) {
                bio.flush();
            } else if (what < 12 || versions[block] == 0) {
                versions[block]++;
                fill();
                bio.write(sector(), buffer).fua(what == 1);
            } else {
                bio.read(sector(), buffer);
            }
            submitted.incrementAndGet();
            handle.submit(bio);
        }

        private void fill() {
            for (int i = 0; i < buffer.limit(); i += 8) {
                buffer.putLong(i, word(i));
            }
        }

        private long word(int i) {
            return (sector() * 1_000_003 + versions[block]) * 512 + i + seed;
        }

        @Override
        public void ended(Bio bio) {
            ended.incrementAndGet();
            BlockStatus status = bio.status();
            if (status != BlockStatus.OK) {
                synchronized (errors) {
                    errors.merge(status, 1, Integer::sum);
                }
                done = true;
                return;
            }
            if (bio.op() == org.unplug.block.BioOp.READ) {
                compare();
            }
            next();
        }

        private void compare() {
            for (int i = 0; i < buffer.limit(); i += 8) {
                if (buffer.getLong(i) != word(i)) {
                    synchronized (wrong) {
                        wrong.add("sector " + (sector() + i / 512) + " version " + versions[block] + " step " + steps
                                + " seed " + seed);
                    }
                    return;
                }
            }
            verified.incrementAndGet();
        }
    }

    /** Begins at once, each lane on a thread of its own. */
    public Load(DiskHandle handle, long seed, int laneCount, Clockwork clockwork) {
        this.handle = handle;
        this.seed = seed;
        long sectors = handle.info().capacitySectors() / laneCount / SECTORS * SECTORS;
        for (int i = 0; i < laneCount; i++) {
            lanes.add(new Lane(i, i * sectors, (int) (sectors / SECTORS)));
        }
        lanes.forEach(lane -> clockwork.execute("load", lane::next));
    }

    /** Waits until so many more reads were verified. */
    public void awaitVerified(long more) {
        long goal = verified.get() + more;
        Rig.await(() -> more + " more verified reads: " + this, () -> verified.get() >= goal || !wrong().isEmpty());
    }

    /** Asks all lanes to stop and waits until they have, each with its last request ended. */
    public void stop() {
        stopping = true;
        awaitEnd();
    }

    /** Waits until every lane has stopped, by itself or by an error. */
    public void awaitEnd() {
        Rig.await(() -> "end of " + this, () -> lanes.stream().allMatch(l -> l.done));
    }

    public long submitted() {
        return submitted.get();
    }

    public long ended() {
        return ended.get();
    }

    public long verified() {
        return verified.get();
    }

    public Map<BlockStatus, Integer> errors() {
        synchronized (errors) {
            return Map.copyOf(errors);
        }
    }

    /** Reads that brought something else than was written last. */
    public List<String> wrong() {
        synchronized (wrong) {
            return List.copyOf(wrong);
        }
    }

    @Override
    public String toString() {
        return submitted + " submitted, " + ended + " ended, " + verified + " verified, errors " + errors() + ", wrong "
                + wrong();
    }
}
