package org.unplug.block.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.OpenMode;
import org.unplug.block.testing.AdapterStack.Moment;
import org.unplug.block.testing.AdapterStack.Tally;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/**
 * What the removal contract asks of a bus core, whichever bus: the same tests for a card in a slot and for a unit behind a SCSI
 * adapter. A stack's test extends this and says how the stack is put together.
 *
 * <p>{@code -Dunplug.cycles=10000} has {@link #cycles_underLoad_endingAtEveryMoment_leakNothing} go round that often.
 */
public abstract class AdapterRemovalContract {

    /** How a medium goes. */
    protected enum Way {
        YANK,
        EJECT,
        UNREGISTER
    }

    private static final int EVERYDAY_CYCLES = 150;
    private static final int LOAD_DEPTH = 4;
    private static final int LOAD_BYTES = 4096;
    private static final long PATIENCE_NANOS = 60_000_000_000L;

    protected final SystemClockwork clockwork = Clockwork.system("contract");
    protected final FlatBlockLayer layer = new FlatBlockLayer(clockwork);
    protected AdapterStack stack;

    /** Puts a stack over the given block layer, its adapter registered and empty. The test closes it. */
    protected abstract AdapterStack assemble(FlatBlockLayer over, Clockwork clock) throws Exception;

    /** Whether that can be arranged here; a moment that a bus has no counterpart of is left out. */
    protected boolean knows(Moment moment) {
        return moment != null;
    }

    @BeforeEach
    void assembleStack() throws Exception {
        stack = assemble(layer, clockwork);
    }

    @AfterEach
    void closeStack() {
        stack.goOn();
        stack.close();
        layer.close();
        clockwork.close();
    }

    static Stream<Arguments> momentsAndWays() {
        return Stream.of(Moment.values()).flatMap(m -> Stream.of(Way.values()).map(w -> Arguments.of(m, w)));
    }

    /** Removal at a moment in a way: returns by its deadline, ends each request once and GONE, leaves nothing behind. */
    @ParameterizedTest
    @MethodSource("momentsAndWays")
    void removal_atEveryMoment_isBoundedAndQuiet_andTheNextMediumStarts(Moment moment, Way way) throws Exception {
        if (!knows(moment) || (way == Way.EJECT && (moment == Moment.STARTING || moment == Moment.APPEARING))) {
            return;
        }
        Load load = bringTo(moment, 1);
        long tookMs = remove(way);
        assertTrue(tookMs <= stack.deadlineMs(), () -> way + " took " + tookMs + " ms of " + stack.deadlineMs());
        stack.goOn();
        if (load != null) {
            load.assertOver();
        }
        awaitNothing();
        if (way == Way.UNREGISTER) {
            Tally tally = stack.tally();
            assertEquals(0, tally.insideAtStop(), tally::toString);
            assertEquals(0, tally.afterStop(), tally::toString);
            stack.register();
        } else if (way == Way.EJECT) {
            stack.yank();
        }
        stack.insert(2);
        assertEquals(0, number(awaitDisk()), "the lowest number is free again");
        stack.yank();
        awaitNothing();
        assertTold();
    }

    /** Two removals at once are one: both return, and the second not before the first's work is done. */
    @ParameterizedTest
    @MethodSource("pairs")
    void removal_duringAnotherRemoval_isOneRemoval(Way first, Way second) throws Exception {
        Load load = bringTo(Moment.WRITING, 1);
        String disk = stack.disk();
        List<Way> returned = new ArrayList<>();
        for (Way way : List.of(first, second)) {
            clockwork.execute("remover", () -> {
                removeQuietly(way);
                synchronized (returned) {
                    returned.add(way);
                }
            });
        }
        until("both removers return", () -> {
            synchronized (returned) {
                return returned.size() == 2;
            }
        });
        stack.goOn();
        load.assertOver();
        awaitNothing();
        // Told after whoever joined the removal has seen its result, and so perhaps after the disk's release.
        until("the removal is told of", () -> reportsOf(disk) > 0);
        assertEquals(1, reportsOf(disk), layer.reports::toString);
        assertTold();
    }

    private long reportsOf(String disk) {
        return layer.reports.stream().filter(r -> r.disk().name().equals(disk)).count();
    }

    static Stream<Arguments> pairs() {
        return Stream.of(
                Arguments.of(Way.YANK, Way.UNREGISTER),
                Arguments.of(Way.EJECT, Way.UNREGISTER),
                Arguments.of(Way.EJECT, Way.YANK),
                Arguments.of(Way.EJECT, Way.EJECT));
    }

