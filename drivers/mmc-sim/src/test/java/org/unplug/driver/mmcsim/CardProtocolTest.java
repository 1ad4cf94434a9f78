package org.unplug.driver.mmcsim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.unplug.mmc.CardState;
import org.unplug.mmc.CardStatus;
import org.unplug.mmc.CardType;
import org.unplug.mmc.ExtCsd;
import org.unplug.mmc.Ocr;
import org.unplug.mmc.RegisterBits;
import org.unplug.mmc.SwitchStatus;
import org.unplug.mmc.sim.CardFault;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.mmc.spi.MmcCommand;
import org.unplug.mmc.spi.MmcData;
import org.unplug.mmc.spi.MmcError;
import org.unplug.mmc.spi.MmcIos;
import org.unplug.mmc.spi.MmcResponse;
import org.unplug.mmc.spi.ResponseType;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** A card by itself, command by command: what the specification asks of its state machine. */
class CardProtocolTest {

    private static final int MIB = 1 << 20;

    private final SystemClockwork clockwork = Clockwork.system("card");
    private final FaultPlan faults = new FaultPlan();
    private SimCard card;
    private int address;

    @AfterEach
    void close() throws IOException {
        if (card != null) {
            card.pull();
        }
        clockwork.close();
    }

    private void insert(CardType type) throws IOException {
        card = SimCard.open(CardSpec.memory(4 * MIB).withType(type), clockwork);
        powerUp();
    }

    private void powerUp() {
        card.power(false);
        card.power(true);
        send(0, 0);
        if (card.type().isSd()) {
            send(8, 0x1aa);
            for (int i = 0; i < 2; i++) {
                send(55, 0);
                send(41, Ocr.VOLTAGES | Ocr.HIGH_CAPACITY | Ocr.OVER_2_TIB);
            }
            send(2, 0);
            address = send(3, 0).word() & 0xffff0000;
        } else {
            send(1, Ocr.VOLTAGES | Ocr.HIGH_CAPACITY);
            send(1, Ocr.VOLTAGES | Ocr.HIGH_CAPACITY);
            send(2, 0);
            address = 1 << 16;
            send(3, address);
        }
        send(7, address);
        assertEquals(CardState.TRAN, card.state());
    }

    private MmcResponse send(int opcode, int argument) {
        return card.command(new MmcCommand().set(opcode, argument, ResponseType.R1), Crc.frame(true, opcode, argument));
    }

    private CardStatus status() {
        return new CardStatus(send(13, address).word());
    }

    private MmcData move(boolean write, byte[] bytes, int blockBytes) {
        MmcData data = new MmcData()
                .set(write, blockBytes, bytes.length / blockBytes, new ByteBuffer[] {ByteBuffer.wrap(bytes)}, 1);
        assertTrue(card.hasData(write));
        card.transfer(data, faults, () -> true);
        return data;
    }

    private byte[] read(int sector) {
        byte[] block = new byte[512];
        assertTrue(send(17, at(sector)).ok());
        assertEquals(MmcError.NONE, move(false, block, 512).error());
        return block;
    }

    private MmcResponse write(int sector, int value) {
        MmcResponse answer = send(24, at(sector));
        if (card.hasData(true)) {
            byte[] block = new byte[512];
            Arrays.fill(block, (byte) value);
            move(true, block, 512);
        }
        return answer;
    }

    private int at(int sector) {
        return card.type().isBlockAddressed() ? sector : sector * 512;
    }

    @Test
    void illegalCommand_isNotAnswered_andReportedOnceWithTheNext() throws IOException {
        insert(CardType.SDHC);
        assertEquals(MmcError.TIMEOUT, send(2, 0).error());
        assertTrue(status().has(CardStatus.ILLEGAL_COMMAND));
        assertFalse(status().has(CardStatus.ILLEGAL_COMMAND));
    }

    @Test
    void damagedCommand_isNotObeyed_andReportedOnceWithTheNext() throws IOException {
        insert(CardType.SDHC);
        MmcCommand stop = new MmcCommand().set(7, 0, ResponseType.R1);
        assertEquals(
                MmcError.TIMEOUT,
                card.command(stop, Crc.frame(true, 7, 0) ^ 0x100).error());
        assertEquals(CardState.TRAN, card.state());
        assertTrue(status().has(CardStatus.COM_CRC_ERROR));
        assertFalse(status().has(CardStatus.COM_CRC_ERROR));
    }

