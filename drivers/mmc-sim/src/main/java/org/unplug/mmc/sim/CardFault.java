package org.unplug.mmc.sim;

import java.util.Locale;

/**
 * Something that goes wrong at a slot, as often as it was asked for.
 *
 * <p>A fault of a command strikes a command that matches, after as many were let pass; a fault of a block likewise strikes a
 * block of a transfer.
 *
 * @param kind what goes wrong
 * @param opcode the command that is meant, or that moves the block; -1 for any
 * @param sector the block that is meant, counted from the card's beginning; -1 for any
 * @param after how many that match pass first
 * @param times how many it strikes; {@link #ALWAYS} for all that follow
 */
public record CardFault(Kind kind, int opcode, long sector, int after, int times) {

    /** Never ends by itself. */
    public static final int ALWAYS = Integer.MAX_VALUE;

    /** What can go wrong. */
    public enum Kind {
        /** A command is lost: no answer. */
        NO_ANSWER,
        /** A command arrives damaged: the card does not take it, and says so with the next one. */
        COMMAND_CRC,
        /** The answer to a command arrives damaged. */
        RESPONSE_CRC,
        /** A command is answered with the error bit "general error". */
        GENERAL_ERROR,
        /** A command takes the card out. */
        PULL,
        /** A command changes the card for another one of the same size, in memory and empty, with the next serial number. */
        SWAP,
        /** A command makes the contact bounce: the card loses power for a moment and forgets where it stood. */
        BOUNCE,
        /** A change of the lines' voltage does not come to its end: from the command on the card holds them low until it loses power. */
        LINES_STUCK,
        /** A block arrives damaged, whichever way it goes. */
        DATA_CRC,
        /** A block does not come, or is not taken, any more. */
        DATA_TIMEOUT,
        /** A block cannot be read or written: the card's own error correction gives up. */
        ECC,
        /** Once a block was written, the card programs for ever, until it loses power. */
        STUCK_PRG;

        /** Whether it strikes blocks; otherwise it strikes commands. */
        public boolean ofBlocks() {
            return this == DATA_CRC || this == DATA_TIMEOUT || this == ECC || this == STUCK_PRG;
        }

        /** As "data-crc". */
        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** From "data-crc". */
        public static Kind of(String text) {
            for (Kind kind : values()) {
                if (kind.text().equals(text)) {
                    return kind;
                }
            }
            throw new IllegalArgumentException("there is no fault '" + text + "'");
        }
    }

    public CardFault {
        if (opcode < -1 || opcode > 63 || sector < -1 || after < 0 || times < 1) {
            throw new IllegalArgumentException("a fault at command " + opcode + ", sector " + sector + ", after "
                    + after + ", " + times + " times");
        }
    }

    /** The next command or block, once. */
    public static CardFault next(Kind kind) {
        return new CardFault(kind, -1, -1, 0, 1);
    }

    public CardFault at(int command) {
        return new CardFault(kind, command, sector, after, times);
    }

    public CardFault atSector(long number) {
        return new CardFault(kind, opcode, number, after, times);
    }

    public CardFault after(int passing) {
        return new CardFault(kind, opcode, sector, passing, times);
    }

    public CardFault times(int often) {
        return new CardFault(kind, opcode, sector, after, often);
    }

    public CardFault always() {
        return times(ALWAYS);
    }
}
