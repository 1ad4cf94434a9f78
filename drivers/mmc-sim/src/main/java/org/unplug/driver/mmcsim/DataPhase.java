package org.unplug.driver.mmcsim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import org.unplug.mmc.CardState;
import org.unplug.mmc.CardStatus;
import org.unplug.mmc.sim.CardFault;
import org.unplug.mmc.spi.MmcData;
import org.unplug.mmc.spi.MmcError;

/**
 * The blocks that follow a command, one way or the other.
 *
 * <p><b>Theory of operation.</b> Blocks move in chunks between the cells and the adapter's buffers. Where the lines are watched -
 * checksums are on, or a fault is planned - each block of a chunk has its CRC16 computed at both ends, with what a fault did to it
 * in between; the chunk then ends before the first block that did not get through. A block that the card could not check is not
 * programmed. Buffers whose pieces are no whole blocks are gathered into one first.
 *
 * <p>Runs on the adapter's thread, without the card's monitor but for its ends; the cells have a monitor of their own.
 */
final class DataPhase {

    private static final int CHUNK_BYTES = 64 << 10;
    private static final int BLOCK_BYTES = Cells.BLOCK_BYTES;

    private final SimCard card;
    private final Chip chip;
    private final FaultPlan faults;
    private final boolean checksums;

    DataPhase(SimCard card, Chip chip, FaultPlan faults, boolean checksums) {
        this.card = card;
        this.chip = chip;
        this.faults = faults;
        this.checksums = checksums;
    }

    /** What stops a transfer: what the adapter sees, and what the card will say. */
    private enum Stop {
        NONE(MmcError.NONE, 0),
        LINE_CRC(MmcError.CRC, 0),
        SILENCE(MmcError.TIMEOUT, 0),
        CELLS(MmcError.TIMEOUT, CardStatus.CARD_ECC_FAILED),
        PROTECTED(MmcError.TIMEOUT, CardStatus.WP_VIOLATION),
        PULLED(MmcError.NO_MEDIUM, 0);

        final MmcError seen;
        final int said;

        Stop(MmcError seen, int said) {
            this.seen = seen;
            this.said = said;
        }
    }

    /** Moves what the command before has announced, and accounts for it in the transfer. */
    void run(MmcData data, BooleanSupplier goesOn) {
        byte[] outgoing;
        int incoming;
        synchronized (card) {
            outgoing = chip.outgoing;
            incoming = chip.incoming == null ? 0 : chip.incomingBytes;
        }
        if (outgoing != null) {
            send(data, outgoing);
        } else if (incoming > 0) {
            take(data, incoming);
        } else {
            moveBlocks(data, goesOn);
        }
    }

    private void send(MmcData data, byte[] content) {
        CardFault.Kind fault = faults.atBlock(chip.dataCommand, -1);
        if (fault == CardFault.Kind.DATA_CRC || fault == CardFault.Kind.DATA_TIMEOUT) {
            data.transferred(0, fault == CardFault.Kind.DATA_CRC ? MmcError.CRC : MmcError.TIMEOUT);
        } else {
            int done = 0;
            for (int i = 0; i < data.segmentCount() && done < content.length; i++) {
                ByteBuffer segment = data.segment(i);
                int length = Math.min(content.length - done, segment.remaining());
                segment.put(segment.position(), content, done, length);
                done += length;
            }
            data.transferred(done, done < data.bytes() ? MmcError.TIMEOUT : MmcError.NONE);
        }
        synchronized (card) {
            chip.sent();
        }
    }

    private void take(MmcData data, int bytes) {
        byte[] content = new byte[bytes];
        ByteBuffer all = gather(data);
        int length = Math.min(bytes, all.remaining());
        all.get(all.position(), content, 0, length);
        boolean whole = length == bytes && data.bytes() == bytes;
        data.transferred(length, whole ? MmcError.NONE : MmcError.TIMEOUT);
        synchronized (card) {
            if (whole) {
                chip.incoming.accept(content);
            }
            chip.incoming = null;
            chip.programAsUsual();
        }
    }

    private void moveBlocks(MmcData data, BooleanSupplier goesOn) {
        long at;
        long most;
        int area;
        int width;
        synchronized (card) {
            at = chip.dataAt;
            most = chip.blocksLeft == Chip.UNLIMITED ? Long.MAX_VALUE : chip.blocksLeft * BLOCK_BYTES;
            area = chip.area;
            width = chip.widthBits;
        }
        long wanted = Math.min(data.bytes(), most);
        long reachable = Math.min(wanted, chip.cells.bytes(area) - at);
        boolean whole = areWholeBlocks(data);
        ByteBuffer gathered = whole ? null : data.isWrite() ? gather(data) : ByteBuffer.allocate((int) data.bytes());
        long done = 0;
        Stop stop = Stop.NONE;
        int segments = whole ? data.segmentCount() : 1;
        for (int i = 0; i < segments && done < reachable && stop == Stop.NONE; i++) {
            ByteBuffer segment = whole ? data.segment(i) : gathered;
            int index = segment.position();
            int end = (int) Math.min(segment.limit(), index + reachable - done);
            while (index < end && stop == Stop.NONE) {
                int length = Math.min(CHUNK_BYTES, end - index);
                Chunk chunk = new Chunk(data.isWrite(), area, at + done, segment, index, length, width);
                stop = goesOn.getAsBoolean() ? move(chunk) : Stop.SILENCE;
                done += chunk.movedBytes;
                index += length;
            }
        }
        if (!whole && !data.isWrite()) {
            scatter(gathered, data);
        }
        boolean pastTheEnd = stop == Stop.NONE && reachable < wanted;
        MmcError error = stop == Stop.NONE && reachable < data.bytes() ? MmcError.TIMEOUT : stop.seen;
        data.transferred(done, error);
        synchronized (card) {
            ended(data.isWrite(), at + done, done, stop.said | (pastTheEnd ? CardStatus.OUT_OF_RANGE : 0));
        }
    }

