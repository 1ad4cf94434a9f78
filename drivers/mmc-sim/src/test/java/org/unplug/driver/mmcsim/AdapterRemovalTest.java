package org.unplug.driver.mmcsim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Removal;
import org.unplug.mmc.CardType;
import org.unplug.mmc.internal.bus.HostController.HostRemoval;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.mmc.sim.SlotCounters;
import org.unplug.mmc.spi.MmcError;
import org.unplug.mmc.spi.MmcRequest;

class AdapterRemovalTest {

    private static final int MIB = 1 << 20;

    private static long millis(HostRemoval removal) {
        return removal.totalNanos() / 1_000_000;
    }

    @Test
    void remove_whileWriting_isOrderlyAndQuiet() throws IOException {
        try (Rig rig = new Rig()) {
            rig.simulator.insert("slot0", CardSpec.memory(4 * MIB).withLatencyMicros(500));
            SlotCounters counters = rig.simulator.counters("slot0");
            DiskHandle disk = rig.open(rig.awaitCard().disk());
            AtomicInteger done = new AtomicInteger();
            List<BlockStatus> ends = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                disk.submit(disk.newBio().write(i * 128L, Rig.pattern(4096, i)).onEnd(bio -> {
                    if (bio.status() == BlockStatus.OK && done.incrementAndGet() < 100_000) {
                        disk.submit(bio);
                    } else {
                        synchronized (ends) {
                            ends.add(bio.status());
                        }
                    }
                }));
            }
            rig.until("writes", () -> done.get() > 20);
            rig.simulator.close();
            HostRemoval removal = rig.removals.get(0);
            assertTrue(removal.quiet());
            assertEquals(Removal.ORDERLY, removal.card().kind());
            assertTrue(removal.card().synced());
            assertEquals(0, counters.callsInsideAtStop());
            assertEquals(0, counters.callsAfterStop());
            assertEquals(counters.requests(), counters.completed());
            rig.until("all ends", () -> {
                synchronized (ends) {
                    return ends.size() == 8;
                }
            });
            assertTrue(ends.stream().allMatch(BlockStatus.GONE::equals), ends::toString);
            assertTrue(millis(removal) < 4000, () -> millis(removal) + " ms");
            disk.close();
            rig.awaitNoDisk();
            assertEquals(List.of(), rig.faults);
        }
    }

    @Test
    void remove_whileRequestIsNeverAnswered_isBoundedAndEndsItGone() throws IOException {
        AtomicReference<Tap> tap = new AtomicReference<>();
        AtomicReference<MmcRequest> kept = new AtomicReference<>();
        try (Rig rig = new Rig(Rig.QUICK, host -> {
            tap.set(new Tap(host));
            return tap.get();
        })) {
            rig.simulator.insert("slot0", CardSpec.memory(4 * MIB));
            DiskHandle disk = rig.open(rig.awaitCard().disk());
            disk.read(0, ByteBuffer.allocate(512));
            tap.get().before(request -> {
                kept.compareAndSet(null, request);
                return kept.get() != request;
            });
            AtomicReference<BlockStatus> end = new AtomicReference<>();
            AtomicBoolean held = new AtomicBoolean();
            disk.submit(disk.newBio().write(0, Rig.pattern(4096, 1)).onEnd(bio -> {
                held.set(bio.bufferHeld());
                end.set(bio.status());
            }));
            rig.until("the request", () -> kept.get() != null);
            rig.simulator.close();
            HostRemoval removal = rig.removals.get(0);
            rig.until("its end", () -> end.get() != null);
            assertEquals(BlockStatus.GONE, end.get());
            assertTrue(held.get(), "the adapter still has the buffer");
            assertTrue(removal.quiet(), "nobody is inside a method, though a request is unanswered");
            assertEquals(1, removal.card().overTheHead());
            assertTrue(millis(removal) < 12_000, () -> millis(removal) + " ms");
            // The adapter lets go at last, long after: nothing breaks.
            kept.get().fail(MmcError.TIMEOUT);
            disk.close();
            rig.awaitNoDisk();
            assertEquals(List.of(), rig.faults);
        }
    }

    @Test
    void remove_whileACallHangs_namesThreadAndCallAndLetsNobodyElseIn() throws IOException {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch hanging = new CountDownLatch(1);
        AtomicReference<Tap> tap = new AtomicReference<>();
        try (Rig rig = new Rig(Rig.QUICK.withBus(5, 20, 300), host -> {
            tap.set(new Tap(host));
            tap.get().before(request -> {
                if (request.cmd().opcode() == 9) {
                    hanging.countDown();
                    Rig.await(release);
                }
                return true;
            });
            return tap.get();
        })) {
            rig.simulator.insert("slot0", CardSpec.memory(4 * MIB));
            Rig.await(hanging);
            int calls = tap.get().opcodes.size();
            rig.simulator.close();
            HostRemoval removal = rig.removals.get(0);
            assertFalse(removal.quiet());
            assertEquals(1, removal.insiders().size());
            assertTrue(removal.insiders().get(0).contains("in request"), removal.insiders()::toString);
            assertTrue(millis(removal) < 3_000, () -> millis(removal) + " ms");
            assertEquals(calls, tap.get().opcodes.size());
            release.countDown();
            assertEquals(List.of(), rig.disks);
        } finally {
            release.countDown();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SDSC", "SDHC", "EMMC"})
    void remove_atEveryCommandOfTheStartup_isQuickAndLeavesNoDisk(CardType type) throws IOException {
        int commands = type == CardType.SDSC ? 20 : type == CardType.SDHC ? 23 : 25;
        for (int k = 0; k < commands; k++) {
            int when = k;
            CountDownLatch reached = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            AtomicInteger seen = new AtomicInteger();
            try (Rig rig = new Rig(Rig.QUICK, host -> {
                Tap tap = new Tap(host);
                tap.before(request -> {
                    if (seen.getAndIncrement() == when) {
                        reached.countDown();
                        Rig.await(goOn);
                    }
                    return true;
                });
                return tap;
            })) {
                rig.simulator.insert("slot0", CardSpec.memory(MIB).withType(type));
                SlotCounters counters = rig.simulator.counters("slot0");
                Rig.await(reached);
                rig.clockwork.schedule(5, goOn::countDown);
                rig.simulator.close();
                HostRemoval removal = rig.removals.get(0);
                assertTrue(removal.quiet(), () -> "at " + when + ": " + removal);
                assertEquals(0, counters.callsInsideAtStop());
                assertEquals(0, counters.callsAfterStop());
                assertTrue(millis(removal) < 2_500, () -> "at " + when + ": " + millis(removal) + " ms");
                rig.awaitNoDisk();
            }
        }
    }

    @Test
    void cardThatHangsInOneSlot_delaysNoOther() throws IOException {
        CountDownLatch release = new CountDownLatch(1);
        try (Rig rig = new Rig(Rig.QUICK, host -> {
            Tap tap = new Tap(host);
            if (((SimSlot) host).name().equals("stuck")) {
                tap.before(request -> {
                    Rig.await(release);
                    return true;
                });
            }
            return tap;
        })) {
            rig.simulator.insert("stuck", CardSpec.memory(MIB));
            rig.simulator.insert("good", CardSpec.memory(MIB));
            assertEquals("good", rig.awaitCard().slot());
            rig.simulator.yank("good");
            rig.awaitNoDisk();
            rig.simulator.deleted("good");
            assertTrue(millis(rig.removals.get(0)) < 1_000);
            release.countDown();
        } finally {
            release.countDown();
        }
    }

    @Test
    void remove_whileACardIsBeingRemoved_waitsForThatAndBothSeeOneReport() throws IOException {
        try (Rig rig = new Rig()) {
            rig.simulator.insert("slot0", CardSpec.memory(MIB));
            DiskHandle disk = rig.open(rig.awaitCard().disk());
            rig.clockwork.execute("yank", () -> {
                try {
                    rig.simulator.yank("slot0");
                } catch (IOException e) {
                    rig.faults.add(e.toString());
                }
            });
            rig.simulator.close();
            rig.until("the adapter's removal", () -> !rig.removals.isEmpty());
            assertTrue(rig.removals.get(0).quiet());
            disk.close();
            rig.awaitNoDisk();
            assertEquals(1, rig.reports.size());
        }
    }
}
