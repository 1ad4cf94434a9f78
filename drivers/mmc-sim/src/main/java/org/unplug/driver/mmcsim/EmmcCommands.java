package org.unplug.driver.mmcsim;

import java.util.EnumSet;
import org.unplug.mmc.CardState;
import org.unplug.mmc.CardStatus;
import org.unplug.mmc.ExtCsd;
import org.unplug.mmc.Ocr;
import org.unplug.mmc.spi.MmcResponse;
import org.unplug.mmc.spi.TuningBlock;

/** What MMC and eMMC alone understand: CMD1, an address that the host gives, and EXT_CSD (eMMC, sections 6.4 and 6.6). */
final class EmmcCommands {

    private static final int WRITE_BYTE = 3;
    private static final int CLEAR_BITS = 2;
    private static final int SET_BITS = 1;
    /** Of HS_TIMING. */
    private static final int HS200 = 2;

    private EmmcCommands() {}

    static void addTo(CommandSet set) {
        set.always(1, CommandSet.IDLE, (chip, argument) -> conditions(chip, new Ocr(argument)));
        set.always(3, EnumSet.of(CardState.IDENT), (chip, argument) -> {
            MmcResponse status = chip.status();
            chip.rca = argument >>> 16;
            chip.state = CardState.STBY;
            return status;
        });
        set.unlocked(6, CommandSet.TRAN, EmmcCommands::switchByte);
        set.unlocked(8, CommandSet.TRAN, (chip, argument) -> chip.send(chip.extCsd.clone()));
        set.unlocked(
                21,
                CommandSet.TRAN,
                (chip, argument) ->
                        chip.lines.mode() == HS200 ? chip.send(TuningBlock.of(chip.widthBits)) : chip.illegal());
    }

    private static MmcResponse conditions(Chip chip, Ocr asked) {
        boolean high = chip.identity.type().isBlockAddressed();
        if (asked.voltages() == 0) {
            return MmcResponse.word(Ocr.VOLTAGES);
        }
        if (!chip.powerUpAsked || (high && !asked.isHighCapacity())) {
            chip.powerUpAsked = true;
            return MmcResponse.word(Ocr.VOLTAGES);
        }
        chip.state = CardState.READY;
        return MmcResponse.word(Ocr.VOLTAGES | Ocr.READY | (high ? Ocr.HIGH_CAPACITY : 0));
    }

    private static MmcResponse switchByte(Chip chip, int argument) {
        MmcResponse status = chip.status();
        int access = argument >>> 24 & 3;
        int index = argument >>> 16 & 0xff;
        int value = argument >>> 8 & 0xff;
        int wanted = switch (access) {
            case WRITE_BYTE -> value;
            case SET_BITS -> chip.extCsd(index) | value;
            case CLEAR_BITS -> chip.extCsd(index) & ~value;
            default -> -1;
        };
        if (wanted < 0 || !take(chip, index, wanted)) {
            // Reported with the status after this one.
            chip.errors |= CardStatus.SWITCH_ERROR;
            return status;
        }
        chip.programAsUsual();
        return status;
    }

    /** Whether that byte may be written, and has been. */
    private static boolean take(Chip chip, int index, int value) {
        switch (index) {
            case ExtCsd.FLUSH_CACHE -> {
                if (value == 1) {
                    chip.onCells(chip.cells::flush);
                }
                return true;
            }
            case ExtCsd.CACHE_CTRL -> chip.onCells(() -> chip.cells.cache(value != 0));
            case ExtCsd.POWER_OFF_NOTIFICATION -> {
                if (value > 1) {
                    chip.onCells(chip.cells::flush);
                }
            }
            case ExtCsd.PARTITION_CONFIG -> {
                if (chip.cells.bytes(value & 7) == 0) {
                    return false;
                }
                chip.area = value & 7;
            }
            case ExtCsd.BUS_WIDTH -> {
                if (value > 2) {
                    return false;
                }
                chip.widthBits = value == 0 ? 1 : value * 4;
            }
            case ExtCsd.HS_TIMING -> {
                if (value > 2) {
                    return false;
                }
                chip.lines.mode(value);
            }
            case ExtCsd.ERASE_GROUP_DEF -> {
                if (value > 1) {
                    return false;
                }
            }
            default -> {
                return false;
            }
        }
        chip.extCsd[index] = (byte) value;
        return true;
    }
}
