package org.unplug.scsi.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.function.Supplier;
import org.unplug.block.BlockStatus;

/** A target with one unit of 64 blocks of 512 bytes, and two initiators that have heard of its power on. */
class Bench {

    static final int BLOCKS = 64;
    static final UnitSpec SPEC = UnitSpec.of("Unplug", "bench", "SN1", 0x3000_0000_0000_0001L)
            .withThin(true)
            .withRemovable(true);

    final Target target = new Target("bench", Runnable::run);
    final Nexus first = target.join("first");
    final Nexus second = target.join("second");
    LogicalUnit unit = plug(0, SPEC, new RamBacking(BLOCKS * 512));

    LogicalUnit plug(long lun, UnitSpec spec, Backing backing) {
        LogicalUnit made = target.add(lun, spec, backing);
        listen();
        return made;
    }

    /** Takes every attention that waits. */
    void listen() {
        for (LogicalUnit one : target.units()) {
            for (Nexus nexus : new Nexus[] {first, second}) {
                while (one.takeAttention(nexus) != null) {
                    // One more was heard.
                }
            }
        }
    }

    void replace(UnitSpec spec, Backing backing) {
        target.remove(0);
        unit = plug(0, spec, backing);
    }

    Order run(Nexus by, long lun, Order order) {
        assertTrue(target.execute(by, lun, order, Task.Attribute.SIMPLE));
        return order;
    }

    Order run(Order order) {
        run(first, 0, order);
        assertEquals(1, order.ends(), "ended once");
        return order;
    }

    /** Runs a command with so much room or data, and tells how it ended. */
    String tell(String cdb, int room) {
        return run(new Order(cdb, room)).told();
    }

    String tell(Nexus by, String cdb, int room) {
        return run(by, 0, new Order(cdb, room)).told();
    }

    String tell(String cdb, byte[] data) {
        return run(new Order(cdb, data)).told();
    }

    Order good(String cdb, int room) {
        Order order = run(new Order(cdb, room));
        assertEquals("GOOD", order.told(), cdb);
        return order;
    }

    Order good(String cdb, byte[] data) {
        Order order = run(new Order(cdb, data));
        assertEquals("GOOD", order.told(), cdb);
        return order;
    }

    static byte[] filled(int blocks, int value) {
        byte[] data = new byte[blocks * 512];
        Arrays.fill(data, (byte) value);
        return data;
    }

    static byte[] join(byte[] one, byte[] other) {
        byte[] all = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, all, one.length, other.length);
        return all;
    }

    /** What the first byte of a block is. */
    int at(long lba) {
        byte[] block =
                good(String.format("88 00 %016x 00000001 00 00", lba), 512).data();
        for (byte one : block) {
            assertEquals(block[0], one, "a block of one value");
        }
        return block[0] & 0xFF;
    }

    void fill(long lba, int blocks, int value) {
        good(String.format("8a 00 %016x %08x 00 00", lba, blocks), filled(blocks, value));
    }

    /** A backing that ends nothing by itself, and whose ends a test decides. */
    static final class Slow implements Backing {
        final RamBacking below = new RamBacking(BLOCKS * 512);
        final ArrayDeque<Runnable> pending = new ArrayDeque<>();
        BlockStatus next = BlockStatus.OK;

        private BlockStatus later(Io io, Supplier<BlockStatus> work) {
            pending.add(() -> {
                BlockStatus how = next;
                io.ended(how.ok() ? work.get() : how);
            });
            return null;
        }

        @Override
        public long bytes() {
            return below.bytes();
        }

        @Override
        public boolean asynchronous() {
            return true;
        }

        @Override
        public BlockStatus read(Io io) {
            return later(io, () -> below.read(io));
        }

        @Override
        public BlockStatus write(Io io, boolean durable) {
            return later(io, () -> below.write(io, durable));
        }

        @Override
        public BlockStatus sync(Io io) {
            return later(io, () -> below.sync(io));
        }

        @Override
        public BlockStatus discard(Io io) {
            return later(io, () -> BlockStatus.NOTSUPP);
        }

        @Override
        public void cutPower() {}
    }
}
