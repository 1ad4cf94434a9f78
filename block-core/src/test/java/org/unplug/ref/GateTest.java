package org.unplug.ref;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.unplug.block.testing.VirtualClockwork;

class GateTest {

    @Test
    void killed_admitsNobody() {
        Gate gate = new Gate();
        assertTrue(gate.enter());
        gate.kill();
        assertFalse(gate.enter());
        assertEquals(1, gate.inside());
        gate.exit();
        assertEquals(0, gate.inside());
    }

    @Test
    void drain_waitsForTheLast_andNoLonger() {
        try (VirtualClockwork clockwork = new VirtualClockwork()) {
            Gate gate = new Gate();
            gate.enter();
            gate.enter();
            gate.kill();
            VirtualClockwork.Started<Boolean> drained =
                    clockwork.start("drain", () -> gate.awaitDrained(clockwork, 1_000_000_000, () -> 0));
            clockwork.settle();
            gate.exit();
            clockwork.settle();
            assertFalse(drained.isDone());
            gate.exit();
            clockwork.settle();
            assertTrue(drained.result());
            assertEquals(0, clockwork.milliTime());
        }
    }

    @Test
    void drain_givesUpAtItsDeadline_andDoesNotWaitForTheExcused() {
        try (VirtualClockwork clockwork = new VirtualClockwork()) {
            Gate gate = new Gate();
            gate.enter();
            gate.kill();
            assertFalse(gate.awaitDrained(clockwork, 7_000_000, () -> 0));
            assertEquals(7, clockwork.milliTime());
            assertTrue(gate.awaitDrained(clockwork, 100_000_000, () -> 1));
            assertEquals(7, clockwork.milliTime());
        }
    }

    /** Entries and exits on different threads; after the drain nobody may be inside who was admitted. */
    @Test
    void drained_isExact_whileThreadsEnterAndLeave() throws InterruptedException {
        try (SystemClockwork clockwork = Clockwork.system("gate")) {
            for (int round = 0; round < 300; round++) {
                Gate gate = new Gate();
                AtomicLong admitted = new AtomicLong();
                AtomicLong left = new AtomicLong();
                AtomicInteger handedOver = new AtomicInteger();
                Thread[] threads = new Thread[4];
                for (int t = 0; t < threads.length; t++) {
                    boolean giver = t % 2 == 0;
                    threads[t] = new Thread(() -> {
                        while (gate.enter()) {
                            admitted.incrementAndGet();
                            if (giver) {
                                handedOver.incrementAndGet();
                            } else {
                                left.incrementAndGet();
                                gate.exit();
                            }
                            takeOver(gate, handedOver, left);
                        }
                        takeOver(gate, handedOver, left);
                    });
                    threads[t].start();
                }
                while (admitted.get() < 50) {
                    Thread.onSpinWait();
                }
                gate.kill();
                assertTrue(gate.awaitDrained(clockwork, clockwork.nanoTime() + 10_000_000_000L, () -> 0));
                long admittedThen = admitted.get();
                assertEquals(admittedThen, left.get(), "drained with somebody inside");
                for (Thread thread : threads) {
                    thread.join();
                }
                assertEquals(admittedThen, admitted.get(), "admitted after the drain");
                assertEquals(0, gate.inside());
            }
        }
    }

    private static void takeOver(Gate gate, AtomicInteger handedOver, AtomicLong left) {
        int seen = handedOver.get();
        while (seen > 0) {
            if (handedOver.compareAndSet(seen, seen - 1)) {
                left.incrementAndGet();
                gate.exit();
            }
            seen = handedOver.get();
        }
    }
}
