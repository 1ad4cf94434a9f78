package org.unplug.mmc.internal.card;

import org.unplug.mmc.internal.port.CardLink;
import org.unplug.mmc.internal.port.CommandQueue;
import org.unplug.mmc.internal.port.GatedHost;
import org.unplug.mmc.internal.port.MmcException;
import org.unplug.mmc.spi.HostCaps;
import org.unplug.ref.Clockwork;

/**
 * Starts whatever card is in the slot, from power-up to TRAN: as an SD card, and if it does not take that for an answer, as an MMC.
 * Tried with falling clocks, since a worn contact or a long line may still work slowly. Runs on the adapter's context and blocks
 * there, each step bounded; a severed link ends it at once.
 */
public final class CardStartup {

    private static final int[] CLOCKS_HZ = {400_000, 300_000, 200_000, 100_000};

    private final StartupLine line;

    public CardStartup(GatedHost host, HostCaps caps, CommandQueue queue, CardLink link, Clockwork clockwork) {
        this.line = new StartupLine(host, caps, queue, link, clockwork);
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
            int clock = Math.max(line.caps().minHz(), Math.min(line.caps().maxHz(), hz));
            if (clock == lastHz) {
                continue;
            }
            lastHz = clock;
            try {
                line.powerUp(clock);
                SdStartup sd = new SdStartup(line);
                if (sd.answers()) {
                    return sd.start();
                }
                line.powerUp(clock);
                return new MmcStartup(line).start();
            } catch (MmcException e) {
                if (e.isFinal()) {
                    throw e;
                }
                last = e;
            }
        }
        throw last;
    }
}
