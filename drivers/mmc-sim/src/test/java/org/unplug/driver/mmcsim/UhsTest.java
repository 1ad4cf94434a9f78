package org.unplug.driver.mmcsim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.mmc.CardType;
import org.unplug.mmc.MmcCard;
import org.unplug.mmc.TraceEntry;
import org.unplug.mmc.sim.CardFault;
import org.unplug.mmc.sim.CardFault.Kind;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.mmc.spi.HostCaps;
import org.unplug.mmc.spi.MmcError;
import org.unplug.mmc.spi.MmcIos;
import org.unplug.mmc.spi.MmcIos.Timing;
import org.unplug.mmc.spi.MmcRequest;
import org.unplug.mmc.spi.MmcResponse;
import org.unplug.mmc.spi.TuningBlock;

/** Lines at 1.8 V: the way there, the speeds, the sampling point, and the way back when one of them fails. */
class UhsTest {

    private static final int MIB = 1 << 20;

    private static CardSpec card(CardType type) {
        return CardSpec.memory(4 * MIB).withType(type).withSerial(1);
    }

    private static MmcCard start(Rig rig, CardType type) throws IOException {
        rig.simulator.insert("slot0", card(type));
        return rig.awaitCard();
    }

    private static void assertMoves(Rig rig, MmcCard card) throws IOException {
        try (DiskHandle disk = rig.open(card.disk())) {
            disk.write(100, Rig.pattern(128 << 10, 3));
            ByteBuffer back = ByteBuffer.allocate(128 << 10);
            disk.read(100, back);
            assertEquals(Rig.pattern(128 << 10, 3), back.rewind());
        }
        assertEquals(List.of(), rig.faults);
    }

    private static long count(Rig rig, String what) {
        return rig.bus.startup("mmc0").stream()
                .filter(entry -> entry.what().equals(what))
                .count();
    }

    @ParameterizedTest
    @EnumSource(names = {"SDR12", "SDR25", "SDR50", "SDR104", "DDR50"})
    void card_isDrivenAsFastAsItsAdapterCan(Timing fastest) throws IOException {
        HostCaps caps = HostCaps.UHS.withTimings(208_000_000, EnumSet.of(Timing.HIGH_SPEED, fastest));
        try (Rig rig = new Rig(Rig.QUICK, host -> new Tap(host).withCaps(caps))) {
            MmcCard card = start(rig, CardType.SDHC);
            int hz = switch (fastest) {
                case SDR12 -> 25_000_000;
                case SDR50 -> 100_000_000;
                case SDR104 -> 208_000_000;
                default -> 50_000_000;
            };
            assertEquals(new MmcIos(MmcIos.Power.ON, hz, 4, fastest, 1800), card.bus());
            assertMoves(rig, card);
        }
    }

    @Test
    void adapterThatHasMore_takesTheFastest_butNoHigherClockThanItsOwn() throws IOException {
        HostCaps caps = HostCaps.UHS.withTimings(150_000_000, EnumSet.allOf(Timing.class));
        try (Rig rig = new Rig(Rig.QUICK, host -> new Tap(host).withCaps(caps))) {
            MmcCard card = start(rig, CardType.SDHC);
            assertEquals(Timing.SDR104, card.bus().timing());
            assertEquals(150_000_000, card.bus().clockHz());
            assertMoves(rig, card);
        }
    }

    @Test
    void voltage_isLeftAlone_whereOneSideHasNoMore() throws IOException {
        for (HostCaps caps : List.of(HostCaps.DEFAULT, HostCaps.UHS.withLines(1), HostCaps.UHS)) {
            try (Rig rig = new Rig(Rig.QUICK, host -> new Tap(host).withCaps(caps))) {
                // Standard capacity never has it; high capacity has, where the adapter has too.
                MmcCard card = start(rig, caps.equals(HostCaps.UHS) ? CardType.SDSC : CardType.SDHC);
                assertEquals(0, count(rig, "CMD11"));
                assertEquals(3300, card.bus().signalMillivolts());
                assertMoves(rig, card);
            }
        }
    }

    /** CMD11 is lost, comes damaged, or is obeyed by a card that then does not let go of its lines. */
    @ParameterizedTest
    @EnumSource(names = {"NO_ANSWER", "COMMAND_CRC", "RESPONSE_CRC", "LINES_STUCK"})
    void changeOfVoltageThatFails_costsThePower_andTheCardRunsAt3300(Kind fault) throws IOException {
        try (Rig rig = new Rig()) {
            rig.simulator.inject("slot0", CardFault.next(fault).at(11).always());
            MmcCard card = start(rig, CardType.SDHC);
            assertEquals(new MmcIos(MmcIos.Power.ON, 50_000_000, 4, Timing.HIGH_SPEED, 3300), card.bus());
            assertEquals(1, count(rig, "CMD11"), "not tried again");
            List<TraceEntry> startup = rig.bus.startup("mmc0");
            int change = index(startup, "CMD11", "");
            int off = change + index(startup.subList(change, startup.size()), "bus", "off");
            assertTrue(off > change);
            assertTrue(startup.subList(off, startup.size()).stream()
                    .filter(entry -> entry.what().equals("ACMD41"))
                    .noneMatch(entry -> entry.argument().equals("49300000")));
            assertMoves(rig, card);
        }
    }

    private static int index(List<TraceEntry> entries, String what, String argument) {
        for (int i = 0; i < entries.size(); i++) {
            boolean meant = argument.isEmpty() || entries.get(i).argument().equals(argument);
            if (entries.get(i).what().equals(what) && meant) {
                return i;
            }
        }
        throw new AssertionError("no " + what + " " + argument + " in " + entries);
    }

