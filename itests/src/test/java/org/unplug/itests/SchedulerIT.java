package org.unplug.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.Test;
import org.osgi.framework.Bundle;
import org.unplug.block.DiskInfo;
import org.unplug.block.spi.IoScheduler;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.mmc.sim.MmcSlots;

/** A scheduler that a stranger's bundle registers, on a disk that is mounted and being written. */
public class SchedulerIT extends StackedBench {

    /** The last that came goes first: no order that anybody else has. */
    private static final class LastFirst implements IoScheduler {
        private final AtomicLong given = new AtomicLong();

        @Override
        public String name() {
            return "last-first";
        }

        @Override
        public Order newOrder(DiskInfo disk) {
            Deque<Waiting> stack = new ArrayDeque<>();
            return new Order() {
                @Override
                public void insert(Waiting bio) {
                    stack.push(bio);
                }

                @Override
                public Waiting next(long nowNanos) {
                    given.incrementAndGet();
                    return stack.pop();
                }
            };
        }
    }

    private String scheduler(String disk) {
        return rig.status(disk).orElseThrow().scheduler();
    }

    @Test
    public void aStrangersScheduler_ordersUntilItsBundleStops_thenNone_andNoRequestIsLost() throws Exception {
        Path image = image();
        // Slow, so that requests wait and there is something to order.
        slots().insert(
                        MmcSlots.DEFAULT_SLOT,
                        CardSpec.image(image).withSerial(7).withLatencyMicros(500));
        String disk = rig.disk("(&(disk.bus=mmc)(!(disk.parent=*)))").info().name();
        formatAndMount(disk);
        Scribes scribes = scribes("run");
        scribes.awaitProgress(30);
        Bundle stranger = rig.start(Strangers.empty("scheduler"));
        try {
            for (int round = 0; round < 3; round++) {
                LastFirst order = new LastFirst();
                stranger.getBundleContext().registerService(IoScheduler.class, order, null);
                Await.until("it can be chosen", () -> control().schedulers().contains("last-first"));
                control().schedule(disk, "last-first");
                assertEquals("last-first", scheduler(disk));
                scribes.awaitProgress(30);
                Await.until("it has ordered something", () -> order.given.get() > 0);
                stranger.stop();
                assertEquals("none", scheduler(disk));
                long given = order.given.get();
                scribes.awaitProgress(30);
                assertEquals("it is not asked any more", given, order.given.get());
                assertThrows(IllegalArgumentException.class, () -> control().schedule(disk, "last-first"));
                stranger.start();
            }
        } finally {
            Rig.uninstall(stranger);
        }
        for (String name : new String[] {"deadline", "fair", "none", "fair", "deadline"}) {
            control().schedule(disk, name);
            assertEquals(name, scheduler(disk));
            scribes.awaitProgress(20);
        }
        scribes.finish();
        unmountClean();
        Tools.assertClean(image, "after the schedulers");
        mount(disk);
        scribes.assertAllThere(fileSystem());
        unmountClean();
        assertTrue(control().statistics(disk).writes() > 0);
    }
}
