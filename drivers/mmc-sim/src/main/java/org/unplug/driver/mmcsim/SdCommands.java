package org.unplug.driver.mmcsim;

import java.nio.ByteBuffer;
import java.util.EnumSet;
import org.unplug.mmc.CardState;
import org.unplug.mmc.CardStatus;
import org.unplug.mmc.Ocr;
import org.unplug.mmc.RegisterBits;
import org.unplug.mmc.SdStatus;
import org.unplug.mmc.SwitchStatus;
import org.unplug.mmc.spi.MmcResponse;
import org.unplug.mmc.spi.TuningBlock;

/** What SD cards alone understand: their start-up, the switch function, CMD22 and the application commands. */
final class SdCommands {

    /** Functions 0 and 1 of group 1, and at 1.8 V those up to 4; of every group function 15: leave it. */
    private static final int MODES = 0x8003;

    private static final int MODES_AT_LOW_VOLTAGE = 0x801f;
    private static final int DEFAULT_ONLY = 0x8001;
    private static final int MILLIAMPS = 200;
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
        set.always(11, CommandSet.READY, (chip, argument) -> {
            if (!chip.lowVoltageOffered) {
                return chip.illegal();
            }
            MmcResponse status = chip.status();
            chip.lines.change();
            return status;
        });
        set.unlocked(
                19,
                CommandSet.TRAN,
                (chip, argument) -> chip.lines.isAtLowVoltage() ? chip.send(TuningBlock.of(4)) : chip.illegal());
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
                (chip, argument) -> chip.sendToApp(SdStatus.encode(
                        chip.widthBits, 10, EraseCommands.SD_UNIT_BYTES, ERASE_UNITS, ERASE_SECONDS, true)));
        set.app(
                22,
                CommandSet.TRAN,
                false,
                (chip, argument) -> chip.sendToApp(
                        ByteBuffer.allocate(4).putInt(chip.wellWritten).array()));
        set.app(23, CommandSet.TRAN, false, (chip, argument) -> chip.status(CardStatus.APP_CMD));
        set.app(41, CommandSet.IDLE, true, (chip, argument) -> conditions(chip, new Ocr(argument)));
        set.app(42, CommandSet.TRAN, true, (chip, argument) -> chip.status(CardStatus.APP_CMD));
        set.app(
                51,
                CommandSet.TRAN,
                false,
                (chip, argument) -> chip.sendToApp(ByteBuffer.allocate(8)
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
        // Offered once: a card whose lines are at 1.8 V already stays there until it loses its power.
        chip.lowVoltageOffered = high && !chip.lines.isAtLowVoltage() && asked.offersLowVoltage();
        return MmcResponse.word(Ocr.VOLTAGES
                | Ocr.READY
                | (high ? Ocr.HIGH_CAPACITY : 0)
                | (ultra ? Ocr.OVER_2_TIB : 0)
                | (chip.lowVoltageOffered ? Ocr.LOW_VOLTAGE_SIGNAL : 0));
    }

    private static MmcResponse publish(Chip chip) {
        int next = (chip.rca == 0 ? (int) chip.identity.cid().serial() : chip.rca + 1) & 0xffff;
        chip.rca = next == 0 ? 1 : next;
        int status = chip.takeStatus(0);
        int shortened = (status >>> 8 & 0xc000) | (status >>> 6 & 0x2000) | (status & 0x1fff);
        chip.state = CardState.STBY;
        return MmcResponse.word(chip.rca << 16 | shortened);
    }

    /** Asks for, or with bit 31 takes, a function of group 1; the other groups have none but the one in force. */
    private static byte[] switchFunction(Chip chip, int argument) {
        int modes = chip.lines.isAtLowVoltage() ? MODES_AT_LOW_VOLTAGE : MODES;
        RegisterBits supported = new RegisterBits(0, 0).with(0, 16, modes);
        boolean possible = true;
        int selected = 0;
        for (int group = SwitchStatus.GROUPS; group >= 1; group--) {
            boolean ofMode = group == SwitchStatus.ACCESS_MODE;
            supported = ofMode ? supported : supported.with(16 * (group - 1), 16, DEFAULT_ONLY);
            int wanted = argument >>> (4 * (group - 1)) & 0xf;
            int inForce = ofMode ? chip.lines.mode() : 0;
            boolean had = wanted == SwitchStatus.NONE || supported.field(16 * (group - 1) + wanted, 1) != 0;
            possible &= had;
            selected = selected << 4 | (wanted == SwitchStatus.NONE ? inForce : had ? wanted : SwitchStatus.NONE);
        }
        SwitchStatus status = new SwitchStatus(possible ? MILLIAMPS : 0, supported, selected);
        if (argument < 0 && possible) {
            // Its lines follow when this answer is out.
            chip.modeAfterData = status.selected(SwitchStatus.ACCESS_MODE);
        }
        return status.encode();
    }
}
