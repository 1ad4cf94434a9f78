package org.unplug.mmc.internal.card;

import java.nio.ByteBuffer;
import org.unplug.mmc.CardRegisters;
import org.unplug.mmc.CardStatus;
import org.unplug.mmc.Cid;
import org.unplug.mmc.Csd;
import org.unplug.mmc.Ocr;
import org.unplug.mmc.RegisterBits;
import org.unplug.mmc.Scr;
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

/**
 * Starts an SD memory card: from power-up to TRAN (SD Physical Layer, sections 4.2 and 4.3). Tried with falling clocks, since
 * a worn contact or a long line may still work slowly. Runs on the adapter's context and blocks there, each step bounded; a
 * severed link ends it at once.
 */
public final class SdStartup {

    private static final int[] CLOCKS_HZ = {400_000, 300_000, 200_000, 100_000};
    private static final int LEGACY_HZ = 25_000_000;
    private static final int HIGH_SPEED_HZ = 50_000_000;
    private static final long COMMAND_MS = 500;
    private static final long DATA_MS = 1000;
    private static final long SUPPLY_MS = 1;
    private static final long READY_MS = 1000;
    private static final long READY_POLL_MS = 10;

    /** 2.7 to 3.6 V, and a pattern that the card has to echo. */
    private static final int INTERFACE_CONDITION = 0x1aa;

    private static final int SWITCH_CHECK = 0x00fffff1;
    private static final int SWITCH_SET = 0x80fffff1;
    private static final int SWITCH_BYTES = 64;
    private static final int SCR_BYTES = 8;
    private static final int SD_BLOCK_BYTES = 512;

    private final GatedHost host;
    private final HostCaps caps;
    private final CommandQueue queue;
    private final CardLink link;
    private final Clockwork clockwork;
    private final MmcRequest request = new MmcRequest();
    private MmcIos ios = MmcIos.OFF;

    public SdStartup(GatedHost host, HostCaps caps, CommandQueue queue, CardLink link, Clockwork clockwork) {
        this.host = host;
        this.caps = caps;
        this.queue = queue;
        this.link = link;
        this.clockwork = clockwork;
    }

    /**
     * Starts the card in the slot.
     *
     * @throws MmcException if the card went, or could not be started at any clock
     */
    public StartedCard start() throws MmcException {
        MmcException last = null;
        int lastHz = 0;
        for (int hz : CLOCKS_HZ) {
            int clock = Math.max(caps.minHz(), Math.min(caps.maxHz(), hz));
            if (clock == lastHz) {
                continue;
            }
            lastHz = clock;
            try {
                powerUp(clock);
                return start(identify());
            } catch (MmcException e) {
                if (e.isFinal()) {
                    throw e;
                }
                last = e;
            }
        }
        throw last;
    }

    private void powerUp(int clock) throws MmcException {
        setIos(MmcIos.OFF);
        setIos(MmcIos.identification(MmcIos.Power.UP, clock));
        link.pause(SUPPLY_MS);
        setIos(MmcIos.identification(MmcIos.Power.ON, clock));
        link.pause(SUPPLY_MS);
    }

    private record Identified(Ocr ocr, Cid cid, int rca) {}

    /** From idle to stand-by: voltage, addressing, identity, address. */
    private Identified identify() throws MmcException {
        command(0, 0, ResponseType.NONE);
        boolean version2 = interfaceCondition();
        int common = appCondition(0).voltages() & caps.ocr();
        if (common == 0) {
            throw new MmcException(MmcError.INVALID, "the card and the adapter have no voltage in common");
        }
        int asked = common | (version2 ? Ocr.HIGH_CAPACITY : 0);
        long deadline = clockwork.nanoTime() + READY_MS * 1_000_000;
        Ocr ocr = appCondition(asked);
        while (!ocr.isReady()) {
            if (clockwork.nanoTime() - deadline >= 0) {
                throw new MmcException(
                        MmcError.TIMEOUT, "the card is still busy after " + READY_MS + " ms of power-up");
            }
            link.pause(READY_POLL_MS);
            ocr = appCondition(asked);
        }
        Cid cid = Cid.decode(register(command(2, 0, ResponseType.R2), "CID"));
        int rca = command(3, 0, ResponseType.R6).word() >>> 16;
        return new Identified(ocr, cid, rca);
    }

