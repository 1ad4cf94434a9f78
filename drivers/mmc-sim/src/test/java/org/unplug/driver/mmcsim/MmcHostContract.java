package org.unplug.driver.mmcsim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.testing.FlatBlockLayer;
import org.unplug.mmc.CardType;
import org.unplug.mmc.MmcCard;
import org.unplug.mmc.internal.bus.HostController;
import org.unplug.mmc.internal.bus.MmcBus;
import org.unplug.mmc.internal.port.CoreLog;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.mmc.spi.HostCaps;
import org.unplug.mmc.spi.HostEvents;
import org.unplug.mmc.spi.MmcError;
import org.unplug.mmc.spi.MmcHost;
import org.unplug.mmc.spi.MmcIos;
import org.unplug.mmc.spi.MmcIos.Timing;
import org.unplug.mmc.spi.MmcRequest;
import org.unplug.mmc.spi.ResponseType;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** What the core and a host adapter may expect of each other, whoever wrote the adapter. */
@Timeout(60)
abstract class MmcHostContract {

    private static final int MIB = 1 << 20;

    /** An adapter with a hand at its slot. */
    interface Bench {
        MmcHost host();

        void insert(SimCard card);

        SimCard yank() throws IOException;

        /** The driver lets go, after its service was unregistered. */
        void close() throws IOException;
    }

    private final SystemClockwork clockwork = Clockwork.system("contract");
    private final FlatBlockLayer layer = new FlatBlockLayer(clockwork);
    private final List<MmcCard> cards = new CopyOnWriteArrayList<>();
    private final List<String> log = new CopyOnWriteArrayList<>();
    private final MmcBus bus = new MmcBus(
            Rig.QUICK,
            clockwork,
            layer,
            card -> {
                cards.add(card);
                return () -> cards.remove(card);
            },
            new CoreLog() {
                @Override
                public void info(String line) {
                    log.add(line);
                }

                @Override
                public void warn(String line) {
                    log.add(line);
                }
            });
    private Bench bench;

    abstract Bench make(Clockwork clock);

    @BeforeEach
    void makeBench() {
        bench = make(clockwork);
    }

    @AfterEach
    void close() throws IOException {
        bench.close();
        layer.close();
        clockwork.close();
        assertEquals(List.of(), layer.faults);
    }

    private SimCard card(CardType type, long serial) throws IOException {
        return SimCard.open(CardSpec.memory(4 * MIB).withType(type).withSerial(serial), clockwork);
    }

    private void until(String what, BooleanSupplier condition) {
        long deadline = clockwork.nanoTime() + 20_000_000_000L;
        Object moment = new Object();
        while (!condition.getAsBoolean()) {
            assertTrue(deadline - clockwork.nanoTime() > 0, () -> "waited in vain for " + what + "; " + log);
            synchronized (moment) {
                clockwork.await(moment, 200_000);
            }
        }
    }

    private MmcCard awaitCard() {
        until("a card", () -> !cards.isEmpty());
        assertTrue(layer.settle(10_000));
        return cards.get(0);
    }

    private static MmcRequest status() {
        MmcRequest request = new MmcRequest();
        request.withCommand(200).set(13, 0, ResponseType.R1);
        return request;
    }