    @Test
    void openEndedRead_standsInDataUntilCmd12_andAWriteInRcv() throws IOException {
        insert(CardType.SDHC);
        send(18, 0);
        move(false, new byte[1024], 512);
        assertEquals(CardState.DATA, card.state());
        send(12, 0);
        assertEquals(CardState.TRAN, card.state());
        send(25, 0);
        move(true, new byte[1024], 512);
        assertEquals(CardState.RCV, card.state());
        send(12, 0);
        assertEquals(CardState.TRAN, card.state());
    }

    @Test
    void addressBeyondTheEnd_isRefused_andAMisalignedOneToo() throws IOException {
        insert(CardType.SDSC);
        assertTrue(new CardStatus(send(17, 4 * MIB).word()).has(CardStatus.OUT_OF_RANGE));
        assertTrue(new CardStatus(send(17, 100).word()).has(CardStatus.ADDRESS_ERROR));
        assertEquals(CardState.TRAN, card.state());
    }

    @Test
    void wellWrittenBlocks_areCounted_upToTheDamagedOne() throws IOException {
        insert(CardType.SDHC);
        faults.add(CardFault.next(CardFault.Kind.DATA_CRC).after(3));
        send(25, 0);
        MmcData data = move(true, new byte[8 * 512], 512);
        assertEquals(MmcError.CRC, data.error());
        send(12, 0);
        send(55, address);
        send(22, 0);
        byte[] count = new byte[4];
        move(false, count, 4);
        assertArrayEquals(new byte[] {0, 0, 0, 3}, count);
    }

    @Test
    void eraseOutOfOrder_isAnError_andInOrderReadsAsZeroes() throws IOException {
        for (CardType type : List.of(CardType.SDSC, CardType.SDHC)) {
            insert(type);
            for (int sector = 0; sector < 6; sector++) {
                write(sector, 0x55);
            }
            assertTrue(new CardStatus(send(38, 0).word()).has(CardStatus.ERASE_SEQ_ERROR));
            send(32, at(2));
            send(33, at(4));
            assertFalse(new CardStatus(send(38, 0).word()).failed());
            assertEquals(0x55, read(1)[0]);
            assertEquals(0, read(2)[0]);
            assertEquals(0, read(4)[511]);
            assertEquals(0x55, read(5)[0]);
            card.pull();
        }
    }

    @Test
    void protectedGroup_refusesWrites_andAnEraseLeavesItOut() throws IOException {
        insert(CardType.SDSC);
        write(0, 0x11);
        write(200, 0x22);
        send(28, at(0));
        assertTrue(new CardStatus(write(5, 1).word()).has(CardStatus.WP_VIOLATION));
        assertFalse(new CardStatus(write(200, 0x33).word()).failed());
        send(30, at(0));
        byte[] bits = new byte[4];
        move(false, bits, 4);
        assertArrayEquals(new byte[] {0, 0, 0, 1}, bits);
        send(32, at(0));
        send(33, at(300));
        send(38, 0);
        assertTrue(status().has(CardStatus.WP_ERASE_SKIP));
        assertEquals(0x11, read(0)[0]);
        assertEquals(0, read(200)[0]);
        send(29, at(0));
        assertFalse(new CardStatus(write(5, 1).word()).failed());
    }

    @Test
    void lockedCard_takesNoTransfers_untilThePasswordComesOrAnEraseIsForced() throws IOException {
        insert(CardType.SDHC);
        write(3, 0x44);
        lock(5, "key");
        assertTrue(status().has(CardStatus.CARD_IS_LOCKED));
        assertEquals(MmcError.TIMEOUT, send(17, 0).error());
        powerUp();
        assertTrue(status().has(CardStatus.CARD_IS_LOCKED), "power does not open it");
        assertTrue(lock(0, "yek").has(CardStatus.LOCK_UNLOCK_FAILED));
        assertFalse(lock(0, "key").failed());
        assertFalse(status().has(CardStatus.CARD_IS_LOCKED));
        assertEquals(0x44, read(3)[0]);
        powerUp();
        send(16, 1);
        send(42, 0);
        move(true, new byte[] {8}, 1);
        assertFalse(status().has(CardStatus.CARD_IS_LOCKED));
        send(16, 512);
        assertEquals(0, read(3)[0], "what was on it is gone");
    }

    private CardStatus lock(int wishes, String password) {
        byte[] block = new byte[2 + password.length()];
        block[0] = (byte) wishes;
        block[1] = (byte) password.length();
        for (int i = 0; i < password.length(); i++) {
            block[2 + i] = (byte) password.charAt(i);
        }
        send(16, block.length);
        send(42, 0);
        move(true, block, block.length);
        CardStatus after = status();
        send(16, 512);
        return after;
    }