    @Test
    void clockThatIsNotStopped_leavesTheLinesLow_andTheCardRunsAt3300() throws IOException {
        try (Rig rig = new Rig(Rig.QUICK, host -> new Tap(host) {
            @Override
            public void setIos(MmcIos ios) {
                boolean stopped = ios.power() == MmcIos.Power.ON && ios.clockHz() == 0;
                super.setIos(stopped ? ios.withClock(400_000) : ios);
            }
        })) {
            MmcCard card = start(rig, CardType.SDHC);
            assertEquals(3300, card.bus().signalMillivolts());
            assertEquals(1, count(rig, "CMD11"));
            assertMoves(rig, card);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void samplingPointThatIsNotFound_isTriedWithTheNextSlowerMode(int tunings) throws IOException {
        try (Rig rig = new Rig()) {
            rig.simulator.inject("slot0", CardFault.next(Kind.DATA_CRC).at(19).times(tunings * Identity.GOOD_POINTS));
            MmcCard card = start(rig, CardType.SDHC);
            assertEquals(tunings == 1 ? Timing.SDR50 : Timing.DDR50, card.bus().timing());
            assertEquals(1800, card.bus().signalMillivolts());
            assertEquals(2, count(rig, "CMD19"));
            assertMoves(rig, card);
        }
    }

    /** The simulated lines are as hard as real ones: who does not look for the sampling point reads noise. */
    @Test
    void adapterThatOnlySaysItHasTuned_readsNoise() throws IOException {
        try (Rig rig = new Rig(Rig.QUICK, host -> {
            Tap tap = new Tap(host);
            tap.before(request -> {
                if (request.isTuning()) {
                    pretend(request);
                }
                return !request.isTuning();
            });
            return tap;
        })) {
            MmcCard card = start(rig, CardType.SDHC);
            assertEquals(Timing.SDR104, card.bus().timing());
            try (DiskHandle disk = rig.open(card.disk())) {
                assertEquals(BlockStatus.IOERR, Rig.end(disk, disk.newBio().read(0, ByteBuffer.allocate(512))));
            }
        }
    }

    private static void pretend(MmcRequest request) {
        request.cmd().respond(MmcResponse.word(0x900));
        request.data().segment(0).put(0, TuningBlock.of(4));
        request.data().transferred(request.data().bytes(), MmcError.NONE);
        request.complete();
    }

    @ParameterizedTest
    @EnumSource(names = {"SDHC", "EMMC"})
    void cardThatIsPoweredUpAgain_isAsFastAsBefore(CardType type) throws IOException {
        try (Rig rig = new Rig()) {
            MmcCard card = start(rig, type);
            MmcIos before = card.bus();
            rig.simulator.inject("slot0", CardFault.next(Kind.STUCK_PRG));
            assertMoves(rig, card);
            assertTrue(rig.log.stream().anyMatch(line -> line.contains("was restarted")), rig.log::toString);
            assertEquals(before, card.bus());
        }
    }

    @Test
    void eMmc_isDrivenAt200MHz_andAtHighSpeedWhereNoSamplingPointIsFound() throws IOException {
        for (boolean fails : new boolean[] {false, true}) {
            try (Rig rig = new Rig()) {
                if (fails) {
                    rig.simulator.inject(
                            "slot0", CardFault.next(Kind.DATA_CRC).at(21).always());
                }
                MmcCard card = start(rig, CardType.EMMC);
                MmcIos fast = new MmcIos(MmcIos.Power.ON, 200_000_000, 8, Timing.HS200, 1800);
                MmcIos slow = new MmcIos(MmcIos.Power.ON, 52_000_000, 8, Timing.HIGH_SPEED, 3300);
                assertEquals(fails ? slow : fast, card.bus());
                assertEquals(1, count(rig, "CMD21"));
                assertMoves(rig, card);
            }
        }
    }

    @Test
    void eMmcWithoutASamplingPoint_atAnAdapterWithoutHighSpeed_runsAsAfterPowerUp() throws IOException {
        HostCaps caps = HostCaps.UHS.withTimings(208_000_000, EnumSet.of(Timing.HS200));
        try (Rig rig = new Rig(Rig.QUICK, host -> new Tap(host).withCaps(caps))) {
            rig.simulator.inject("slot0", CardFault.next(Kind.DATA_CRC).at(21).always());
            MmcCard card = start(rig, CardType.EMMC);
            assertEquals(new MmcIos(MmcIos.Power.ON, 20_000_000, 8, Timing.LEGACY, 3300), card.bus());
            assertMoves(rig, card);
        }
    }

    @Test
    void faultsOfTheWayTo1800_leaveTheNextCardUntouched() throws IOException {
        Set<Timing> seen = EnumSet.noneOf(Timing.class);
        try (Rig rig = new Rig()) {
            rig.simulator.inject("slot0", CardFault.next(Kind.LINES_STUCK).at(11));
            for (int i = 0; i < 2; i++) {
                MmcCard card = start(rig, CardType.SDHC);
                seen.add(card.bus().timing());
                rig.simulator.yank("slot0");
                rig.awaitNoDisk();
            }
            assertEquals(EnumSet.of(Timing.HIGH_SPEED, Timing.SDR104), seen);
            assertFalse(rig.log.stream().anyMatch(line -> line.contains("WARN")), rig.log::toString);
        }
    }
}
