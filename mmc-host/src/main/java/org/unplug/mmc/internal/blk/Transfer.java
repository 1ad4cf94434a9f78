package org.unplug.mmc.internal.blk;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.spi.Request;
import org.unplug.mmc.CardStatus;
import org.unplug.mmc.spi.MmcData;
import org.unplug.mmc.spi.MmcError;
import org.unplug.mmc.spi.MmcRequest;
import org.unplug.mmc.spi.MmcResponse;
import org.unplug.mmc.spi.ResponseType;

/**
 * A read or write, with its recovery.
 *
 * <p>An attempt is one transfer of what is left. What got through for sure is not repeated: of a read the blocks whose checksum was
 * right, of a write to an SD card those that it counts (ACMD22). What failed is tried again as a whole, then block by block, so
 * that one bad block costs no more than itself, and for the last time after the card went through power-up again. What the card
 * refuses - protected, or past its end - is not tried again. {@link #MOST_MS} bounds it all.
 */
final class Transfer extends CardJob {

    static final long READ_MS = 3_000;
    private static final long WRITE_MS = 5_000;
    private static final long MOST_MS = 15_000;
    private static final int COUNT_BYTES = 4;

    /** How what is left is tried next. */
    private enum Way {
        WHOLE,
        WHOLE_AGAIN,
        BLOCK_BY_BLOCK,
        AFTER_RESET;

        Way next() {
            return switch (this) {
                case WHOLE -> WHOLE_AGAIN;
                case WHOLE_AGAIN -> BLOCK_BY_BLOCK;
                case BLOCK_BY_BLOCK, AFTER_RESET -> AFTER_RESET;
            };
        }
    }

    private final boolean write;
    private final int total;
    private final long deadline;
    private int done;
    private int count;
    private Way way = Way.WHOLE;
    /** Whether the card has taken the command: else what it counts is an earlier write's. */
    private boolean begun;

    Transfer(CardAccess access, Request block, int area, Consumer<BlockStatus> finished) {
        super(access, block, area, finished);
        this.write = block.op() == BioOp.WRITE;
        this.total = (int) block.sectors();
        this.deadline = access.clockwork().nanoTime() + MOST_MS * 1_000_000;
    }

    @Override
    void work() {
        count = way == Way.WHOLE || way == Way.WHOLE_AGAIN ? total - done : 1;
        long sector = block().sector() + done;
        if (access().type().isAddressExtended()) {
            request().withCommand(COMMAND_MS).set(22, (int) (sector >>> 32), ResponseType.R1);
            send(Rung.ADDRESS, extended -> {
                if (extended.error() == MmcError.NONE) {
                    move(sector);
                } else {
                    ended(extended, BlockStatus.OK);
                }
            });
        } else {
            move(sector);
        }
    }

    private void move(long sector) {
        boolean multiple = count > 1;
        int opcode = write ? (multiple ? 25 : 24) : (multiple ? 18 : 17);
        MmcRequest request = request();
        request.withCommand(write ? WRITE_MS : READ_MS).set(opcode, access().dataAddress(sector), ResponseType.R1);
        if (multiple && access().card().setBlockCount()) {
            request.withSbc().set(23, count, ResponseType.R1);
        } else if (multiple) {
            request.withStop().set(12, 0, write ? ResponseType.R1B : ResponseType.R1);
        }
        ByteBuffer[] segments = segments();
        request.withData().set(write, SECTOR_BYTES, count, segments, segments.length);
        send(Rung.WORK, this::moved);
    }

    /** The buffers of this attempt. */
    private ByteBuffer[] segments() {
        ByteBuffer[] all = new ByteBuffer[block().segmentCount()];
        for (int i = 0; i < all.length; i++) {
            all[i] = block().segment(i);
        }
        return count == total ? all : Cut.of(all, (long) done * SECTOR_BYTES, (long) count * SECTOR_BYTES);
    }

    private void moved(MmcRequest request) {
        MmcData data = request.data();
        // An open-ended read of the last blocks runs ahead past the end, and CMD12 reports that: no error of this
        // transfer.
        int ignored = write ? 0 : CardStatus.OUT_OF_RANGE;
        int said = bits(request.sbc()) | bits(request.cmd()) | (bits(request.stop()) & ~ignored);
        BlockStatus status = meaning(said & ~CardStatus.ILLEGAL_COMMAND);
        MmcResponse answer = request.cmd().response();
        begun = answer != null && answer.ok() && meaning(answer.word()).ok();
        if (!write && status.ok() && request.error() == MmcError.NONE) {
            advance(count);
            return;
        }
        if (!write) {
            done += (int) (data.doneBytes() / SECTOR_BYTES);
        }
        ended(request, status);
    }

    @Override
    void settled(BlockStatus status, boolean inTran) {
        if (status.ok()) {
            advance(count);
        } else if (isCancelled() || status == BlockStatus.PROTECTED) {
            finish(status);
        } else if (inTran && begun && write && count > 1 && access().type().isSd()) {
            countWritten(status);
        } else {
            tryNext(status, inTran);
        }
    }

    private void countWritten(BlockStatus status) {
        request().withCommand(COMMAND_MS).set(55, access().card().address(), ResponseType.R1);
        send(Rung.COUNT, announced -> {
            ByteBuffer written = ByteBuffer.allocate(COUNT_BYTES);
            request().withCommand(COMMAND_MS).set(22, 0, ResponseType.R1);
            request().withData().set(false, COUNT_BYTES, 1, new ByteBuffer[] {written}, 1);
            send(Rung.COUNT, counted -> {
                if (counted.error() == MmcError.NO_MEDIUM) {
                    cardLost();
                    return;
                }
                int blocks = written.getInt(0);
                if (counted.error() == MmcError.NONE && blocks >= 0 && blocks <= count) {
                    done += blocks;
                }
                tryNext(status, true);
            });
        });
    }

    private void tryNext(BlockStatus status, boolean inTran) {
        if (done == total) {
            finish(BlockStatus.OK);
            return;
        }
        boolean last = way == Way.AFTER_RESET;
        if (last || isCancelled() || access().clockwork().nanoTime() - deadline >= 0) {
            finish(status);
            return;
        }
        way = way.next();
        if (way == Way.BLOCK_BY_BLOCK && count == 1) {
            way = way.next();
        }
        if (way == Way.AFTER_RESET || !inTran) {
            way = Way.AFTER_RESET;
            reset(this::attempt);
        } else {
            attempt();
        }
    }

    private void advance(int blocks) {
        done += blocks;
        if (done == total) {
            finish(BlockStatus.OK);
        } else {
            attempt();
        }
    }
}