    /** R7: whatever was meant for the first medium does not reach the one that takes its place, though both look alike. */
    @Test
    void otherMediumInThePlace_neverReceivesAByteOfTheFirst() throws Exception {
        for (int round = 0; round < 10; round++) {
            int one = 10 + 2 * round;
            stack.insert(one);
            Load load = new Load(awaitDisk(), false);
            load.awaitProgress(1 + 3 * round);
            int before = layer.added.size();
            stack.yank();
            stack.insert(one + 1);
            load.assertOver();
            until("the second medium's disk", () -> layer.added.size() > before);
            awaitDisk();
            stack.yank();
            awaitNothing();
            assertArrayEquals(new byte[1 << 20], stack.peek(one + 1, 0, 1 << 20), "round " + round);
        }
        assertTold();
    }

    /** R8: what was acknowledged is on the medium after an orderly removal, flushed or not. */
    @ParameterizedTest
    @MethodSource("orderly")
    void acknowledgedWrites_areOnTheMedium_afterAnOrderlyRemoval(Way way) throws Exception {
        stack.insert(1);
        byte[] written = new byte[64 << 10];
        new Random(5).nextBytes(written);
        DiskHandle handle = layer.open(awaitDisk());
        handle.write(64, ByteBuffer.wrap(written));
        remove(way);
        handle.close();
        awaitNothing();
        assertArrayEquals(written, stack.peek(1, 64 * 512, written.length));
        assertTrue(layer.reports.get(layer.reports.size() - 1).synced());
        assertTold();
    }

    static Stream<Way> orderly() {
        return Stream.of(Way.EJECT, Way.UNREGISTER);
    }

    /** R8: what was flushed is on the medium after an accident. */
    @Test
    void flushedWrites_areOnTheMedium_afterAYank() throws Exception {
        stack.insert(1);
        byte[] written = new byte[64 << 10];
        new Random(6).nextBytes(written);
        DiskHandle handle = layer.open(awaitDisk());
        handle.write(64, ByteBuffer.wrap(written));
        handle.flush();
        stack.yank();
        handle.close();
        awaitNothing();
        assertArrayEquals(written, stack.peek(1, 64 * 512, written.length));
    }

    /** R10: a medium that hangs does not delay what is in another adapter. */
    @Test
    void mediumThatHangs_delaysNoOtherAdapter() throws Exception {
        Load stuck = bringTo(Moment.BUSY, 1);
        try (AdapterStack other = assemble(layer, clockwork)) {
            other.insert(2);
            until("the other's disk", () -> other.disk() != null);
            Load load = new Load(other.disk(), false);
            load.awaitProgress(20);
            other.yank();
            load.assertOver();
            until("the other's disk to go", () -> other.disk() == null);
            other.insert(3);
            until("the next disk there", () -> other.disk() != null);
        }
        assertFalse(stuck.isOver(), "the first still hangs");
        remove(Way.YANK);
        stack.goOn();
        stuck.assertOver();
        awaitNothing();
        assertTold();
    }

    /** Each holder is told, once, and how (R6); and each incarnation is another disk (R11). */
    @Test
    void holders_areToldOnceAndHow_andTheNextDiskIsAnother() throws Exception {
        long lastEpoch = -1;
        for (Way way : Way.values()) {
            stack.insert(1);
            RecordingHolder holder = new RecordingHolder(way.name());
            DiskHandle handle = layer.open(awaitDisk(), holder, OpenMode.WRITE);
            assertNotEquals(lastEpoch, handle.info().epoch());
            lastEpoch = handle.info().epoch();
            remove(way);
            until("the holder is told", () -> holder.told.stream().anyMatch(t -> t.startsWith("dead")));
            List<String> wanted = way == Way.YANK ? List.of("dead SURPRISE") : List.of("sync", "dead ORDERLY");
            assertEquals(wanted, holder.told, way::name);
            handle.close();
            awaitNothing();
            if (way == Way.UNREGISTER) {
                stack.register();
            } else if (way == Way.EJECT) {
                stack.yank();
            }
        }
        assertTold();
    }

    /** In and out, under load, each time at another moment; no disk, number, request or call is left over. */
    @Test
    void cycles_underLoad_endingAtEveryMoment_leakNothing() throws Exception {
        long seed = Long.getLong("unplug.seed", 20_091_014L);
        int cycles = Integer.getInteger("unplug.cycles", EVERYDAY_CYCLES);
        Random random = new Random(seed);
        List<Moment> quick = List.of(Moment.STARTING, Moment.APPEARING, Moment.IDLE, Moment.READING, Moment.WRITING);
        for (int cycle = 0; cycle < cycles; cycle++) {
            String when = "cycle " + cycle + " of seed " + seed;
            Moment moment = quick.get(random.nextInt(quick.size()));
            Load load = bringTo(moment, 1);
            if (moment == Moment.IDLE) {
                load = new Load(awaitDisk(), false);
                load.awaitProgress(random.nextInt(20));
            }
            stack.yank();
            stack.goOn();
            if (load != null) {
                load.assertOver();
            }
            awaitNothing();
            assertEquals(List.of(), layer.faults, when);
            Tally tally = stack.tally();
            until(
                    when + ": completions",
                    () -> stack.tally().commands() == stack.tally().completed());
            assertTrue(tally.insideAtStop() <= 0, when);
        }
        stack.insert(1);
        assertEquals(0, number(awaitDisk()), "no number is lost");
        stack.yank();
        awaitNothing();
        assertTold();
    }

