package org.unplug.driver.mmcsim;

import java.io.IOException;
import org.unplug.mmc.internal.bus.HostController;
import org.unplug.mmc.internal.bus.MmcBus;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.ref.Clockwork;

/** The simulated slot for tests of other modules, without a framework. */
public final class TestSlot {

    private final Simulator simulator;

    public TestSlot(Clockwork clockwork, MmcBus bus) {
        simulator = new Simulator(
                clockwork,
                slot -> {
                    HostController controller = bus.attach(slot, slot.name());
                    return () -> bus.remove(controller);
                },
                (slot, card, revision) -> {});
        simulator.open();
    }

    public void insert(CardSpec card) throws IOException {
        simulator.insert(Simulator.DEFAULT_SLOT, card);
    }

    public void yank() throws IOException {
        simulator.yank(Simulator.DEFAULT_SLOT);
    }
}