    /** Under the card's monitor. */
    private void ended(boolean write, long at, long done, int said) {
        chip.errors |= said;
        chip.dataAt = at;
        if (write) {
            chip.wellWritten += (int) (done / BLOCK_BYTES);
        }
        if (chip.blocksLeft == Chip.UNLIMITED) {
            return;
        }
        chip.blocksLeft -= done / BLOCK_BYTES;
        if (chip.blocksLeft == 0 && said == 0) {
            if (write) {
                chip.programAsUsual();
            } else {
                chip.state = CardState.TRAN;
            }
        }
    }

    /** A run of blocks in one buffer. */
    private static final class Chunk {
        final boolean write;
        final int area;
        final long at;
        final ByteBuffer buffer;
        final int index;
        final int length;
        final int width;
        int movedBytes;

        Chunk(boolean write, int area, long at, ByteBuffer buffer, int index, int length, int width) {
            this.write = write;
            this.area = area;
            this.at = at;
            this.buffer = buffer;
            this.index = index;
            this.length = length;
            this.width = width;
        }
    }

    private Stop move(Chunk chunk) {
        boolean watched = checksums || !faults.isEmpty();
        boolean guarded;
        synchronized (card) {
            guarded = chunk.write && chip.guard.hasProtectedGroups();
        }
        try {
            if (chunk.write) {
                Stop stop = watched || guarded ? pass(chunk, guarded) : whole(chunk);
                chip.cells.write(chunk.area, chunk.at, chunk.buffer, chunk.index, chunk.movedBytes);
                return stop;
            }
            chip.cells.read(chunk.area, chunk.at, chunk.buffer, chunk.index, chunk.length);
            return watched ? pass(chunk, false) : whole(chunk);
        } catch (Cells.PulledException e) {
            chunk.movedBytes = 0;
            return Stop.PULLED;
        } catch (IOException e) {
            chunk.movedBytes = 0;
            return Stop.CELLS;
        }
    }

    private static Stop whole(Chunk chunk) {
        chunk.movedBytes = chunk.length;
        return Stop.NONE;
    }

    /** Block by block over the lines, until one does not get through. */
    private Stop pass(Chunk chunk, boolean guarded) {
        for (int done = 0; done < chunk.length; done += BLOCK_BYTES) {
            Stop stop = block(chunk, done, guarded);
            if (stop != Stop.NONE) {
                return stop;
            }
            chunk.movedBytes = done + BLOCK_BYTES;
        }
        return Stop.NONE;
    }

    private Stop block(Chunk chunk, int done, boolean guarded) {
        int index = chunk.index + done;
        if (guarded) {
            synchronized (card) {
                if (!chip.guard.mayWrite(chip, chunk.at + done)) {
                    return Stop.PROTECTED;
                }
            }
        }
        CardFault.Kind fault = faults.atBlock(chip.dataCommand, (chunk.at + done) / BLOCK_BYTES);
        if (fault == CardFault.Kind.DATA_TIMEOUT) {
            return Stop.SILENCE;
        }
        if (fault == CardFault.Kind.ECC) {
            return Stop.CELLS;
        }
        if (fault == CardFault.Kind.STUCK_PRG && chunk.write) {
            synchronized (card) {
                chip.getStuck();
            }
        }
        boolean damaged = fault == CardFault.Kind.DATA_CRC;
        if (!damaged && !checksums) {
            return Stop.NONE;
        }
        ByteBuffer received = damaged ? noisy(chunk.buffer, index) : chunk.buffer;
        boolean passes = Crc.passes(chunk.width, chunk.buffer, index, received, damaged ? 0 : index, BLOCK_BYTES);
        return passes ? Stop.NONE : Stop.LINE_CRC;
    }

    /** What arrives of a block when a bit is flipped on the way. */
    private static ByteBuffer noisy(ByteBuffer buffer, int index) {
        ByteBuffer copy = ByteBuffer.allocate(BLOCK_BYTES);
        copy.put(0, buffer, index, BLOCK_BYTES);
        copy.put(BLOCK_BYTES / 2, (byte) (copy.get(BLOCK_BYTES / 2) ^ 0x10));
        return copy;
    }

    private static boolean areWholeBlocks(MmcData data) {
        for (int i = 0; i < data.segmentCount(); i++) {
            if (data.segment(i).remaining() % BLOCK_BYTES != 0) {
                return false;
            }
        }
        return true;
    }

    private static ByteBuffer gather(MmcData data) {
        ByteBuffer all = ByteBuffer.allocate((int) data.bytes());
        for (int i = 0; i < data.segmentCount(); i++) {
            all.put(data.segment(i).duplicate());
        }
        return all.flip();
    }

    private static void scatter(ByteBuffer all, MmcData data) {
        int from = 0;
        for (int i = 0; i < data.segmentCount(); i++) {
            ByteBuffer segment = data.segment(i);
            segment.put(segment.position(), all, from, segment.remaining());
            from += segment.remaining();
        }
    }
}
