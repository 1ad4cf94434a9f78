package org.unplug.driver.mmcsim;

import java.nio.ByteBuffer;
import org.unplug.mmc.CardStatus;
import org.unplug.mmc.RegisterBits;
import org.unplug.mmc.spi.MmcResponse;

/** Write protection (class 6 and CMD27) and the password (class 7). */
final class GuardCommands {

    /** Flags, length, and two passwords of sixteen bytes. */
    static final int MOST_LOCK_BYTES = 34;

    private static final int CSD_BYTES = 16;

    private GuardCommands() {}

    static void addTo(CommandSet set) {
        set.unlocked(
                27,
                CommandSet.TRAN,
                (chip, argument) -> chip.receive(CSD_BYTES, bytes -> {
                    ByteBuffer buffer = ByteBuffer.wrap(bytes);
                    boolean taken = chip.guard.program(new RegisterBits(buffer.getLong(), buffer.getLong()));
                    chip.errors |= taken ? 0 : CardStatus.CSD_OVERWRITE;
                }));
        set.unlocked(28, CommandSet.TRAN, (chip, argument) -> protect(chip, argument, true));
        set.unlocked(29, CommandSet.TRAN, (chip, argument) -> protect(chip, argument, false));
        set.unlocked(
                30,
                CommandSet.TRAN,
                (chip, argument) -> chip.guard.groupBytes() == 0
                        ? chip.illegal()
                        : chip.send(ByteBuffer.allocate(4)
                                .putInt(chip.guard.protections(chip.address(argument)))
                                .array()));
        set.always(
                42,
                CommandSet.TRAN,
                (chip, argument) -> chip.receive(
                        chip.guard.lockBytes(),
                        bytes -> chip.errors |= chip.guard.lock(chip, bytes) ? 0 : CardStatus.LOCK_UNLOCK_FAILED));
    }

    private static MmcResponse protect(Chip chip, int argument, boolean on) {
        if (chip.guard.groupBytes() == 0) {
            return chip.illegal();
        }
        long at = chip.address(argument);
        if (at >= chip.areaBytes()) {
            chip.errors |= CardStatus.OUT_OF_RANGE;
            return chip.status();
        }
        MmcResponse status = chip.status();
        chip.guard.protect(at, on);
        chip.programAsUsual();
        return status;
    }
}
