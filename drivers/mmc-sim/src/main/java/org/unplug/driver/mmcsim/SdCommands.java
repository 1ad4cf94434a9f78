package org.unplug.driver.mmcsim;

import java.nio.ByteBuffer;
import java.util.EnumSet;
import org.unplug.mmc.CardState;
import org.unplug.mmc.CardStatus;
import org.unplug.mmc.Ocr;
import org.unplug.mmc.SdStatus;
import org.unplug.mmc.spi.MmcResponse;

/** What SD cards alone understand: their start-up, the switch function, CMD22 and the application commands. */
final class SdCommands {

    private static final int SWITCH_BYTES = 64;
    private static final int ERASE_UNITS = 8;
    private static final int ERASE_SECONDS = 1;

    private SdCommands() {}

    static void addTo(CommandSet set) {
        set.always(3, EnumSet.of(CardState.IDENT, CardState.STBY), (chip, argument) -> publish(chip));
        set.unlocked(6, CommandSet.TRAN, (chip, argument) -> chip.send(switchFunction(chip, argument)));
        set.always(
                8,
                CommandSet.IDLE,
                (chip, argument) -> (argument >>> 8 & 0xf) == 1 ? MmcResponse.word(argument & 0xfff) : chip.silent());
        set.unlocked(22, CommandSet.TRAN, (chip, argument) -> {
            if (!chip.identity.type().isAddressExtended()) {
                return chip.illegal();
            }
            chip.addressHigh = argument & 0x3f;
            return chip.status();
        });
        set.always(55, CommandSet.IDLE_OR_ADDRESSED, (chip, argument) -> {
            if (!chip.isMe(argument)) {
                return chip.silent();
            }
            chip.appCommand = true;
            return chip.status();
        });
        set.app(6, CommandSet.TRAN, false, (chip, argument) -> {
            chip.widthBits = (argument & 3) == 2 ? 4 : 1;
            return chip.status(CardStatus.APP_CMD);
        });
        set.app(
                13,
                CommandSet.TRAN,
                false,
                (chip, argument) -> chip.send(SdStatus.encode(
                        chip.widthBits, 10, EraseCommands.SD_UNIT_BYTES, ERASE_UNITS, ERASE_SECONDS, true)));
        set.app(
                22,
                CommandSet.TRAN,
                false,
                (chip, argument) -> chip.send(
                        ByteBuffer.allocate(4).putInt(chip.wellWritten).array()));
        set.app(23, CommandSet.TRAN, false, (chip, argument) -> chip.status(CardStatus.APP_CMD));
        set.app(41, CommandSet.IDLE, true, (chip, argument) -> conditions(chip, new Ocr(argument)));
        set.app(42, CommandSet.TRAN, true, (chip, argument) -> chip.status(CardStatus.APP_CMD));
        set.app(
                51,
                CommandSet.TRAN,
                false,
                (chip, argument) -> chip.send(ByteBuffer.allocate(8)
                        .putLong(chip.identity.scr().raw())
                        .array()));
    }

    /** A question without voltages is an inquiry. Power-up takes until the second request that means it. */
    private static MmcResponse conditions(Chip chip, Ocr asked) {
        if (asked.voltages() == 0) {
            return MmcResponse.word(Ocr.VOLTAGES);
        }
        boolean high = chip.identity.type().isBlockAddressed();
        boolean ultra = chip.identity.type().isAddressExtended();
        boolean hostCan = (!high || asked.isHighCapacity()) && (!ultra || (asked.bits() & Ocr.OVER_2_TIB) != 0);
        if (!chip.powerUpAsked || !hostCan) {
            chip.powerUpAsked = true;
            return MmcResponse.word(Ocr.VOLTAGES);
        }
        chip.state = CardState.READY;
        return MmcResponse.word(
                Ocr.VOLTAGES | Ocr.READY | (high ? Ocr.HIGH_CAPACITY : 0) | (ultra ? Ocr.OVER_2_TIB : 0));
    }

    private static MmcResponse publish(Chip chip) {
        int next = (chip.rca == 0 ? (int) chip.identity.cid().serial() : chip.rca + 1) & 0xffff;
        chip.rca = next == 0 ? 1 : next;
        int status = chip.takeStatus(0);
        int shortened = (status >>> 8 & 0xc000) | (status >>> 6 & 0x2000) | (status & 0x1fff);
        chip.state = CardState.STBY;
        return MmcResponse.word(chip.rca << 16 | shortened);
    }

    private static byte[] switchFunction(Chip chip, int argument) {
        ByteBuffer status = ByteBuffer.allocate(SWITCH_BYTES).putShort((short) 100);
        for (int group = 6; group > 1; group--) {
            status.putShort((short) 0x8001);
        }
        status.putShort((short) 0x8003);
        int wanted = argument & 0xf;
        int function = wanted == 0xf ? (chip.highSpeed ? 1 : 0) : wanted > 1 ? 0xf : wanted;
        if (argument < 0 && function != 0xf) {
            chip.highSpeed = function == 1;
        }
        status.put(16, (byte) function);
        return status.array();
    }
}
