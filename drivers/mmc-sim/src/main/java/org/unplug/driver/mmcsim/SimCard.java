package org.unplug.driver.mmcsim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.unplug.mmc.CardState;
import org.unplug.mmc.CardStatus;
import org.unplug.mmc.CardType;
import org.unplug.mmc.Cid;
import org.unplug.mmc.Csd;
import org.unplug.mmc.Ocr;
import org.unplug.mmc.Scr;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.mmc.spi.MmcCommand;
import org.unplug.mmc.spi.MmcData;
import org.unplug.mmc.spi.MmcError;
import org.unplug.mmc.spi.MmcResponse;

/**
 * An SD memory card: its registers and its state machine (SD Physical Layer, figures 4-2, 4-13 and table 4-35), for the
 * commands of start-up and of block transfer. What is not legal where it stands is not answered, and reported with the next
 * status.
 *
 * <p>Commands, power and data come on different threads but never at once, except for {@link #pull}: the protocol is guarded by
 * the monitor, the cells by one of their own, taken for one chunk after another, so that pulling waits for a chunk at most and
 * nothing touches the cells afterwards.
 */
final class SimCard {

    private static final int CHUNK_BYTES = 64 << 10;
    private static final int BLOCK_BYTES = 512;
    private static final int SWITCH_BYTES = 64;
    private static final int STATUS_BYTES = 64;
    private static final int VOLTAGES = 0xff8000;
    private static final int UNLIMITED = -1;

    private static final Set<CardState> ADDRESSED =
            EnumSet.of(CardState.STBY, CardState.TRAN, CardState.DATA, CardState.RCV, CardState.PRG, CardState.DIS);
    private static final Set<CardState> TRAN = EnumSet.of(CardState.TRAN);
    private static final Set<CardState> IDLE = EnumSet.of(CardState.IDLE);

    /** Where each command is legal. */
    private static final Map<Integer, Set<CardState>> COMMANDS = Map.ofEntries(
            Map.entry(0, EnumSet.allOf(CardState.class)),
            Map.entry(2, EnumSet.of(CardState.READY)),
            Map.entry(3, EnumSet.of(CardState.IDENT, CardState.STBY)),
            Map.entry(6, TRAN),
            Map.entry(7, ADDRESSED),
            Map.entry(8, IDLE),
            Map.entry(9, EnumSet.of(CardState.STBY)),
            Map.entry(10, EnumSet.of(CardState.STBY)),
            Map.entry(12, EnumSet.of(CardState.DATA, CardState.RCV)),
            Map.entry(13, ADDRESSED),
            Map.entry(16, TRAN),
            Map.entry(17, TRAN),
            Map.entry(18, TRAN),
            Map.entry(23, TRAN),
            Map.entry(24, TRAN),
            Map.entry(25, TRAN),
            Map.entry(55, EnumSet.complementOf(EnumSet.of(CardState.READY, CardState.IDENT))));

    private static final Map<Integer, Set<CardState>> APP_COMMANDS = Map.of(6, TRAN, 13, TRAN, 41, IDLE, 51, TRAN);

    private final CardSpec spec;
    private final Media media;
    private final CardType type;
    private final Cid cid;
    private final Csd csd;
    private final Scr scr = Scr.encode(true, true);
    private final Object cells = new Object();
    private boolean pulled;

    private CardState state = CardState.IDLE;
    private boolean powered;
    private int errors;
    private boolean appCommand;
    private boolean powerUpAsked;
    private int rca;
    private int blockCount;
    private boolean highSpeed;

    /** Of a transfer under way: a register's content, or null for cells. */
    private byte[] register;

    private long dataAt;
    private long blocksLeft;

    private SimCard(CardSpec spec, Media media, CardType type, Cid cid, Csd csd) {
        this.spec = spec;
        this.media = media;
        this.type = type;
        this.cid = cid;
        this.csd = csd;
    }