    /** Whether the card knows CMD8, which cards before version 2 do not answer. */
    private boolean interfaceCondition() throws MmcException {
        try {
            int echo = command(8, INTERFACE_CONDITION, ResponseType.R7).word() & 0xfff;
            if (echo != INTERFACE_CONDITION) {
                throw new MmcException(MmcError.INVALID, String.format("the card echoes %03x to CMD8", echo));
            }
            return true;
        } catch (MmcException e) {
            if (e.error() == MmcError.TIMEOUT && !e.isFinal()) {
                return false;
            }
            throw e;
        }
    }

    private Ocr appCondition(int argument) throws MmcException {
        return new Ocr(appCommand(0, 41, argument, ResponseType.R3).word());
    }

    /** From stand-by to transfer: what it can do, selection, clock and width. */
    private StartedCard start(Identified card) throws MmcException {
        int address = card.rca() << 16;
        Csd csd;
        try {
            csd = Csd.decode(register(command(9, address, ResponseType.R2), "CSD"));
        } catch (IllegalArgumentException e) {
            throw new MmcException(MmcError.INVALID, e.getMessage());
        }
        command(7, address, ResponseType.R1B);
        ByteBuffer scrBytes = ByteBuffer.allocate(SCR_BYTES);
        announce(card.rca());
        read(51, 0, scrBytes);
        Scr scr = Scr.decode(scrBytes.getLong(0));
        if (caps.fourBit() && scr.fourBit()) {
            appCommand(card.rca(), 6, 2, ResponseType.R1);
            setIos(ios.withWidth(4));
        }
        boolean fast = caps.highSpeed() && scr.hasSwitch() && switchToHighSpeed();
        if (fast) {
            setIos(ios.withTiming(MmcIos.Timing.HIGH_SPEED));
        }
        setIos(ios.withClock(Math.min(caps.maxHz(), fast ? HIGH_SPEED_HZ : LEGACY_HZ)));
        CardRegisters registers = new CardRegisters(card.rca(), card.ocr(), card.cid(), csd, scr);
        if (!registers.type().isBlockAddressed()) {
            command(16, SD_BLOCK_BYTES, ResponseType.R1);
        }
        return new StartedCard(registers, ios, caps.cmd23() && scr.setBlockCount());
    }

    /** CMD6: asks whether function 1 of group 1 is had, and takes it. */
    private boolean switchToHighSpeed() throws MmcException {
        ByteBuffer status = ByteBuffer.allocate(SWITCH_BYTES);
        read(6, SWITCH_CHECK, status);
        boolean had = (status.get(13) & 2) != 0;
        if (!had) {
            return false;
        }
        read(6, SWITCH_SET, status);
        return (status.get(16) & 0xf) == 1;
    }

    private static RegisterBits register(MmcResponse response, String what) throws MmcException {
        RegisterBits bits = new RegisterBits(response.high(), response.low());
        if (!bits.crcMatches()) {
            throw new MmcException(MmcError.CRC, "the checksum of the " + what + " " + bits.hex() + " is wrong");
        }
        return bits;
    }

    private void setIos(MmcIos newIos) {
        ios = newIos;
        host.setIos(newIos);
    }

    private MmcResponse command(int opcode, int argument, ResponseType type) throws MmcException {
        request.withCommand(COMMAND_MS).set(opcode, argument, type);
        queue.execute(link, request);
        return checked(opcode, type);
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

    private MmcResponse appCommand(int rca, int opcode, int argument, ResponseType type) throws MmcException {
        announce(rca);
        return command(opcode, argument, type);
    }

    private void announce(int rca) throws MmcException {
        CardStatus status =
                new CardStatus(command(55, rca << 16, ResponseType.R1).word());
        if (!status.has(CardStatus.APP_CMD)) {
            throw new MmcException(MmcError.INVALID, "the card does not take application commands: " + status);
        }
    }

    private void read(int opcode, int argument, ByteBuffer into) throws MmcException {
        request.withCommand(DATA_MS).set(opcode, argument, ResponseType.R1);
        request.withData().set(false, into.remaining(), 1, new ByteBuffer[] {into}, 1);
        queue.execute(link, request);
        checked(opcode, ResponseType.R1);
    }
}
