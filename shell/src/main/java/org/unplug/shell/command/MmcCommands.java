package org.unplug.shell.command;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.unplug.mmc.CardArea;
import org.unplug.mmc.CardRegisters;
import org.unplug.mmc.ExtCsd;
import org.unplug.mmc.MmcCard;
import org.unplug.mmc.MmcHosts;
import org.unplug.mmc.SdStatus;
import org.unplug.mmc.TraceEntry;
import org.unplug.mmc.spi.MmcIos;
import org.unplug.shell.table.Column;

/** lsmmc and mmctrace: the cards that were started, what they say of themselves, and what went over their lines. */
@Component(service = MmcCommands.class)
@GogoCommand(
        scope = "unplug",
        function = {"lsmmc", "mmctrace"})
public final class MmcCommands {

    private final MmcHosts hosts;

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    private volatile List<MmcCard> cards = List.of();

    @Activate
    public MmcCommands(@Reference MmcHosts hosts) {
        this.hosts = hosts;
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

    /**
     * Something that a card says of itself.
     *
     * @param disk the card's
     * @param register where it stands
     * @param field what it is
     * @param value what the card says
     */
    public record FactRow(String disk, String register, String field, String value) {}

    private List<MmcCard> sorted() {
        List<MmcCard> now = new ArrayList<>(cards);
        now.sort(Comparator.comparing(MmcCard::host));
        return now;
    }

    @Descriptor("lists the MMC and SD cards that are ready")
    public List<?> lsmmc(
            @Descriptor("what each says of itself: its registers, decoded")
                    @Parameter(names = "-v", presentValue = "true", absentValue = "false")
                    boolean verbose) {
        if (verbose) {
            List<FactRow> facts = new ArrayList<>();
            sorted().forEach(card -> addFacts(card, facts));
            return List.copyOf(facts);
        }
        return sorted().stream()
                .map(card -> new CardRow(
                        card.host(),
                        card.slot(),
                        card.type().text(),
                        card.registers().cid().name(),
                        card.registers().cid().serialText(),
                        card.capacityBytes(),
                        card.disk(),
                        card.registers().cid().raw().hex()))
                .toList();
    }

    private static void addFacts(MmcCard card, List<FactRow> facts) {
        CardRegisters registers = card.registers();
        Facts of = new Facts(card.disk(), facts);
        of.add("CID", "manufacturer", String.format("0x%02x", registers.cid().manufacturer()));
        of.add("CID", "oem", registers.cid().oem());
        of.add("CID", "name", registers.cid().name());
        of.add("CID", "serial", registers.cid().serialText());
        of.add(
                "CID",
                "made",
                registers.cid().year() + "-"
                        + String.format("%02d", registers.cid().month()));
        of.add("CSD", "version", registers.csd().version());
        of.add("CSD", "capacity", card.capacityBytes());
        of.add("CSD", "rate kbit/s", registers.csd().transferKbits());
        of.add("CSD", "classes", String.format("0x%03x", registers.csd().commandClasses()));
        of.add("CSD", "write protected", registers.csd().isWriteProtected());
        of.add("OCR", "bits", String.format("0x%08x", registers.ocr().bits()));
        if (registers.scr() != null) {
            of.add("SCR", "spec", registers.scr().spec());
            of.add("SCR", "4 bit", registers.scr().fourBit());
            of.add("SCR", "CMD23", registers.scr().setBlockCount());
        }
        SdStatus ssr = registers.ssr();
        if (ssr != null) {
            of.add("SSR", "speed class", ssr.speedClass());
            of.add("SSR", "allocation unit", ssr.allocationUnitBytes());
            of.add("SSR", "erase time", ssr.eraseSeconds() + " s for " + ssr.eraseUnits() + " units");
            of.add("SSR", "discard", ssr.discard());
        }
        ExtCsd extCsd = registers.extCsd();
        if (extCsd != null) {
            of.add("EXT_CSD", "revision", extCsd.revision());
            of.add("EXT_CSD", "cache", extCsd.cacheBytes());
            of.add("EXT_CSD", "erase group", extCsd.eraseGroupBytes());
            of.add("EXT_CSD", "most packed writes", extCsd.packedWrites());
            of.add("EXT_CSD", "most packed reads", extCsd.packedReads());
            of.add("EXT_CSD", "life used A", extCsd.lifeTimeA() * 10 + " %");
            of.add("EXT_CSD", "life used B", extCsd.lifeTimeB() * 10 + " %");
            for (CardArea area : registers.areas()) {
                of.add("EXT_CSD", "area " + area.name(), area.bytes());
            }
        }
        of.add("slot", "back unchanged", card.isReturned());
        MmcIos bus = card.bus();
        of.add("bus", "width", bus.widthBits() + " bit");
        of.add("bus", "clock", bus.clockHz() / 1000 + " kHz");
        of.add("bus", "timing", bus.timing().text());
        of.add("bus", "voltage", bus.signalMillivolts() + " mV");
    }

    /** Rows for one disk. */
    private record Facts(String disk, List<FactRow> rows) {
        void add(String register, String field, Object value) {
            rows.add(new FactRow(disk, register, field, value.toString()));
        }
    }

    @Descriptor("shows what went over the line of the first adapter while its card was started")
    public List<TraceEntry> mmctrace(
            @Descriptor("the last commands instead")
                    @Parameter(names = "-r", presentValue = "true", absentValue = "false")
                    boolean recent) {
        List<MmcHosts.Host> all = hosts.list();
        if (all.isEmpty()) {
            throw new CommandException("there is no MMC adapter");
        }
        return mmctrace(recent, all.get(0).host());
    }

    @Descriptor("shows what went over an adapter's line while its card was started")
    public List<TraceEntry> mmctrace(
            @Descriptor("the last commands instead")
                    @Parameter(names = "-r", presentValue = "true", absentValue = "false")
                    boolean recent,
            @Descriptor("the adapter, its slot, or its disk, as mmc0, slot0 or mmcblk0") String name) {
        MmcHosts.Host host = hosts.list().stream()
                .filter(h -> List.of(h.host(), h.slot(), h.disk()).contains(name))
                .findFirst()
                .orElseThrow(() -> new CommandException(name + ": there is no such MMC adapter, slot or disk"));
        return recent ? hosts.recent(host.host()) : hosts.startup(host.host());
    }
}
