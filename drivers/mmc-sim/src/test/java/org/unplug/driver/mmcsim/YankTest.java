package org.unplug.driver.mmcsim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Holder;
import org.unplug.block.Removal;
import org.unplug.mmc.CardType;
import org.unplug.mmc.MmcCard;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.mmc.sim.SlotCounters;
import org.unplug.mmc.spi.HostCaps;
import org.unplug.mmc.spi.HostEvents;

class YankTest {

    private static final int MIB = 1 << 20;

    @TempDir
    Path directory;

    private static void yank(Rig rig) {
        try {
            rig.simulator.yank("slot0");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void assertContract(Rig rig) throws IOException {
        SlotCounters counters = rig.simulator.counters("slot0");
        rig.until("completions", () -> counters.requests() == counters.completed() && counters.callsInside() == 0);
        assertEquals(0, counters.completedTwice());
        assertEquals(List.of(), rig.faults);
    }

    /** So many commands from CMD0 on, the look for partitions included. */
    @ParameterizedTest
    @CsvSource({"SDSC, 23", "SDHC, 24", "EMMC, 27"})
    void yank_atEveryCommandOfTheStartup_leavesNothingAndTheNextCardStarts(CardType type, int commands)
            throws IOException {
        for (int k = 0; k < commands; k++) {
            AtomicReference<Tap> tap = new AtomicReference<>();
            AtomicReference<Rig> rigRef = new AtomicReference<>();
            AtomicInteger seen = new AtomicInteger();
            AtomicBoolean armed = new AtomicBoolean(true);
            AtomicBoolean yanked = new AtomicBoolean();
            int when = k;
            try (Rig rig = new Rig(Rig.QUICK, host -> {
                tap.set(new Tap(host));
                tap.get().before(request -> {
                    if (armed.get() && seen.getAndIncrement() == when) {
                        armed.set(false);
                        yank(rigRef.get());
                        yanked.set(true);
                    }
                    return true;
                });
                return tap.get();
            })) {
                rigRef.set(rig);
                rig.simulator.insert(
                        "slot0", CardSpec.memory(MIB).withType(type).withSerial(1));
                rig.until("the yank at " + k, yanked::get);
                rig.awaitNoDisk();
                rig.simulator.insert(
                        "slot0", CardSpec.memory(MIB).withType(type).withSerial(2));
                MmcCard card = rig.awaitCard();
                assertEquals(2, card.registers().cid().serial());
                rig.simulator.yank("slot0");
                rig.awaitNoDisk();
                assertContract(rig);
            }
        }
    }

    /** A write is CMD23 with CMD25 and its data, then CMD13; or CMD25 with CMD12, then CMD13. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void yank_atEveryStepOfAWrite_endsItGoneOnceAndWritesNothingElse(boolean cmd23) throws IOException {
        int bytes = 512 << 10;
        for (int step = 0; step < 3; step++) {
            Path image = directory.resolve("card" + cmd23 + step + ".img");
            byte[] old = new byte[2 * MIB];
            Rig.pattern(old.length, 1).get(old);
            Files.write(image, old);
            AtomicReference<Tap> tap = new AtomicReference<>();
            try (Rig rig = new Rig(Rig.QUICK, host -> {
                tap.set(new Tap(host).withCaps(HostCaps.DEFAULT.withCmd23(cmd23)));
                return tap.get();
            })) {
                rig.simulator.insert("slot0", CardSpec.image(image).withLatencyMicros(step == 1 ? 20_000 : 0));
                MmcCard card = rig.awaitCard();
                try (DiskHandle disk = rig.open(card.disk())) {
                    disk.read(0, ByteBuffer.allocate(512));
                    AtomicBoolean pulled = new AtomicBoolean();
                    int when = step;
                    tap.get().before(request -> {
                        boolean write = request.cmd().opcode() == 25;
                        boolean status = request.cmd().opcode() == 13;
                        if (when == 0 && write || when == 2 && status) {
                            pulled.set(true);
                            yank(rig);
                        } else if (when == 1 && write) {
                            pulled.set(true);
                            rig.clockwork.schedule(10, () -> yank(rig));
                        }
                        return true;
                    });
                    BlockStatus status = Rig.write(disk, 64, Rig.pattern(bytes, 77));
                    assertTrue(pulled.get());
                    assertEquals(BlockStatus.GONE, status);
                    assertEquals(BlockStatus.GONE, Rig.write(disk, 64, Rig.pattern(512, 3)));
                    rig.until("the card to be let go", () -> rig.cards.isEmpty());
                }
                rig.awaitNoDisk();
                assertContract(rig);
            }
            assertOnlyAPrefixWasWritten(old, Files.readAllBytes(image), 64 * 512, bytes, 77);
        }
    }

    private static void assertOnlyAPrefixWasWritten(byte[] old, byte[] now, int at, int bytes, int seed) {
        byte[] wanted = new byte[bytes];
        Rig.pattern(bytes, seed).get(wanted);
        int done = 0;
        while (done < bytes && Arrays.equals(now, at + done, at + done + 512, wanted, done, done + 512)) {
            done += 512;
        }
        byte[] expected = old.clone();
        System.arraycopy(wanted, 0, expected, at, done);
        assertArrayEquals(expected, now);
    }

    @Test
    void otherCardInserted_receivesNoByteMeantForTheFirst() throws IOException {
        for (int round = 0; round < 20; round++) {
            Path first = directory.resolve("first" + round);
            Path second = directory.resolve("second" + round);
            Files.write(first, new byte[4 * MIB]);
            Files.write(second, new byte[4 * MIB]);
            try (Rig rig = new Rig()) {
                // One serial number, one size: only the insertion tells them apart.
                rig.simulator.insert("slot0", CardSpec.image(first).withSerial(7));
                MmcCard card = rig.awaitCard();
                Load load = new Load(rig, card.disk());
                load.awaitWrites(5 + round);
                rig.simulator.yank("slot0");
                rig.simulator.insert("slot0", CardSpec.image(second).withSerial(7));
                rig.until("another card", () -> rig.cards.stream().anyMatch(one -> one != card));
                load.end();
                rig.until("the first disk's release", () -> rig.disks.size() == 1);
                assertTrue(load.gone.get() > 0);
                assertEquals(0, load.other.get());
                rig.simulator.yank("slot0");
                rig.awaitNoDisk();
                assertContract(rig);
            }
            assertArrayEquals(new byte[4 * MIB], Files.readAllBytes(second));
        }
    }

    @Test
    void hundredRapidRemovals_underLoad_completeEachRequestOnce() throws IOException {
        Path image = directory.resolve("card.img");
        Files.write(image, new byte[4 * MIB]);
        try (Rig rig = new Rig()) {
            for (int round = 0; round < 100; round++) {
                rig.simulator.insert("slot0", CardSpec.image(image));
                Load load = new Load(rig, rig.awaitCard().disk());
                load.awaitWrites(1 + round % 7);
                rig.simulator.yank("slot0");
                load.end();
                rig.awaitNoDisk();
                assertEquals(0, load.other.get());
            }
            assertContract(rig);
        }
    }

    @Test
    void idleCardYanked_isNoticedByTheSwitch_andByPollingWhereThereIsNone() throws IOException {
        for (boolean polling : new boolean[] {false, true}) {
            try (Rig rig = new Rig(
                    Rig.QUICK,
                    host -> new Tap(host) {
                        @Override
                        public void start(HostEvents events) {
                            host.start(polling ? () -> {} : events);
                        }
                    }.withCaps(HostCaps.DEFAULT.withPolling(polling)))) {
                rig.simulator.insert("slot0", CardSpec.memory(MIB));
                rig.awaitCard();
                rig.simulator.yank("slot0");
                rig.awaitNoDisk();
                assertContract(rig);
            }
        }
    }

    @Test
    void cardExchangedWhileTheFirstIsEjected_isStarted() throws Exception {
        CountDownLatch syncing = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (Rig rig = new Rig()) {
            rig.simulator.insert("slot0", CardSpec.memory(MIB).withSerial(1));
            MmcCard card = rig.awaitCard();
            DiskHandle disk = rig.open(card.disk(), new Holder() {
                @Override
                public String holderName() {
                    return "slow";
                }

                @Override
                public void sync(long timeoutMs) {
                    syncing.countDown();
                    Rig.await(goOn);
                }

                @Override
                public void markDead(Removal kind) {}
            });
            rig.clockwork.execute("eject", card::eject);
            Rig.await(syncing);
            rig.simulator.yank("slot0");
            rig.simulator.insert("slot0", CardSpec.memory(MIB).withSerial(2));
            AtomicBoolean looked = new AtomicBoolean();
            rig.clockwork.schedule(10 * Rig.QUICK.debounceMs(), () -> looked.set(true));
            rig.until("the look at the slot", looked::get);
            goOn.countDown();
            disk.close();
            rig.until(
                    "the second card",
                    () -> !rig.cards.isEmpty()
                            && rig.cards.get(0).registers().cid().serial() == 2);
        } finally {
            goOn.countDown();
        }
    }

    /** Eight writers that go on until their disk is gone. */
    private static final class Load {
        final AtomicInteger written = new AtomicInteger();
        final AtomicInteger gone = new AtomicInteger();
        final AtomicInteger other = new AtomicInteger();
        final AtomicInteger running = new AtomicInteger(8);
        final Rig rig;
        final DiskHandle disk;

        Load(Rig rig, String name) throws IOException {
            this.rig = rig;
            this.disk = rig.open(name);
            for (int i = 0; i < 8; i++) {
                Bio bio = disk.newBio();
                bio.write(i * 512L, Rig.pattern(64 << 10, i)).onEnd(this::ended);
                disk.submit(bio);
            }
        }

        private void ended(Bio bio) {
            if (bio.status() == BlockStatus.OK) {
                written.incrementAndGet();
                disk.submit(bio);
                return;
            }
            (bio.status() == BlockStatus.GONE ? gone : other).incrementAndGet();
            running.decrementAndGet();
        }

        void awaitWrites(int count) {
            rig.until(count + " writes", () -> written.get() >= count || running.get() < 8);
        }

        void end() {
            rig.until("the writers' end", () -> running.get() == 0);
            disk.close();
        }
    }
}
