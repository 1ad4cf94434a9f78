package org.unplug.shell.command;

import java.io.IOException;
import java.util.List;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.unplug.mmc.sim.CardFault;
import org.unplug.mmc.sim.MmcSlots;
import org.unplug.shell.command.Names.Kind;

/** mmcfault: what is to go wrong at a simulated slot. */
@Component(service = MmcFaultCommands.class)
@GogoCommand(scope = "unplug", function = "mmcfault")
public final class MmcFaultCommands {

    private final MmcSlots slots;

    @Activate
    public MmcFaultCommands(@Reference MmcSlots slots) {
        this.slots = slots;
    }

    /**
     * A planned fault.
     *
     * @param slot where
     * @param fault what, as "data-crc"
     * @param command its command; empty for any
     * @param sector its block; empty for any
     * @param after how many pass first
     * @param times how many it strikes
     */
    public record FaultRow(String slot, String fault, String command, String sector, int after, String times) {}

    @Descriptor("lists the faults that are planned at a slot")
    public List<FaultRow> mmcfault(
            @Descriptor("forget them instead") @Parameter(names = "-d", presentValue = "true", absentValue = "false")
                    boolean forget,
            @Descriptor("the slot") @Names.Of(Kind.PLACE) String slot)
            throws IOException {
        if (forget) {
            slots.clearFaults(slot);
        }
        return slots.faults(slot).stream().map(fault -> row(slot, fault)).toList();
    }

    @Descriptor("plans a fault at a slot")
    public FaultRow mmcfault(
            @Descriptor("only this command, as 18") @Parameter(names = "-c", absentValue = "-1") int command,
            @Descriptor("only this block") @Parameter(names = "-s", absentValue = "-1") long sector,
            @Descriptor("let so many pass first") @Parameter(names = "-a", absentValue = "0") int after,
            @Descriptor("how often; 0 for always") @Parameter(names = "-n", absentValue = "1") int times,
            @Descriptor("the slot") @Names.Of(Kind.PLACE) String slot,
            @Descriptor(
                            "no-answer, command-crc, response-crc, general-error, pull, swap, bounce, lines-stuck, data-crc,"
                                    + " data-timeout, ecc or stuck-prg")
                    String fault)
            throws IOException {
        CardFault planned;
        try {
            planned = new CardFault(
                    CardFault.Kind.of(fault), command, sector, after, times == 0 ? CardFault.ALWAYS : times);
        } catch (IllegalArgumentException e) {
            throw new CommandException(e.getMessage());
        }
        slots.inject(slot, planned);
        return row(slot, planned);
    }

    private static FaultRow row(String slot, CardFault fault) {
        return new FaultRow(
                slot,
                fault.kind().text(),
                fault.opcode() < 0 ? "" : "CMD" + fault.opcode(),
                fault.sector() < 0 ? "" : Long.toString(fault.sector()),
                fault.after(),
                fault.times() == CardFault.ALWAYS ? "always" : Integer.toString(fault.times()));
    }
}
