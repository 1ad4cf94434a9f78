package org.unplug.mmc.internal.blk;

import java.util.List;
import java.util.function.Consumer;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.spi.Request;
import org.unplug.mmc.CardRegisters;
import org.unplug.mmc.CardStatus;
import org.unplug.mmc.ExtCsd;
import org.unplug.mmc.internal.card.StartedCard;
import org.unplug.mmc.spi.MmcError;
import org.unplug.mmc.spi.MmcRequest;
import org.unplug.mmc.spi.ResponseType;

/**
 * What is done by commands without data: an erase (first block, last block, CMD38), and the emptying of a cache (CMD6). Tried twice,
 * from the beginning.
 */
final class Sequence extends CardJob {

    private static final int SD_ERASE = 0;
    private static final int SD_DISCARD = 1;
    private static final int MMC_TRIM = 1;
    private static final int MMC_DISCARD = 3;
    private static final int REVISION_WITH_DISCARD = 6;
    private static final long FLUSH_MS = 10_000;
    private static final long ERASE_MS = 10_000;

    /** A step. */
    private record Step(Rung rung, int opcode, int argument, ResponseType type, long timeoutMs) {}

    private List<Step> steps = List.of();
    private int next;
    private boolean again;

    Sequence(CardAccess access, Request block, int area, Consumer<BlockStatus> finished) {
        super(access, block, area, finished);
    }

    @Override
    void work() {
        if (block().op() == BioOp.FLUSH && access().takeCacheLost()) {
            finish(BlockStatus.IOERR);
            return;
        }
        steps = block().op() == BioOp.FLUSH ? flush() : erase();
        next = 0;
        step();
    }

    private List<Step> flush() {
        int argument = StartedCard.switchByte(ExtCsd.FLUSH_CACHE, 1);
        return List.of(new Step(Rung.WORK, 6, argument, ResponseType.R1B, FLUSH_MS));
    }

    private List<Step> erase() {
        long first = block().sector();
        long last = first + block().sectors() - 1;
        boolean sd = access().type().isSd();
        int how = eraseArgument(access().card().registers(), block().op() == BioOp.DISCARD);
        Step from = new Step(Rung.WORK, sd ? 32 : 35, access().dataAddress(first), ResponseType.R1, COMMAND_MS);
        Step to = new Step(Rung.WORK, sd ? 33 : 36, access().dataAddress(last), ResponseType.R1, COMMAND_MS);
        Step erase = new Step(Rung.WORK, 38, how, ResponseType.R1B, ERASE_MS);
        if (!access().type().isAddressExtended()) {
            return List.of(from, to, erase);
        }
        return List.of(extension(first), from, extension(last), to, erase);
    }

    private static Step extension(long sector) {
        return new Step(Rung.WORK, 22, (int) (sector >>> 32), ResponseType.R1, COMMAND_MS);
    }

    private static int eraseArgument(CardRegisters registers, boolean discard) {
        if (registers.type().isSd()) {
            boolean had = registers.ssr() != null && registers.ssr().discard();
            return discard && had ? SD_DISCARD : SD_ERASE;
        }
        return discard && registers.extCsd().revision() >= REVISION_WITH_DISCARD ? MMC_DISCARD : MMC_TRIM;
    }

    private void step() {
        Step step = steps.get(next);
        request().withCommand(step.timeoutMs()).set(step.opcode(), step.argument(), step.type());
        send(step.rung(), this::stepped);
    }

    private void stepped(MmcRequest done) {
        BlockStatus status = meaning(bits(done.cmd()) & ~CardStatus.ILLEGAL_COMMAND);
        next++;
        if (status.ok() && done.error() == MmcError.NONE && next < steps.size()) {
            step();
        } else {
            ended(done, status);
        }
    }

    @Override
    void settled(BlockStatus status, boolean inTran) {
        boolean failed = !status.ok() && status != BlockStatus.PROTECTED;
        if (failed && !again && inTran && !isCancelled()) {
            again = true;
            attempt();
        } else {
            finish(status);
        }
    }
}