    /**
     * Makes a card.
     *
     * @throws IOException in one line: what is wrong with its image or its size
     */
    static SimCard open(CardSpec spec) throws IOException {
        if (spec.image() == null && spec.bytes() > 2L << 40) {
            throw new IOException("a card in memory of " + spec.bytes() + " bytes is too large");
        }
        Media media = spec.image() == null
                ? new MemoryMedia(spec.bytes())
                : FileMedia.open(spec.image(), spec.bytes(), spec.readOnly());
        try {
            CardType type = spec.type() == null ? CardType.forBytes(media.bytes()) : spec.type();
            return new SimCard(spec, media, type, cid(spec, type), csd(spec, media, type));
        } catch (IOException e) {
            media.close();
            throw e;
        }
    }

    private static Cid cid(CardSpec spec, CardType type) {
        long derived = spec.image() == null
                ? spec.bytes()
                : spec.image().toAbsolutePath().toString().hashCode();
        long serial = spec.serial() != 0 ? spec.serial() : derived & 0xffffffffL;
        return Cid.encode(0x55, "UP", type == CardType.SDSC ? "SIMSD" : "SIMHC", 0x10, serial, 2026, 1);
    }

    private static Csd csd(CardSpec spec, Media media, CardType type) throws IOException {
        String what = spec.image() == null ? "a card in memory" : "image " + spec.image();
        long unit = type == CardType.SDSC ? 2048 : Csd.UNIT_BYTES;
        if (media.bytes() < unit) {
            throw new IOException(what + " of " + media.bytes() + " bytes is too small for " + type.text()
                    + ": the least is " + unit);
        }
        if (media.bytes() > type.mostBytes()) {
            throw new IOException(what + " of " + media.bytes() + " bytes is too large for " + type.text()
                    + ": the most is " + type.mostBytes());
        }
        return type == CardType.SDSC
                ? Csd.encodeStandard(media.bytes(), false)
                : Csd.encodeHigh(media.bytes() / unit * unit, false);
    }

    CardSpec spec() {
        return spec;
    }

    CardType type() {
        return type;
    }

    long capacityBytes() {
        return csd.capacityBytes();
    }

    synchronized CardState state() {
        return state;
    }

    /** Supply came or went; the card forgets where it stood. */
    synchronized void power(boolean on) {
        if (powered != on) {
            powered = on;
            reset();
        }
    }

    private void reset() {
        state = CardState.IDLE;
        errors = 0;
        appCommand = false;
        powerUpAsked = false;
        rca = 0;
        blockCount = 0;
        highSpeed = false;
        register = null;
    }

    /** Taken out: waits for the chunk that is being moved, if any; nothing touches the cells any more. */
    void pull() throws IOException {
        synchronized (cells) {
            if (!pulled) {
                pulled = true;
                media.close();
            }
        }
    }

    /** Takes a command; the answer is TIMEOUT if the card gives none. */
    synchronized MmcResponse command(MmcCommand command) {
        if (!powered) {
            return silent();
        }
        int opcode = command.opcode();
        boolean app = appCommand && APP_COMMANDS.containsKey(opcode);
        appCommand = false;
        Set<CardState> legal = app ? APP_COMMANDS.get(opcode) : COMMANDS.get(opcode);
        if (legal == null || !legal.contains(state)) {
            errors |= CardStatus.ILLEGAL_COMMAND;
            return silent();
        }
        if (opcode != 18 && opcode != 25) {
            blockCount = 0;
        }
        return app ? appCommand(opcode, command.argument()) : command(opcode, command.argument());
    }

    private static MmcResponse silent() {
        return MmcResponse.failed(MmcError.TIMEOUT);
    }

    private MmcResponse command(int opcode, int argument) {
        switch (opcode) {
            case 0 -> {
                reset();
                return MmcResponse.SENT;
            }
            case 2 -> {
                state = CardState.IDENT;
                return MmcResponse.register(cid.raw().high(), cid.raw().low());
            }
            case 3 -> {
                return publishAddress();
            }
            case 7 -> {
                return select(argument >>> 16);
            }
            case 8 -> {
                return (argument >>> 8 & 0xf) == 1 ? MmcResponse.word(argument & 0xfff) : silent();
            }
            case 9 -> {
                return isMe(argument)
                        ? MmcResponse.register(csd.raw().high(), csd.raw().low())
                        : silent();
            }
            case 10 -> {
                return isMe(argument)
                        ? MmcResponse.register(cid.raw().high(), cid.raw().low())
                        : silent();
            }
            case 12 -> {
                MmcResponse status = status();
                state = CardState.TRAN;
                return status;
            }
            case 13 -> {
                return isMe(argument) ? status() : silent();
            }
            case 55 -> {
                if (!isMe(argument)) {
                    return silent();
                }
                appCommand = true;
                return status();
            }
            case 6 -> {
                return sendRegister(switchFunction(argument));
            }
            case 16 -> {
                errors |= argument == BLOCK_BYTES ? 0 : CardStatus.BLOCK_LEN_ERROR;
                return status();
            }
            case 23 -> {
                blockCount = argument;
                return status();
            }
            case 17, 18, 24, 25 -> {
                return beginData(opcode, argument);
            }
            default -> throw new IllegalStateException("CMD" + opcode + " is in the table and not here");
        }
    }

