package org.unplug.driver.mmcsim;

import org.unplug.mmc.CardState;
import org.unplug.mmc.CardStatus;
import org.unplug.mmc.RegisterBits;
import org.unplug.mmc.spi.MmcResponse;

/** What every card understands: reset, identity, selection, status, block transfer (classes 0, 2, 4). */
final class CoreCommands {

    private CoreCommands() {}

    static void addTo(CommandSet set) {
        set.always(0, CommandSet.ANY, (chip, argument) -> {
            chip.reset();
            return MmcResponse.SENT;
        });
        set.always(2, CommandSet.READY, (chip, argument) -> {
            chip.state = CardState.IDENT;
            return register(chip.identity.cid().raw());
        });
        set.always(7, CommandSet.ADDRESSED, (chip, argument) -> select(chip, argument >>> 16));
        set.always(
                9,
                CommandSet.STBY,
                (chip, argument) -> chip.isMe(argument) ? register(chip.guard.csd()) : chip.silent());
        set.always(
                10,
                CommandSet.STBY,
                (chip, argument) ->
                        chip.isMe(argument) ? register(chip.identity.cid().raw()) : chip.silent());
        set.always(12, CommandSet.DATA_OR_RCV, (chip, argument) -> stop(chip));
        set.always(13, CommandSet.ADDRESSED, (chip, argument) -> chip.isMe(argument) ? chip.status() : chip.silent());
        set.always(16, CommandSet.TRAN, (chip, argument) -> {
            boolean can = argument == Cells.BLOCK_BYTES || (argument > 0 && argument <= GuardCommands.MOST_LOCK_BYTES);
            chip.errors |= can ? 0 : CardStatus.BLOCK_LEN_ERROR;
            chip.guard.lockBytes(argument);
            return chip.status();
        });
        set.unlocked(23, CommandSet.TRAN, (chip, argument) -> {
            chip.blockCount = argument & 0xffff;
            return chip.status();
        });
        for (int opcode : new int[] {17, 18, 24, 25}) {
            set.unlocked(opcode, CommandSet.TRAN, (chip, argument) -> begin(chip, opcode, argument));
        }
    }

    static MmcResponse register(RegisterBits bits) {
        return MmcResponse.register(bits.high(), bits.low());
    }

    private static MmcResponse select(Chip chip, int address) {
        boolean me = address == chip.rca;
        MmcResponse answer = me ? chip.status() : chip.silent();
        chip.state = switch (chip.state) {
            case STBY -> me ? CardState.TRAN : chip.state;
            case DIS -> me ? CardState.PRG : chip.state;
            case TRAN, DATA -> me ? chip.state : CardState.STBY;
            case PRG -> me ? chip.state : CardState.DIS;
            default -> chip.state;
        };
        return answer;
    }

    private static MmcResponse stop(Chip chip) {
        MmcResponse status = chip.status();
        boolean wrote = chip.state == CardState.RCV;
        chip.outgoing = null;
        chip.incoming = null;
        if (wrote) {
            chip.programAsUsual();
        } else {
            chip.state = CardState.TRAN;
        }
        return status;
    }

    private static MmcResponse begin(Chip chip, int opcode, int argument) {
        boolean write = opcode >= 24;
        long at = chip.address(argument);
        int count = chip.blockCount;
        chip.addressHigh = 0;
        chip.blockCount = 0;
        int refused = 0;
        if (at % Cells.BLOCK_BYTES != 0) {
            refused = CardStatus.ADDRESS_ERROR;
        } else if (at >= chip.areaBytes()) {
            refused = CardStatus.OUT_OF_RANGE;
        } else if (write && !chip.guard.mayWrite(chip, at)) {
            refused = CardStatus.WP_VIOLATION;
        }
        chip.errors |= refused;
        MmcResponse status = chip.status();
        if (refused == 0) {
            chip.dataAt = at;
            chip.blocksLeft = opcode == 17 || opcode == 24 ? 1 : count == 0 ? Chip.UNLIMITED : count;
            chip.wellWritten = write ? 0 : chip.wellWritten;
            chip.state = write ? CardState.RCV : CardState.DATA;
        }
        return status;
    }
}
