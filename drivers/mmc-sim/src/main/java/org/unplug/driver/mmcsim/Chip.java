package org.unplug.driver.mmcsim;

import java.io.IOException;
import java.util.function.Consumer;
import org.unplug.mmc.CardState;
import org.unplug.mmc.CardStatus;
import org.unplug.mmc.spi.MmcError;
import org.unplug.mmc.spi.MmcResponse;
import org.unplug.ref.Clockwork;

/**
 * The controller in a card: where it stands, what it will report, and what it is about to move. The commands' effects act on it;
 * {@link SimCard} sees to it that they do so one at a time.
 */
final class Chip {

    static final long UNLIMITED = -1;

    final Identity identity;
    final Cells cells;
    private final Clockwork clockwork;

    CardState state = CardState.IDLE;
    /** Bits that the next status reports, once. */
    int errors;
    /** CMD55 came. */
    boolean appCommand;

    boolean powerUpAsked;
    /** The last ACMD41 was answered so that CMD11 may follow. */
    boolean lowVoltageOffered;
    /** The access mode that the lines take when the answer to CMD6 is out; -1 for none. */
    int modeAfterData = -1;

    int rca;
    int blockCount;
    /** Bits 37 to 32 of the next address, from CMD22. */
    long addressHigh;

    /** How the lines are driven, as far as it is the card's to say. */
    final Lines lines;

    int widthBits;
    byte[] extCsd;
    int area;

    /** A transfer of cells: the command, where it goes on, and how far it may. */
    int dataCommand;

    long dataAt;
    long blocksLeft;
    /** Blocks of the last write that are in the card (ACMD22). */
    int wellWritten;
    /** A transfer of a register instead: what is sent, or what takes what is received. */
    byte[] outgoing;

    Consumer<byte[]> incoming;
    int incomingBytes;

    /** Of an erase sequence; -1 for not set. */
    long eraseStart = -1;

    long eraseEnd = -1;

    final Guard guard;
    private long busyUntilNanos;
    private boolean stuck;

    Chip(Identity identity, Cells cells, Guard guard, Clockwork clockwork) {
        this.identity = identity;
        this.cells = cells;
        this.clockwork = clockwork;
        this.guard = guard;
        this.lines = new Lines(identity.type().isSd(), clockwork);
        reset();
    }

    /** Power came, or CMD0. */
    void reset() {
        state = CardState.IDLE;
        errors = 0;
        appCommand = false;
        powerUpAsked = false;
        lowVoltageOffered = false;
        modeAfterData = -1;
        rca = 0;
        blockCount = 0;
        addressHigh = 0;
        widthBits = 1;
        lines.reset();
        extCsd = identity.extCsd();
        area = 0;
        outgoing = null;
        incoming = null;
        eraseStart = -1;
        eraseEnd = -1;
        stuck = false;
        busyUntilNanos = 0;
    }

    /** Supply came or went. */
    void power() {
        lines.power();
        reset();
    }

    /** A register was sent. */
    void sent() {
        outgoing = null;
        state = CardState.TRAN;
        if (modeAfterData >= 0) {
            lines.mode(modeAfterData);
            modeAfterData = -1;
        }
    }

    /** Programming that has come to its end by now. */
    void settle() {
        if ((state == CardState.PRG || state == CardState.DIS) && !isBusy()) {
            state = state == CardState.PRG ? CardState.TRAN : CardState.STBY;
        }
    }

    boolean isBusy() {
        return stuck || busyUntilNanos - clockwork.nanoTime() > 0;
    }

    /** Programs for a time; for ever if it was told to get stuck. */
    void program(long nanos) {
        busyUntilNanos = clockwork.nanoTime() + nanos;
        state = CardState.PRG;
        settle();
    }

    /** The next programming does not end. */
    void getStuck() {
        stuck = true;
    }

    void programAsUsual() {
        program(identity.spec().programMicros() * 1000);
    }

    MmcResponse silent() {
        return MmcResponse.failed(MmcError.TIMEOUT);
    }

    MmcResponse illegal() {
        errors |= CardStatus.ILLEGAL_COMMAND;
        return silent();
    }

    MmcResponse status() {
        return MmcResponse.word(takeStatus(0));
    }

    MmcResponse status(int more) {
        return MmcResponse.word(takeStatus(more));
    }

    /** Errors are reported once. */
    int takeStatus(int more) {
        boolean ready = state == CardState.TRAN || state == CardState.RCV || state == CardState.STBY;
        int bits = CardStatus.of(
                        state,
                        errors
                                | (ready ? CardStatus.READY_FOR_DATA : 0)
                                | (appCommand ? CardStatus.APP_CMD : 0)
                                | (guard.isLocked() ? CardStatus.CARD_IS_LOCKED : 0)
                                | more)
                .bits();
        errors = 0;
        return bits;
    }

    boolean isMe(int argument) {
        return argument >>> 16 == rca;
    }

    /** Says the status and then sends a register. */
    MmcResponse send(byte[] content) {
        return send(content, 0);
    }

    /** The same for an application command, whose status says that it was taken as one. */
    MmcResponse sendToApp(byte[] content) {
        return send(content, CardStatus.APP_CMD);
    }

    private MmcResponse send(byte[] content, int more) {
        MmcResponse status = status(more);
        outgoing = content;
        blocksLeft = 1;
        state = CardState.DATA;
        return status;
    }

    /** Says the status and then takes a register. */
    MmcResponse receive(int bytes, Consumer<byte[]> into) {
        MmcResponse status = status();
        incoming = into;
        incomingBytes = bytes;
        blocksLeft = 1;
        state = CardState.RCV;
        return status;
    }

    /** The byte at which an argument points, in the area in use. */
    long address(int argument) {
        long number = addressHigh << 32 | Integer.toUnsignedLong(argument);
        return identity.type().isBlockAddressed() ? number * Cells.BLOCK_BYTES : number;
    }

    long areaBytes() {
        return cells.bytes(area);
    }

    int extCsd(int index) {
        return extCsd[index] & 0xff;
    }

    /** What needs the cells; if they fail the card says so: general error. */
    void onCells(CellAction action) {
        try {
            action.run();
        } catch (IOException e) {
            errors |= CardStatus.ERROR;
        }
    }

    /** What may fail on the cells. */
    interface CellAction {
        void run() throws IOException;
    }
}
