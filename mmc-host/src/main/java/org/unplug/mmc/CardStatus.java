package org.unplug.mmc;

/**
 * A card's status, as R1 brings it (SD Physical Layer, table 4-42). Errors stay until they were read once; CRC and illegal
 * command are reported with the command after.
 *
 * @param bits all 32
 */
public record CardStatus(int bits) {

    public static final int OUT_OF_RANGE = 1 << 31;
    public static final int ADDRESS_ERROR = 1 << 30;
    public static final int BLOCK_LEN_ERROR = 1 << 29;
    public static final int ERASE_SEQ_ERROR = 1 << 28;
    public static final int ERASE_PARAM = 1 << 27;
    public static final int WP_VIOLATION = 1 << 26;
    public static final int CARD_IS_LOCKED = 1 << 25;
    public static final int LOCK_UNLOCK_FAILED = 1 << 24;
    public static final int COM_CRC_ERROR = 1 << 23;
    public static final int ILLEGAL_COMMAND = 1 << 22;
    public static final int CARD_ECC_FAILED = 1 << 21;
    public static final int CC_ERROR = 1 << 20;
    /** The CSD was to be programmed with something that cannot be changed. */
    public static final int CSD_OVERWRITE = 1 << 16;
    /** An erase left protected blocks out; no failure of the command. */
    public static final int WP_ERASE_SKIP = 1 << 15;

    public static final int ERROR = 1 << 19;
    public static final int READY_FOR_DATA = 1 << 8;
    public static final int SWITCH_ERROR = 1 << 7;
    public static final int APP_CMD = 1 << 5;

    /** Every bit that says that something failed; a locked card is a state, not a failure. */
    public static final int ERRORS = OUT_OF_RANGE
            | ADDRESS_ERROR
            | BLOCK_LEN_ERROR
            | ERASE_SEQ_ERROR
            | ERASE_PARAM
            | WP_VIOLATION
            | LOCK_UNLOCK_FAILED
            | COM_CRC_ERROR
            | ILLEGAL_COMMAND
            | CARD_ECC_FAILED
            | CC_ERROR
            | ERROR
            | CSD_OVERWRITE;

    private static final int STATE_SHIFT = 9;

    /** The status of a card that stands in a state, with more bits set. */
    public static CardStatus of(CardState state, int more) {
        return new CardStatus((state.code() << STATE_SHIFT) | more);
    }

    /** Where the card stood when the command came; null for a reserved code. */
    public CardState state() {
        return CardState.of((bits >>> STATE_SHIFT) & 0xf);
    }

    public boolean has(int mask) {
        return (bits & mask) != 0;
    }

    public boolean failed() {
        return has(ERRORS);
    }

    /** Whether it takes data now. */
    public boolean readyForData() {
        return has(READY_FOR_DATA);
    }

    @Override
    public String toString() {
        return String.format("status %08x (%s)", bits, state());
    }
}
