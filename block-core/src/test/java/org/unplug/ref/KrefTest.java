package org.unplug.ref;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class KrefTest {

    private final AtomicInteger released = new AtomicInteger();
    private final Kref kref = new Kref("thing", released::incrementAndGet);

    @Test
    void lastPut_releasesOnce() {
        kref.get();
        assertFalse(kref.put());
        assertEquals(0, released.get());
        assertTrue(kref.put());
        assertEquals(1, released.get());
    }

    @Test
    void lookUpAfterRelease_fails() {
        kref.put();
        assertFalse(kref.tryGet());
        assertEquals(
                "get of thing after its release",
                assertThrows(IllegalStateException.class, kref::get).getMessage());
    }

    @Test
    void putWithoutGet_isDiagnosed_andReleasesNothing() {
        kref.put();
        assertEquals(
                "put of thing without get",
                assertThrows(IllegalStateException.class, kref::put).getMessage());
        assertEquals(1, released.get());
    }

    @Test
    void absurdCount_isPinnedForEver() {
        Kref absurd = new Kref("thing", null, released::incrementAndGet, Integer.MAX_VALUE / 2 - 1);
        absurd.get();
        absurd.get();
        int pinned = absurd.count();
        for (int i = 0; i < 5; i++) {
            assertFalse(absurd.put());
        }
        assertEquals(pinned, absurd.count());
        assertTrue(absurd.tryGet());
    }

    @Test
    void lookUpsAgainstTheLastPut_releaseOnce_andNoneSucceedsAfterIt() throws InterruptedException {
        for (int round = 0; round < 200; round++) {
            AtomicInteger count = new AtomicInteger();
            Kref shared = new Kref("shared", count::incrementAndGet);
            CountDownLatch begin = new CountDownLatch(1);
            Thread[] threads = new Thread[3];
            AtomicInteger afterRelease = new AtomicInteger();
            for (int t = 0; t < threads.length; t++) {
                threads[t] = new Thread(() -> {
                    awaitQuietly(begin);
                    for (int i = 0; i < 100 && shared.tryGet(); i++) {
                        if (count.get() != 0) {
                            afterRelease.incrementAndGet();
                        }
                        shared.put();
                    }
                });
                threads[t].start();
            }
            begin.countDown();
            shared.put();
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(1, count.get());
            assertEquals(0, afterRelease.get());
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
