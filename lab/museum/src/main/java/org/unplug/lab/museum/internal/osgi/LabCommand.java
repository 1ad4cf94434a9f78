package org.unplug.lab.museum.internal.osgi;

import java.util.ArrayList;
import java.util.List;
import org.apache.felix.service.command.Descriptor;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.unplug.block.Disks;
import org.unplug.lab.museum.internal.protocol.Era;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** The command {@code lab}: which removal protocol is under the stacks. */
@Component(
        service = LabCommand.class,
        immediate = true,
        property = {"osgi.command.scope=lab", "osgi.command.function=lab"})
public final class LabCommand {

    private static final String OURS = "ours";
    private static final String USAGE = "usage: lab era | lab era NAME | lab era ours | lab memory";

    private final BundleContext context;
    private final ServiceReference<Disks> ours;
    private final Logger log;
    private final SystemClockwork clockwork = Clockwork.system("museum");
    private Exhibition exhibition;

    @Activate
    public LabCommand(
            BundleContext context,
            @Reference(target = "(!(" + Exhibition.ERA + "=*))") ServiceReference<Disks> ours,
            @Reference(service = LoggerFactory.class) Logger log) {
        this.context = context;
        this.ours = ours;
        this.log = log;
    }

    @Deactivate
    synchronized void stop() {
        leave();
        clockwork.close();
    }

    /**
     * A protocol that can be put under the stacks.
     *
     * @param shown whether it is there now
     * @param era its name for this command
     * @param protocol which it is
     * @param knownFor its failure
     */
    public record EraRow(String shown, String era, String protocol, String knownFor) {}

    /**
     * Shows or changes the protocol; changing it removes the disks of the stacks that it covers and brings them back.
     *
     * @throws IllegalArgumentException if the words make no sense, with one line that says why
     */
    @Descriptor("puts a historical removal protocol under the MMC or SCSI stack, or says which are there")
    public synchronized Object lab(
            @Descriptor("era to list them, era NAME, era ours, or memory for what the era has allocated")
                    Object... words) {
        List<String> said = new ArrayList<>();
        for (Object word : words) {
            said.add(String.valueOf(word));
        }
        if (said.equals(List.of("era"))) {
            return rows();
        }
        if (said.equals(List.of("memory"))) {
            return exhibition == null ? List.of() : exhibition.memory();
        }
        if (said.size() == 2 && said.get(0).equals("era")) {
            return enter(said.get(1));
        }
        throw new IllegalArgumentException(USAGE);
    }

    private List<EraRow> rows() {
        List<EraRow> rows = new ArrayList<>();
        for (Era era : Era.values()) {
            boolean shown = exhibition != null && exhibition.era() == era;
            rows.add(new EraRow(shown ? "*" : "", era.id(), era.title(), era.failure()));
        }
        rows.add(new EraRow(exhibition == null ? "*" : "", OURS, "Unplug", "nothing that we know of"));
        return rows;
    }

    private String enter(String name) {
        if (name.equals(OURS)) {
            leave();
            return "the block layer is ours";
        }
        Era era = Era.named(name);
        leave();
        Exhibition next = new Exhibition(context, ours, era, clockwork, oops -> {
            // Standard error is, on a command's thread, that of its session.
            System.err.print(oops.text());
            log.error(oops.headline());
        });
        exhibition = next;
        try {
            next.open();
        } catch (BundleException e) {
            leave();
            throw new IllegalArgumentException(era.id() + ": a stack does not start again: " + e.getMessage(), e);
        }
        return era.title() + ": known for " + era.failure();
    }

    private void leave() {
        Exhibition last = exhibition;
        exhibition = null;
        if (last != null) {
            last.close();
        }
    }
}