    @Test
    void writeProtection_ofTheWholeCard_isProgrammedWithTheCsd() throws IOException {
        insert(CardType.SDHC);
        // CMD9 is for a card that is not selected.
        send(7, 0);
        MmcResponse csd = send(9, address);
        send(7, address);
        RegisterBits wanted = new RegisterBits(csd.high(), csd.low());
        send(27, 0);
        move(true, bytes(wanted.with(12, 1, 1).sealed()), 16);
        assertFalse(status().failed());
        assertTrue(new CardStatus(write(0, 1).word()).has(CardStatus.WP_VIOLATION));
        send(27, 0);
        move(true, bytes(wanted.with(48, 16, 1).sealed()), 16);
        assertTrue(status().has(CardStatus.CSD_OVERWRITE));
    }

    private static byte[] bytes(RegisterBits register) {
        return ByteBuffer.allocate(16)
                .putLong(register.high())
                .putLong(register.low())
                .array();
    }

    @Test
    void cardThatIsStuck_standsInPrgUntilItLosesPower() throws IOException {
        insert(CardType.SDHC);
        faults.add(CardFault.next(CardFault.Kind.STUCK_PRG));
        write(0, 1);
        assertEquals(CardState.PRG, status().state());
        assertTrue(card.isBusy());
        assertEquals(MmcError.TIMEOUT, send(17, 0).error());
        powerUp();
        assertFalse(card.isBusy());
    }

    private static final MmcIos SLOW = MmcIos.identification(MmcIos.Power.ON, 400_000);

    /** To READY; the answer to the last ACMD41. */
    private Ocr identify(int more) {
        card.power(true);
        card.driven(SLOW);
        send(0, 0);
        send(8, 0x1aa);
        MmcResponse last = MmcResponse.SENT;
        for (int i = 0; i < 2; i++) {
            send(55, 0);
            last = send(41, Ocr.VOLTAGES | Ocr.HIGH_CAPACITY | more);
        }
        return new Ocr(last.word());
    }

    private void changeVoltage(long clockOffNanos) {
        card.driven(SLOW.withClock(0));
        long end = clockwork.nanoTime() + clockOffNanos;
        Object moment = new Object();
        synchronized (moment) {
            for (long left = clockOffNanos; left > 0; left = end - clockwork.nanoTime()) {
                clockwork.await(moment, left);
            }
        }
        card.driven(SLOW.withSignal(1800));
    }

    @Test
    void lowVoltage_isOfferedToWhoAsks_byACardThatHasIt_once() throws IOException {
        card = SimCard.open(CardSpec.memory(4 * MIB).withType(CardType.SDSC), clockwork);
        assertFalse(identify(Ocr.LOW_VOLTAGE_SIGNAL).offersLowVoltage());
        card.pull();
        card = SimCard.open(CardSpec.memory(4 * MIB).withType(CardType.SDHC), clockwork);
        assertFalse(identify(0).offersLowVoltage());
        assertEquals(MmcError.TIMEOUT, send(11, 0).error(), "CMD11 without an offer is illegal");
        card.power(false);
        assertTrue(identify(Ocr.LOW_VOLTAGE_SIGNAL).offersLowVoltage());
        assertTrue(send(11, 0).ok());
        changeVoltage(6_000_000);
        send(0, 0);
        send(55, 0);
        send(41, Ocr.VOLTAGES | Ocr.HIGH_CAPACITY);
        send(55, 0);
        Ocr again = new Ocr(send(41, Ocr.VOLTAGES | Ocr.HIGH_CAPACITY | Ocr.LOW_VOLTAGE_SIGNAL)
                .word());
        assertTrue(again.isReady());
        assertFalse(again.offersLowVoltage(), "it is there already, CMD0 or not");
    }

    @Test
    void changeOfVoltage_holdsTheLinesLow_untilTheClockStoodStillLongEnough() throws IOException {
        card = SimCard.open(CardSpec.memory(4 * MIB).withType(CardType.SDHC), clockwork);
        identify(Ocr.LOW_VOLTAGE_SIGNAL);
        assertFalse(card.isBusy());
        assertTrue(send(11, 0).ok());
        assertTrue(card.isBusy());
        assertEquals(MmcError.TIMEOUT, send(2, 0).error(), "it hears nothing meanwhile");
        changeVoltage(0);
        assertTrue(card.isBusy(), "the clock has hardly stopped");
        changeVoltage(6_000_000);
        assertFalse(card.isBusy());
        card.driven(SLOW);
        assertEquals(MmcError.TIMEOUT, send(2, 0).error(), "3.3 V are not understood any more");
        card.driven(SLOW.withSignal(1800));
        assertTrue(send(2, 0).ok());
        card.power(false);
        card.power(true);
        card.driven(SLOW);
        assertFalse(identify(0).offersLowVoltage());
        assertTrue(send(2, 0).ok(), "a loss of power brings it back to 3.3 V");
    }

