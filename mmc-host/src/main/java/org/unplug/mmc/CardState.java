package org.unplug.mmc;

import java.util.Arrays;

/** Where an SD card stands (SD Physical Layer, chapter 4 and table 4-42): bits 12 to 9 of its status. */
public enum CardState {
    /** After power-up or CMD0. */
    IDLE,
    /** Its voltage is agreed on. */
    READY,
    /** It has sent its CID and waits for an address. */
    IDENT,
    /** It has an address and is not selected. */
    STBY,
    /** Selected: takes transfer commands. */
    TRAN,
    /** Sends data. */
    DATA,
    /** Receives data. */
    RCV,
    /** Programs what it received; busy. */
    PRG,
    /** Deselected while programming. */
    DIS;

    private static final CardState[] BY_CODE = {IDLE, READY, IDENT, STBY, TRAN, DATA, RCV, PRG, DIS};

    /** Its code in the status. */
    int code() {
        return Arrays.asList(BY_CODE).indexOf(this);
    }

    /** The state of a code from 0 to 15; null for a reserved one. */
    static CardState of(int code) {
        return code < BY_CODE.length ? BY_CODE[code] : null;
    }
}