    private MmcResponse appCommand(int opcode, int argument) {
        switch (opcode) {
            case 6 -> {
                return status(CardStatus.APP_CMD);
            }
            case 13 -> {
                return sendRegister(new byte[STATUS_BYTES]);
            }
            case 41 -> {
                return operatingConditions(new Ocr(argument));
            }
            case 51 -> {
                return sendRegister(ByteBuffer.allocate(8).putLong(scr.raw()).array());
            }
            default -> throw new IllegalStateException("ACMD" + opcode + " is in the table and not here");
        }
    }

    /** A question without voltages is an inquiry. Power-up takes until the second request that means it. */
    private MmcResponse operatingConditions(Ocr asked) {
        int capacity = type.isBlockAddressed() ? Ocr.HIGH_CAPACITY : 0;
        if (asked.voltages() == 0) {
            return MmcResponse.word(VOLTAGES);
        }
        boolean hostCan = asked.isHighCapacity() || !type.isBlockAddressed();
        if (!powerUpAsked || !hostCan) {
            powerUpAsked = true;
            return MmcResponse.word(VOLTAGES);
        }
        state = CardState.READY;
        return MmcResponse.word(VOLTAGES | capacity | Ocr.READY);
    }

    private MmcResponse publishAddress() {
        rca = (rca == 0 ? (int) cid.serial() : rca + 1) & 0xffff;
        rca = rca == 0 ? 1 : rca;
        int status = takeStatus(0);
        int shortened = (status >>> 8 & 0xc000) | (status >>> 6 & 0x2000) | (status & 0x1fff);
        state = CardState.STBY;
        return MmcResponse.word(rca << 16 | shortened);
    }

    private MmcResponse select(int address) {
        boolean me = address == rca;
        MmcResponse answer = me ? status() : silent();
        state = switch (state) {
            case STBY -> me ? CardState.TRAN : state;
            case DIS -> me ? CardState.PRG : state;
            case TRAN, DATA -> me ? state : CardState.STBY;
            case PRG -> me ? state : CardState.DIS;
            default -> state;
        };
        return answer;
    }

    private boolean isMe(int argument) {
        return argument >>> 16 == rca;
    }

    private byte[] switchFunction(int argument) {
        ByteBuffer status = ByteBuffer.allocate(SWITCH_BYTES).putShort((short) 100);
        for (int group = 6; group > 1; group--) {
            status.putShort((short) 0x8001);
        }
        status.putShort((short) 0x8003);
        int wanted = argument & 0xf;
        int function = wanted == 0xf ? (highSpeed ? 1 : 0) : wanted > 1 ? 0xf : wanted;
        if (argument < 0 && function != 0xf) {
            highSpeed = function == 1;
        }
        status.put(16, (byte) function);
        return status.array();
    }

    private MmcResponse sendRegister(byte[] content) {
        MmcResponse status = status();
        register = content;
        blocksLeft = 1;
        state = CardState.DATA;
        return status;
    }

    private MmcResponse beginData(int opcode, int argument) {
        boolean write = opcode == 24 || opcode == 25;
        long address = Integer.toUnsignedLong(argument);
        dataAt = type.isBlockAddressed() ? address * BLOCK_BYTES : address;
        if (dataAt % BLOCK_BYTES != 0) {
            errors |= CardStatus.ADDRESS_ERROR;
        } else if (dataAt >= capacityBytes()) {
            errors |= CardStatus.OUT_OF_RANGE;
        } else if (write && media.isReadOnly()) {
            errors |= CardStatus.WP_VIOLATION;
        }
        boolean refused = errors != 0 && (errors & ~CardStatus.ILLEGAL_COMMAND) != 0;
        MmcResponse status = status();
        if (!refused) {
            register = null;
            blocksLeft = opcode == 17 || opcode == 24 ? 1 : blockCount == 0 ? UNLIMITED : blockCount;
            state = write ? CardState.RCV : CardState.DATA;
        }
        blockCount = 0;
        return status;
    }