    private MmcRequest perform(MmcHost host, MmcRequest request) throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        request.begin(done -> ended.countDown());
        host.request(request);
        assertTrue(ended.await(10, TimeUnit.SECONDS), "it is completed");
        return request;
    }

    @Test
    void caps_areConstantAndMakeSense() {
        assertNotNull(bench.host().caps());
        assertEquals(bench.host().caps(), bench.host().caps());
        assertTrue(bench.host().caps().ocr() != 0);
    }

    @Test
    void emptySlot_isSaid_andEndsRequestsNoMedium() throws InterruptedException {
        MmcHost host = bench.host();
        host.start(() -> {});
        assertFalse(host.isCardPresent());
        assertEquals(MmcError.NO_MEDIUM, perform(host, status()).error());
        host.stop();
    }

    @Test
    void switchThatMoves_isTold_orTheAdapterIsPolled() throws IOException {
        MmcHost host = bench.host();
        AtomicInteger told = new AtomicInteger();
        HostEvents events = told::incrementAndGet;
        host.start(events);
        bench.insert(card(CardType.SDHC, 1));
        assertTrue(host.isCardPresent());
        if (!host.caps().polling()) {
            until("word of it", () -> told.get() > 0);
        }
        bench.yank();
        assertFalse(host.isCardPresent());
        host.stop();
    }

    @Test
    void cardWithoutPower_doesNotAnswer() throws Exception {
        MmcHost host = bench.host();
        host.start(() -> {});
        bench.insert(card(CardType.SDHC, 1));
        host.setIos(MmcIos.OFF);
        assertEquals(MmcError.TIMEOUT, perform(host, status()).error());
        host.stop();
    }

    @Test
    void dataIsNotMoved_whenTheCommandAheadFails() throws Exception {
        MmcHost host = bench.host();
        host.start(() -> {});
        bench.insert(card(CardType.SDHC, 1));
        host.setIos(MmcIos.identification(MmcIos.Power.ON, 400_000));
        MmcRequest request = new MmcRequest();
        request.withCommand(200).set(18, 0, ResponseType.R1);
        request.withSbc().set(23, 1, ResponseType.R1);
        ByteBuffer untouched = ByteBuffer.allocate(512).put(0, (byte) 7);
        request.withData().set(false, 512, 1, new ByteBuffer[] {untouched}, 1);
        perform(host, request);
        assertEquals(MmcError.TIMEOUT, request.sbc().error(), "CMD23 is illegal in idle");
        assertNull(request.cmd().response());
        assertEquals(7, untouched.get(0));
        host.stop();
    }

    @ParameterizedTest
    @EnumSource(names = {"SDSC", "SDHC", "MMC", "EMMC"})
    void cardIsStarted_andItsBlocksAreMoved(CardType type) throws IOException {
        HostController controller = bus.attach(bench.host(), "bench");
        bench.insert(card(type, 1));
        MmcCard card = awaitCard();
        assertEquals(type, card.type());
        DiskHandle disk = layer.open(card.disk());
        for (int count : new int[] {1, 2, 128}) {
            disk.write(500, Rig.pattern(count * 512, count));
            ByteBuffer back = ByteBuffer.allocate(count * 512);
            disk.read(500, back);
            assertEquals(Rig.pattern(count * 512, count), back.rewind());
        }
        disk.close();
        assertTrue(bus.remove(controller).quiet());
    }

    /** Voltage, timing and clock are the fastest that the adapter has, and it has done its part in them. */
    @Test
    void highCapacityCard_isDrivenAsFastAsTheAdapterSaysItCan() throws IOException {
        HostController controller = bus.attach(bench.host(), "bench");
        bench.insert(card(CardType.SDHC, 1));
        MmcIos lines = awaitCard().bus();
        HostCaps caps = bench.host().caps();
        assertEquals(caps.uhs() ? 1800 : 3300, lines.signalMillivolts());
        assertTrue(caps.has(lines.timing()), lines::toString);
        Timing fastest = Stream.of(Timing.SDR104, Timing.SDR50, Timing.HIGH_SPEED)
                .filter(caps::has)
                .findFirst()
                .orElse(Timing.LEGACY);
        assertEquals(fastest, lines.timing());
        assertTrue(lines.clockHz() <= caps.maxHz(), lines::toString);
        assertTrue(bus.remove(controller).quiet());
    }

    @Test
    void cardTakenOutUnderLoad_endsEachBioOnce_andTheNextCardStarts() throws IOException {
        HostController controller = bus.attach(bench.host(), "bench");
        for (int round = 0; round < 10; round++) {
            bench.insert(card(CardType.SDHC, round + 1));
            MmcCard card = awaitCard();
            assertEquals(round + 1, card.registers().cid().serial());
            DiskHandle disk = layer.open(card.disk());
            AtomicInteger written = new AtomicInteger();
            List<BlockStatus> ends = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Bio bio = disk.newBio().write(i * 64L, Rig.pattern(4096, i)).onEnd(done -> {
                    if (done.status().ok()) {
                        written.incrementAndGet();
                        disk.submit(done);
                    } else {
                        synchronized (ends) {
                            ends.add(done.status());
                        }
                    }
                });
                // On a thread of its own: an adapter that completes inside the call keeps its submitter for as long as
                // it goes.
                clockwork.execute("load", () -> disk.submit(bio));
            }
            until("writes", () -> written.get() > 10);
            bench.yank();
            until("their end", () -> {
                synchronized (ends) {
                    return ends.size() == 4;
                }
            });
            assertEquals(List.of(BlockStatus.GONE, BlockStatus.GONE, BlockStatus.GONE, BlockStatus.GONE), ends);
            disk.close();
            until("the disk's release", () -> cards.isEmpty() && layer.list().isEmpty());
        }
        assertTrue(bus.remove(controller).quiet());
    }

    @Test
    void detached_isStoppedAndCalledNoMore() throws IOException {
        HostController controller = bus.attach(bench.host(), "bench");
        bench.insert(card(CardType.SDHC, 1));
        MmcCard card = awaitCard();
        assertSame(card, cards.get(0));
        HostController.HostRemoval removal = bus.remove(controller);
        assertTrue(removal.quiet(), removal::toString);
        assertTrue(removal.card().synced());
        assertEquals(List.of(), layer.list());
    }
}
