package org.unplug.mmc.internal.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.block.DiskStatus;
import org.unplug.block.Disks;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.mmc.internal.port.CoreLog;
import org.unplug.mmc.spi.HostCaps;
import org.unplug.mmc.spi.HostEvents;
import org.unplug.mmc.spi.MmcHost;
import org.unplug.mmc.spi.MmcIos;
import org.unplug.mmc.spi.MmcRequest;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** Adapters that misbehave, with no card behind them: the core's removal stays bounded. */
@Timeout(30)
class UnansweringHostTest {

    private final SystemClockwork clockwork = Clockwork.system("test");
    private final List<String> warnings = new CopyOnWriteArrayList<>();
    private final MmcBus bus =
            new MmcBus(Settings.DEFAULT.withBus(5, 20, 800), clockwork, new NoDisks(), card -> () -> {}, new CoreLog() {
                @Override
                public void info(String line) {}

                @Override
                public void warn(String line) {
                    warnings.add(line);
                }
            });

    @AfterEach
    void close() {
        clockwork.close();
    }

    /** Takes every request and completes none. */
    private static class Mute implements MmcHost {
        final CountDownLatch asked = new CountDownLatch(1);
        final CountDownLatch stopped = new CountDownLatch(1);

        @Override
        public void start(HostEvents events) {}

        @Override
        public void stop() {
            stopped.countDown();
        }

        @Override
        public HostCaps caps() {
            return HostCaps.DEFAULT;
        }

        @Override
        public void request(MmcRequest request) {
            asked.countDown();
        }

        @Override
        public void cancel(MmcRequest request) {}

        @Override
        public void setIos(MmcIos ios) {}

        @Override
        public boolean isCardPresent() {
            return true;
        }

        @Override
        public boolean isReadOnly() {
            return false;
        }
    }

    private static final class NoDisks implements Disks {
        @Override
        public DiskRegistration add(DiskSpec spec, DiskDriver driver) {
            throw new IllegalStateException("no card answers here");
        }

        @Override
        public List<DiskStatus> list() {
            return List.of();
        }

        @Override
        public void rescan(String disk) {}

        @Override
        public boolean settle(long timeoutMs) {
            return true;
        }
    }

    @Test
    void remove_whileTheStartupWaitsForAnAnswer_isQuietAndSaysGoodbye() throws InterruptedException {
        Mute host = new Mute();
        HostController controller = bus.attach(host, "a");
        assertTrue(host.asked.await(10, TimeUnit.SECONDS));
        HostController.HostRemoval removal = bus.remove(controller);
        assertTrue(removal.quiet());
        assertEquals(0, host.stopped.getCount(), "stop was the last call");
        assertTrue(removal.totalNanos() < 10_000_000_000L, () -> removal.totalNanos() + " ns");
    }

    @Test
    void remove_ofAnAdapterThatHangsInStart_saysWhereItHangs() throws InterruptedException {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        HostController controller = bus.attach(
                new Mute() {
                    @Override
                    public void start(HostEvents events) {
                        entered.countDown();
                        try {
                            assertTrue(release.await(20, TimeUnit.SECONDS));
                        } catch (InterruptedException e) {
                            throw new AssertionError(e);
                        }
                    }
                },
                "a");
        assertTrue(entered.await(10, TimeUnit.SECONDS));
        HostController.HostRemoval removal = bus.remove(controller);
        release.countDown();
        assertFalse(removal.quiet());
        assertTrue(removal.insiders().get(0).contains("in start for"), removal.insiders()::toString);
        assertEquals(1, warnings.size(), warnings::toString);
        assertTrue(warnings.get(0).contains("do not return"), warnings::toString);
        assertTrue(removal.totalNanos() < 10_000_000_000L);
    }

    @Test
    void remove_twiceAtOnce_isOneRemoval() throws InterruptedException {
        Mute host = new Mute();
        HostController controller = bus.attach(host, "a");
        assertTrue(host.asked.await(10, TimeUnit.SECONDS));
        List<HostController.HostRemoval> seen = new CopyOnWriteArrayList<>();
        CountDownLatch both = new CountDownLatch(2);
        for (int i = 0; i < 2; i++) {
            clockwork.execute("remover", () -> {
                seen.add(bus.remove(controller));
                both.countDown();
            });
        }
        assertTrue(both.await(10, TimeUnit.SECONDS));
        assertSame(seen.get(0), seen.get(1));
    }

    @Test
    void adapterThatThrows_isAnAdapterWithoutACard() {
        HostController controller = bus.attach(
                new Mute() {
                    @Override
                    public boolean isCardPresent() {
                        throw new IllegalStateException("broken switch");
                    }
                },
                "a");
        HostController.HostRemoval removal = bus.remove(controller);
        assertTrue(removal.quiet());
    }

    @Test
    void adapters_areNamedByTheLowestFreeNumber() {
        HostController first = bus.attach(new Mute(), "a");
        HostController second = bus.attach(new Mute(), "b");
        assertEquals("mmc1", second.name());
        bus.remove(first);
        assertEquals("mmc0", bus.attach(new Mute(), "c").name());
        bus.remove(second);
    }

    @Test
    void hostStates_refuseArrowsThatAreNotThere() {
        IllegalStateException refused =
                assertThrows(IllegalStateException.class, () -> HostState.STOPPED.moveTo(HostState.EMPTY, "mmc0"));
        assertEquals("mmc0 cannot go from STOPPED to EMPTY", refused.getMessage());
        for (HostState state : HostState.values()) {
            if (!state.isStopping()) {
                assertSame(
                        HostState.STOPPING, state.moveTo(HostState.STOPPING, "mmc0"), "an adapter may go at any time");
            }
        }
    }
}
