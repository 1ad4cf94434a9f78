package org.unplug.driver.mmcsim;

import java.io.IOException;
import org.unplug.mmc.spi.HostCaps;
import org.unplug.mmc.spi.MmcHost;
import org.unplug.ref.Clockwork;

/** Our own adapter. */
class SimSlotContractTest extends MmcHostContract {

    @Override
    Bench make(Clockwork clock) {
        SimSlot slot = new SimSlot("slot0", HostCaps.UHS, clock);
        return new Bench() {
            @Override
            public MmcHost host() {
                return slot;
            }

            @Override
            public void insert(SimCard card) {
                slot.insert(card);
            }

            @Override
            public SimCard yank() throws IOException {
                return slot.yank();
            }

            @Override
            public void close() throws IOException {
                slot.close();
            }
        };
    }
}
