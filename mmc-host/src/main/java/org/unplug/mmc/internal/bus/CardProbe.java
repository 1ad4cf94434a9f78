package org.unplug.mmc.internal.bus;

import org.unplug.mmc.internal.port.CommandQueue;
import org.unplug.mmc.internal.port.MmcException;
import org.unplug.mmc.spi.MmcRequest;
import org.unplug.mmc.spi.ResponseType;

/** Asks a card in use whether it is still there: CMD13, at most twice. */
enum CardProbe {
    /** It answers. */
    THERE,
    /** It does not, or was found missing meanwhile. */
    LOST,
    /** A long transfer is in front: no word on the card yet. */
    NO_WORD;

    private static final long PROBE_MS = 500;
    private static final int PROBES = 2;

    /** Bounded. */
    static CardProbe ask(CommandQueue queue, ActiveCard card) {
        for (int probe = 0; probe < PROBES && !card.isLost(); probe++) {
            MmcRequest status = new MmcRequest();
            status.withCommand(PROBE_MS).set(13, card.started().address(), ResponseType.R1);
            try {
                queue.execute(card.link(), status);
                return THERE;
            } catch (MmcException e) {
                if (e.kind() != MmcException.Kind.ANSWERED) {
                    return e.kind() == MmcException.Kind.NEVER_SENT ? NO_WORD : LOST;
                }
            }
        }
        return LOST;
    }
}
