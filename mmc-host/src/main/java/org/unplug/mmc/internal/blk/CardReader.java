package org.unplug.mmc.internal.blk;

import java.nio.ByteBuffer;
import org.unplug.mmc.internal.card.StartedCard;
import org.unplug.mmc.internal.port.CardLink;
import org.unplug.mmc.internal.port.CommandQueue;
import org.unplug.mmc.internal.port.MmcException;
import org.unplug.mmc.spi.MmcRequest;
import org.unplug.mmc.spi.ResponseType;

/** Reads the user area of a card that has no disk yet: a run of blocks, waited for, within its time, tried once. */
public final class CardReader implements Generation.Reader {

    private final CommandQueue queue;
    private final CardLink link;
    private final StartedCard card;

    public CardReader(CommandQueue queue, CardLink link, StartedCard card) {
        this.queue = queue;
        this.link = link;
        this.card = card;
    }

    @Override
    public void read(long sector, ByteBuffer into) throws MmcException {
        MmcRequest request = new MmcRequest();
        if (card.type().isAddressExtended()) {
            request.withCommand(CardJob.COMMAND_MS).set(22, (int) (sector >>> 32), ResponseType.R1);
            queue.execute(link, request);
        }
        int count = into.remaining() / CardJob.SECTOR_BYTES;
        boolean multiple = count > 1;
        request.withCommand(Transfer.READ_MS).set(multiple ? 18 : 17, card.dataAddress(sector), ResponseType.R1);
        if (multiple && card.setBlockCount()) {
            request.withSbc().set(23, count, ResponseType.R1);
        } else if (multiple) {
            request.withStop().set(12, 0, ResponseType.R1);
        }
        request.withData().set(false, CardJob.SECTOR_BYTES, count, new ByteBuffer[] {into}, 1);
        queue.execute(link, request);
    }
}
