package org.unplug.mmc.internal.card;

import org.unplug.mmc.ExtCsd;
import org.unplug.mmc.internal.port.CardLink;
import org.unplug.mmc.internal.port.CommandQueue;
import org.unplug.mmc.internal.port.MmcException;
import org.unplug.mmc.spi.MmcRequest;
import org.unplug.mmc.spi.ResponseType;

/** What a card is told before its power goes: empty your cache, power goes, you are not selected any more. */
public final class Farewell {

    private static final int LONG_NOTIFICATION = 3;
    private static final long COMMAND_MS = 500;

    private final CommandQueue queue;
    private final CardLink link;

    /** @param link a new one: the card's own was severed with its disk's removal */
    public Farewell(CommandQueue queue, CardLink link) {
        this.queue = queue;
        this.link = link;
    }

    /**
     * Says it, each command within its time.
     *
     * @throws MmcException from the first command that failed; those after it were not sent
     */
    public void say(StartedCard card) throws MmcException {
        ExtCsd extCsd = card.registers().extCsd();
        if (card.cacheOn()) {
            execute(6, StartedCard.switchByte(ExtCsd.FLUSH_CACHE, 1), ResponseType.R1B, extCsd.switchMs());
        }
        if (extCsd != null && extCsd.powerOffMs() > 0) {
            int notify = StartedCard.switchByte(ExtCsd.POWER_OFF_NOTIFICATION, LONG_NOTIFICATION);
            execute(6, notify, ResponseType.R1B, extCsd.powerOffMs());
        }
        execute(7, 0, ResponseType.NONE, COMMAND_MS);
    }

    private void execute(int opcode, int argument, ResponseType type, long timeoutMs) throws MmcException {
        MmcRequest request = new MmcRequest();
        request.withCommand(Math.max(COMMAND_MS, timeoutMs)).set(opcode, argument, type);
        queue.execute(link, request);
    }
}