    @Test
    void functionsOfTheOtherVoltage_areNotHad_andNothingIsSwitchedThen() throws IOException {
        insert(CardType.SDHC);
        SwitchStatus asked = switchFunction(SwitchStatus.argument(false, SwitchStatus.ACCESS_MODE, 3));
        assertFalse(asked.supports(SwitchStatus.ACCESS_MODE, 3));
        assertTrue(asked.supports(SwitchStatus.ACCESS_MODE, 1));
        assertEquals(SwitchStatus.NONE, asked.selected(SwitchStatus.ACCESS_MODE));
        assertEquals(0, asked.milliamps());
        switchFunction(SwitchStatus.argument(true, SwitchStatus.ACCESS_MODE, 3));
        SwitchStatus still = switchFunction(SwitchStatus.argument(false, SwitchStatus.ACCESS_MODE, SwitchStatus.NONE));
        assertEquals(0, still.selected(SwitchStatus.ACCESS_MODE));
        switchFunction(SwitchStatus.argument(true, SwitchStatus.ACCESS_MODE, 1));
        SwitchStatus now = switchFunction(SwitchStatus.argument(false, SwitchStatus.ACCESS_MODE, SwitchStatus.NONE));
        assertEquals(1, now.selected(SwitchStatus.ACCESS_MODE));
        assertEquals(MmcError.TIMEOUT, send(19, 0).error(), "there is no tuning at 3.3 V");
    }

    private SwitchStatus switchFunction(int argument) {
        byte[] answer = new byte[SwitchStatus.BYTES];
        assertTrue(send(6, argument).ok());
        assertEquals(MmcError.NONE, move(false, answer, answer.length).error());
        return SwitchStatus.decode(answer);
    }

    @Test
    void linesDrivenOtherwiseThanTheCardExpects_areNoise() throws IOException {
        insert(CardType.SDHC);
        assertTrue(clear(SLOW.withClock(25_000_000)));
        assertFalse(clear(SLOW.withClock(26_000_000)), "too fast for its mode");
        assertFalse(clear(SLOW.withWidth(4)), "the card uses one line");
        send(55, address);
        send(6, 2);
        assertTrue(clear(SLOW.withWidth(4)));
        assertFalse(clear(SLOW.withWidth(4).withTiming(MmcIos.Timing.DDR50)), "the card uses one edge");
    }

    private boolean clear(MmcIos ios) {
        card.driven(ios);
        return card.isClear(0);
    }

    @Test
    void eMmc_switchesToItsBootArea_andBack() throws IOException {
        insert(CardType.EMMC);
        write(0, 0x11);
        send(6, 3 << 24 | ExtCsd.PARTITION_CONFIG << 16 | 1 << 8);
        assertEquals(0, read(0)[0]);
        write(0, 0x22);
        send(6, 3 << 24 | ExtCsd.PARTITION_CONFIG << 16);
        assertEquals(0x11, read(0)[0]);
        send(6, 3 << 24 | ExtCsd.EXT_CSD_REV << 16 | 1 << 8);
        assertTrue(status().has(CardStatus.SWITCH_ERROR), "that byte cannot be written");
    }

    @Test
    void eMmc_losesWhatIsInItsCacheWithItsPower_andKeepsWhatWasFlushed() throws IOException {
        insert(CardType.EMMC);
        send(6, 3 << 24 | ExtCsd.CACHE_CTRL << 16 | 1 << 8);
        write(0, 0x11);
        send(6, 3 << 24 | ExtCsd.FLUSH_CACHE << 16 | 1 << 8);
        write(1, 0x22);
        assertEquals(0x22, read(1)[0]);
        assertEquals(1, card.cachedBlocks());
        powerUp();
        assertEquals(0x11, read(0)[0]);
        assertEquals(0, read(1)[0]);
    }

    @Test
    void eMmc_erasesWholeGroups_andTrimsBlocks() throws IOException {
        insert(CardType.EMMC);
        send(6, 3 << 24 | ExtCsd.ERASE_GROUP_DEF << 16 | 1 << 8);
        write(0, 0x11);
        write(1, 0x11);
        send(35, 0);
        send(36, 0);
        send(38, 1);
        assertEquals(0, read(0)[0]);
        assertEquals(0x11, read(1)[0]);
        send(35, 900);
        send(36, 900);
        send(38, 0);
        assertEquals(0, read(1)[0], "one group of 512 KiB");
    }
}