    /** Has the stack stand at a moment, with load on the disk where there is one. */
    private Load bringTo(Moment moment, int medium) throws Exception {
        if (moment == Moment.STARTING || moment == Moment.APPEARING) {
            stack.standAt(moment);
            stack.insert(medium);
            until("the stack stands at " + moment, stack::stands);
            return null;
        }
        stack.insert(medium);
        String disk = awaitDisk();
        if (moment == Moment.IDLE) {
            return null;
        }
        stack.standAt(moment);
        Load load = null;
        if (moment == Moment.RESCANNING) {
            stack.lookAgain();
        } else {
            load = new Load(disk, moment == Moment.READING);
        }
        until("the stack stands at " + moment, stack::stands);
        return load;
    }

    /** How long it took, in milliseconds: until it returned, or for a yank until there is no disk in use any more. */
    private long remove(Way way) throws Exception {
        long began = clockwork.nanoTime();
        switch (way) {
            case YANK -> {
                stack.yank();
                until("the yanked disk goes", () -> stack.disk() == null);
            }
            case EJECT -> stack.eject();
            case UNREGISTER -> assertTrue(stack.unregister(), "nobody is inside the adapter");
        }
        return (clockwork.nanoTime() - began) / 1_000_000;
    }

    private void removeQuietly(Way way) {
        try {
            switch (way) {
                case YANK -> stack.yank();
                case EJECT -> stack.eject();
                case UNREGISTER -> stack.unregister();
            }
        } catch (IOException | IllegalStateException tooLate) {
            // The other one was faster: there is nothing left to take out.
        }
    }

    private String awaitDisk() {
        until("a disk", () -> stack.disk() != null);
        String disk = stack.disk();
        assertTrue(layer.settle(20_000), "the look for partitions");
        return disk;
    }

    private void awaitNothing() {
        until(
                "every disk is released",
                () -> stack.disk() == null && layer.list().isEmpty() && layer.added.size() == layer.released.size());
    }

    private void assertTold() {
        assertEquals(List.of(), layer.faults);
        assertEquals(List.of(), layer.leaked);
    }

    /** Of the disk's name: sda is 0, mmcblk2 is 2. */
    private static int number(String disk) {
        char last = disk.charAt(disk.length() - 1);
        return Character.isDigit(last) ? last - '0' : last - 'a';
    }

    protected final void until(String what, BooleanSupplier condition) {
        long deadline = clockwork.nanoTime() + PATIENCE_NANOS;
        Object moment = new Object();
        while (!condition.getAsBoolean()) {
            assertTrue(
                    deadline - clockwork.nanoTime() > 0,
                    () -> "waited in vain for " + what + "; disks: " + layer.list() + "; faults: " + layer.faults + "; "
                            + stack.tally());
            synchronized (moment) {
                clockwork.await(moment, 200_000);
            }
        }
    }

    /** Some bios that go round until their disk is gone; each must end once for each time it was submitted. */
    private final class Load {
        private final AtomicInteger submitted = new AtomicInteger();
        private final AtomicInteger ended = new AtomicInteger();
        private final AtomicInteger running = new AtomicInteger(LOAD_DEPTH);
        private final ConcurrentLinkedQueue<BlockStatus> unexpected = new ConcurrentLinkedQueue<>();
        private final DiskHandle handle;

        Load(String disk, boolean reads) throws IOException {
            handle = layer.open(disk);
            for (int i = 0; i < LOAD_DEPTH; i++) {
                ByteBuffer buffer = ByteBuffer.allocate(LOAD_BYTES);
                for (int at = 0; at < LOAD_BYTES; at++) {
                    buffer.put(at, (byte) (at + i + 1));
                }
                Bio bio = handle.newBio();
                long sector = (long) i * LOAD_BYTES / 512;
                (reads ? bio.read(sector, buffer) : bio.write(sector, buffer)).onEnd(this::ended);
                submitted.incrementAndGet();
                handle.submit(bio);
            }
        }

        private void ended(Bio bio) {
            ended.incrementAndGet();
            if (bio.status() == BlockStatus.GONE) {
                running.decrementAndGet();
                return;
            }
            if (!bio.status().ok()) {
                unexpected.add(bio.status());
            }
            submitted.incrementAndGet();
            handle.submit(bio);
        }

        void awaitProgress(int count) {
            until(count + " requests", () -> ended.get() >= count || running.get() < LOAD_DEPTH);
        }

        boolean isOver() {
            return running.get() == 0;
        }

        /** It has met GONE everywhere, each bio once; the handle is closed. */
        void assertOver() {
            until("every bio ends GONE: " + running + " run", this::isOver);
            assertEquals(submitted.get(), ended.get());
            assertEquals(List.of(), List.copyOf(unexpected));
            handle.close();
        }
    }
}
