package org.unplug.driver.mmcsim;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.unplug.mmc.sim.CardFault;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.mmc.sim.MmcSlots;
import org.unplug.mmc.sim.SlotCounters;
import org.unplug.mmc.sim.SlotStatus;
import org.unplug.mmc.spi.MmcHost;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** Starts and stops the slots, and is their service. */
@Component(
        service = {MmcSlots.class, SimComponent.class},
        immediate = true)
public final class SimComponent implements MmcSlots {

    private final SystemClockwork clockwork = Clockwork.system("mmc-sim");
    private final BundleContext context;
    private final Simulator simulator;

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile ConfigurationAdmin configurations;

    @Activate
    public SimComponent(BundleContext context, @Reference(service = LoggerFactory.class) Logger logger) {
        this.context = context;
        Simulator.Notebook notebook =
                (slot, card, revision) -> ConfigNotebook.note(configurations, logger, slot, card, revision);
        this.simulator = new Simulator(clockwork, this::register, notebook);
    }

    @Activate
    void open() {
        simulator.open();
    }

    @Deactivate
    void stop() {
        simulator.close();
        clockwork.close();
    }

    private Runnable register(SimSlot slot) {
        ServiceRegistration<MmcHost> registration = context.registerService(
                MmcHost.class, slot, FrameworkUtil.asDictionary(Map.of(MmcHost.SLOT, slot.name())));
        return registration::unregister;
    }

    Simulator simulator() {
        return simulator;
    }

    @Override
    public List<SlotStatus> list() {
        return simulator.list();
    }

    @Override
    public SlotStatus insert(String slot, CardSpec card) throws IOException {
        return simulator.insert(slot, card);
    }

    @Override
    public SlotStatus yank(String slot) throws IOException {
        return simulator.yank(slot);
    }

    @Override
    public SlotStatus putBack(String slot) throws IOException {
        return simulator.putBack(slot);
    }

    @Override
    public void protect(String slot, boolean on) throws IOException {
        simulator.protect(slot, on);
    }

    @Override
    public SlotCounters counters(String slot) throws IOException {
        return simulator.counters(slot);
    }

    @Override
    public void inject(String slot, CardFault fault) throws IOException {
        simulator.inject(slot, fault);
    }

    @Override
    public List<CardFault> faults(String slot) throws IOException {
        return simulator.faults(slot);
    }

    @Override
    public void clearFaults(String slot) throws IOException {
        simulator.clearFaults(slot);
    }
}
