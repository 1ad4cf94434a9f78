package org.unplug.mmc.internal.card;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.unplug.mmc.CardState;
import org.unplug.mmc.CardStatus;
import org.unplug.mmc.Ocr;
import org.unplug.mmc.RegisterBits;
import org.unplug.mmc.internal.port.CardLink;
import org.unplug.mmc.internal.port.CommandQueue;
import org.unplug.mmc.internal.port.GatedHost;
import org.unplug.mmc.internal.port.MmcException;
import org.unplug.mmc.spi.HostCaps;
import org.unplug.mmc.spi.MmcError;
import org.unplug.mmc.spi.MmcIos;
import org.unplug.mmc.spi.MmcRequest;
import org.unplug.mmc.spi.MmcResponse;
import org.unplug.mmc.spi.ResponseType;
import org.unplug.ref.Clockwork;

/** The line to a card that is being started: a command at a time, waited for. Each wait is bounded, and a severed link ends it. */
final class StartupLine {

    static final int BLOCK_BYTES = 512;
    private static final long COMMAND_MS = 500;
    private static final long DATA_MS = 1000;
    private static final long TUNING_MS = 1000;
    private static final long SUPPLY_MS = 1;
    private static final long READY_MS = 1000;
    private static final long READY_POLL_MS = 10;

    private final GatedHost host;
    private final HostCaps caps;
    private final CommandQueue queue;
    private final CardLink link;
    private final Clockwork clockwork;
    private final MmcRequest request = new MmcRequest();
    private MmcIos ios = MmcIos.OFF;

    StartupLine(GatedHost host, HostCaps caps, CommandQueue queue, CardLink link, Clockwork clockwork) {
        this.host = host;
        this.caps = caps;
        this.queue = queue;
        this.link = link;
        this.clockwork = clockwork;
    }

    HostCaps caps() {
        return caps;
    }

    MmcIos ios() {
        return ios;
    }

    void setIos(MmcIos newIos) {
        ios = newIos;
        host.setIos(newIos);
    }

    void powerUp(int clockHz) throws MmcException {
        setIos(MmcIos.OFF);
        // As long as it takes for the card's supply to be down for sure, from where every start-up begins alike.
        link.pause(SUPPLY_MS);
        setIos(MmcIos.identification(MmcIos.Power.UP, clockHz));
        link.pause(SUPPLY_MS);
        setIos(MmcIos.identification(MmcIos.Power.ON, clockHz));
        link.pause(SUPPLY_MS);
    }

    void pause(long ms) throws MmcException {
        link.pause(ms);
    }

    /** Whether the card holds its lines low. */
    boolean isCardBusy() {
        return host.isCardBusy();
    }

    /** Asks for the card's conditions. */
    interface Conditions {
        Ocr ask() throws MmcException;
    }

    /** Asks again and again until the card has powered up. */
    Ocr awaitReady(Conditions conditions) throws MmcException {
        long deadline = clockwork.nanoTime() + READY_MS * 1_000_000;
        Ocr ocr = conditions.ask();
        while (!ocr.isReady()) {
            if (clockwork.nanoTime() - deadline >= 0) {
                throw new MmcException(
                        MmcError.TIMEOUT, "the card is still busy after " + READY_MS + " ms of power-up");
            }
            link.pause(READY_POLL_MS);
            ocr = conditions.ask();
        }
        return ocr;
    }

    MmcResponse command(int opcode, int argument, ResponseType type) throws MmcException {
        return command(opcode, argument, type, COMMAND_MS);
    }

    MmcResponse command(int opcode, int argument, ResponseType type, long timeoutMs) throws MmcException {
        request.withCommand(timeoutMs).set(opcode, argument, type);
        queue.execute(link, request);
        return checked(opcode, type);
    }

    MmcResponse appCommand(int rca, int opcode, int argument, ResponseType type) throws MmcException {
        announce(rca);
        return command(opcode, argument, type);
    }

    void announce(int rca) throws MmcException {
        CardStatus status =
                new CardStatus(command(55, rca << 16, ResponseType.R1).word());
        if (!status.has(CardStatus.APP_CMD)) {
            throw new MmcException(MmcError.INVALID, "the card does not take application commands: " + status);
        }
    }

    /** Reads one block of data, as long as the buffer. */
    void read(int opcode, int argument, ByteBuffer into) throws MmcException {
        request.withCommand(DATA_MS).set(opcode, argument, ResponseType.R1);
        request.withData().set(false, into.remaining(), 1, new ByteBuffer[] {into}, 1);
        queue.execute(link, request);
        checked(opcode, ResponseType.R1);
    }

    /** Has the adapter look for its sampling point; whether there is one at which the block comes as it must. */
    boolean tune(int opcode, byte[] expected) throws MmcException {
        ByteBuffer block = ByteBuffer.allocate(expected.length);
        request.withCommand(TUNING_MS).set(opcode, 0, ResponseType.R1);
        request.withData().set(false, expected.length, 1, new ByteBuffer[] {block}, 1);
        request.withTuning();
        try {
            queue.execute(link, request);
            checked(opcode, ResponseType.R1);
        } catch (MmcException e) {
            if (e.isFinal()) {
                throw e;
            }
            return false;
        }
        return Arrays.equals(expected, block.array());
    }

    /** CID or CSD. */
    RegisterBits register(int opcode, int argument, String what) throws MmcException {
        MmcResponse response = command(opcode, argument, ResponseType.R2);
        RegisterBits bits = new RegisterBits(response.high(), response.low());
        if (!bits.crcMatches()) {
            throw new MmcException(MmcError.CRC, "the checksum of the " + what + " " + bits.hex() + " is wrong");
        }
        return bits;
    }

    /** CMD7; a card that is locked with a password can do no more than that. */
    void select(int address, ResponseType type) throws MmcException {
        command(7, address, type);
        CardStatus status = new CardStatus(command(13, address, ResponseType.R1).word());
        if (status.has(CardStatus.CARD_IS_LOCKED)) {
            throw new MmcException(MmcException.Kind.REFUSED, MmcError.INVALID, "the card is locked with a password");
        }
    }

    /** CMD6 of an MMC: writes a byte of EXT_CSD and waits until that is done; whether the card took it. */
    boolean switchByte(int address, int index, int value, long timeoutMs) throws MmcException {
        command(6, StartedCard.switchByte(index, value), ResponseType.R1B, timeoutMs);
        long deadline = clockwork.nanoTime() + timeoutMs * 1_000_000;
        CardStatus status = new CardStatus(command(13, address, ResponseType.R1).word());
        while (status.state() == CardState.PRG && clockwork.nanoTime() - deadline < 0) {
            link.pause(1);
            status = new CardStatus(command(13, address, ResponseType.R1).word());
        }
        return status.state() == CardState.TRAN && !status.has(CardStatus.SWITCH_ERROR);
    }

    private MmcResponse checked(int opcode, ResponseType type) throws MmcException {
        MmcResponse response = request.cmd().response();
        if (type == ResponseType.R1 || type == ResponseType.R1B) {
            CardStatus status = new CardStatus(response.word());
            // An illegal command is reported with the one after it: that is CMD8 on an old card, and no error of this
            // one.
            if (status.has(CardStatus.ERRORS & ~CardStatus.ILLEGAL_COMMAND)) {
                throw new MmcException(MmcError.INVALID, "CMD" + opcode + ": " + status);
            }
        }
        return response;
    }
}
