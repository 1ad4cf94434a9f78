package org.unplug.driver.mmcsim;

import java.io.IOException;
import org.unplug.mmc.CardStatus;
import org.unplug.mmc.ExtCsd;
import org.unplug.mmc.spi.MmcResponse;

/**
 * Erase (class 5): first block, last block, CMD38. An SD card erases single blocks, an eMMC whole erase groups, or, asked to trim
 * or discard, single blocks. What is erased reads as zeroes; what is discarded is left as it is, as a card may. Protected groups are
 * left out, which the status says.
 */
final class EraseCommands {

    /** The allocation unit of an SD card. */
    static final int SD_UNIT_BYTES = 4 << 20;

    private static final int DISCARD_SD = 1;
    private static final int TRIM = 1;
    private static final int DISCARD_MMC = 3;

    private EraseCommands() {}

    static void addTo(CommandSet set, int first, int last) {
        set.unlocked(first, CommandSet.TRAN, (chip, argument) -> {
            chip.eraseStart = chip.address(argument);
            chip.eraseEnd = -1;
            return located(chip, chip.eraseStart);
        });
        set.unlocked(last, CommandSet.TRAN, (chip, argument) -> {
            if (chip.eraseStart < 0) {
                chip.errors |= CardStatus.ERASE_SEQ_ERROR;
                return chip.status();
            }
            chip.eraseEnd = chip.address(argument);
            return located(chip, chip.eraseEnd);
        });
        set.unlocked(38, CommandSet.TRAN, EraseCommands::erase);
    }

    private static MmcResponse located(Chip chip, long at) {
        chip.addressHigh = 0;
        if (at >= chip.areaBytes()) {
            chip.errors |= CardStatus.OUT_OF_RANGE;
            chip.eraseStart = -1;
        }
        return chip.status();
    }

    private static MmcResponse erase(Chip chip, int argument) {
        long from = chip.eraseStart;
        long to = chip.eraseEnd;
        chip.eraseStart = -1;
        chip.eraseEnd = -1;
        if (from < 0 || to < 0) {
            chip.errors |= CardStatus.ERASE_SEQ_ERROR;
            return chip.status();
        }
        if (to < from) {
            chip.errors |= CardStatus.ERASE_PARAM;
            return chip.status();
        }
        if (!chip.guard.mayWrite(chip, -1)) {
            chip.errors |= CardStatus.WP_VIOLATION;
            return chip.status();
        }
        MmcResponse status = chip.status();
        boolean sd = chip.identity.type().isSd();
        boolean discard = argument == (sd ? DISCARD_SD : DISCARD_MMC);
        long group = sd || argument == TRIM ? Cells.BLOCK_BYTES : groupBytes(chip);
        if (!discard) {
            long begin = from / group * group;
            long end = Math.min((to / group + 1) * group, chip.areaBytes());
            chip.onCells(() -> zero(chip, begin, end));
        }
        chip.programAsUsual();
        return status;
    }

    private static long groupBytes(Chip chip) {
        return chip.extCsd(ExtCsd.ERASE_GROUP_DEF) != 0
                ? (long) chip.extCsd(ExtCsd.HC_ERASE_GRP_SIZE) * ExtCsd.ERASE_UNIT_BYTES
                : (long) chip.identity.csd().eraseGroupBlocks() * Cells.BLOCK_BYTES;
    }

    private static void zero(Chip chip, long begin, long end) throws IOException {
        long group = chip.guard.groupBytes();
        if (chip.area != 0 || !chip.guard.hasProtectedGroups()) {
            chip.cells.zero(chip.area, begin, end - begin);
            return;
        }
        for (long at = begin; at < end; ) {
            long next = Math.min((at / group + 1) * group, end);
            if (chip.guard.mayWrite(chip, at)) {
                chip.cells.zero(chip.area, at, next - at);
            } else {
                chip.errors |= CardStatus.WP_ERASE_SKIP;
            }
            at = next;
        }
    }
}
