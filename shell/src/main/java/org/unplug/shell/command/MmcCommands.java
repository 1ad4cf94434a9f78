package org.unplug.shell.command;

import java.util.ArrayList;
import java.util.List;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.unplug.shell.table.Column;

/** lsmmc: the cards that were started, from their services' properties, so that this needs no class of the layer. */
@Component(service = MmcCommands.class)
@GogoCommand(scope = "unplug", function = "lsmmc")
public final class MmcCommands {

    private final BundleContext context;

    @Activate
    public MmcCommands(BundleContext context) {
        this.context = context;
    }

    /**
     * A card.
     *
     * @param host the adapter
     * @param slot what the adapter's driver calls it
     * @param type SDSC, SDHC or SDXC
     * @param name in the CID
     * @param serial in the CID
     * @param sizeBytes its capacity
     * @param disk what the card is as a disk
     * @param cid the whole register
     */
    public record CardRow(
            String host,
            String slot,
            String type,
            String name,
            String serial,
            long sizeBytes,
            String disk,
            @Column(heading = "CID") String cid) {}

    @Descriptor("lists the MMC and SD cards that are ready")
    public List<CardRow> lsmmc() {
        List<CardRow> rows = new ArrayList<>();
        try {
            ServiceReference<?>[] cards = context.getAllServiceReferences("org.unplug.mmc.MmcCard", null);
            for (ServiceReference<?> card : cards == null ? new ServiceReference<?>[0] : cards) {
                rows.add(new CardRow(
                        text(card, "mmc.host"),
                        text(card, "mmc.slot"),
                        text(card, "mmc.type"),
                        text(card, "mmc.name"),
                        text(card, "mmc.serial"),
                        card.getProperty("mmc.bytes") instanceof Long bytes ? bytes : 0,
                        text(card, "mmc.disk"),
                        text(card, "mmc.cid")));
            }
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("there is no filter", e);
        }
        rows.sort((a, b) -> a.host().compareTo(b.host()));
        return rows;
    }

    private static String text(ServiceReference<?> card, String property) {
        Object value = card.getProperty(property);
        return value == null ? "" : value.toString();
    }
}