    private MmcResponse status() {
        return status(0);
    }

    private MmcResponse status(int more) {
        return MmcResponse.word(takeStatus(more));
    }

    /** Errors are reported once. */
    private int takeStatus(int more) {
        int ready = state == CardState.TRAN || state == CardState.RCV || state == CardState.STBY
                ? CardStatus.READY_FOR_DATA
                : 0;
        int app = appCommand ? CardStatus.APP_CMD : 0;
        int bits = CardStatus.of(state, errors | ready | app | more).bits();
        errors = 0;
        return bits;
    }

    /** Whether the card waits for, or has, the data of the command before. */
    synchronized boolean hasData(boolean write) {
        return powered && state == (write ? CardState.RCV : CardState.DATA);
    }

    /** Asked between chunks whether to go on. */
    interface Progress {
        boolean goesOn();
    }

    /**
     * Moves the data of the command before, in chunks, and accounts for it in the transfer. On the adapter's thread, after
     * {@link #hasData}.
     */
    void transfer(MmcData data, Progress progress) {
        byte[] content;
        long at;
        long most;
        synchronized (this) {
            content = register;
            at = dataAt;
            most = blocksLeft == UNLIMITED ? Long.MAX_VALUE : blocksLeft * data.blockBytes();
        }
        if (content != null) {
            sendContent(data, content);
            return;
        }
        long wanted = Math.min(data.bytes(), most);
        long reachable = Math.min(wanted, capacityBytes() - at);
        long done = 0;
        MmcError error = reachable < data.bytes() ? MmcError.TIMEOUT : MmcError.NONE;
        int failure = reachable < wanted ? CardStatus.OUT_OF_RANGE : 0;
        for (int i = 0; i < data.segmentCount() && done < reachable; i++) {
            ByteBuffer segment = data.segment(i);
            int index = segment.position();
            int end = (int) Math.min(segment.limit(), index + reachable - done);
            while (index < end) {
                int length = Math.min(CHUNK_BYTES, end - index);
                MmcError chunk =
                        progress.goesOn() ? move(data.isWrite(), at + done, segment, index, length) : MmcError.TIMEOUT;
                if (chunk != MmcError.NONE) {
                    data.transferred(done, chunk == MmcError.INVALID ? MmcError.TIMEOUT : chunk);
                    failed(chunk == MmcError.INVALID ? CardStatus.CARD_ECC_FAILED : 0);
                    return;
                }
                done += length;
                index += length;
            }
        }
        data.transferred(done, error);
        synchronized (this) {
            errors |= failure;
            dataAt = at + done;
            if (failure == 0 && blocksLeft != UNLIMITED && done == most) {
                state = CardState.TRAN;
            }
        }
    }

    private void sendContent(MmcData data, byte[] content) {
        int done = 0;
        for (int i = 0; i < data.segmentCount() && done < content.length; i++) {
            ByteBuffer segment = data.segment(i);
            int length = Math.min(content.length - done, segment.remaining());
            segment.put(segment.position(), content, done, length);
            done += length;
        }
        data.transferred(done, done < data.bytes() ? MmcError.TIMEOUT : MmcError.NONE);
        synchronized (this) {
            register = null;
            state = CardState.TRAN;
        }
    }

    private synchronized void failed(int bits) {
        errors |= bits;
    }

    /** One chunk; INVALID stands for cells that cannot be read or written. */
    private MmcError move(boolean write, long at, ByteBuffer segment, int index, int length) {
        synchronized (cells) {
            if (pulled) {
                return MmcError.NO_MEDIUM;
            }
            try {
                if (write) {
                    media.write(at, segment, index, length);
                } else {
                    media.read(at, segment, index, length);
                }
                return MmcError.NONE;
            } catch (IOException e) {
                return MmcError.INVALID;
            }
        }
    }
}
