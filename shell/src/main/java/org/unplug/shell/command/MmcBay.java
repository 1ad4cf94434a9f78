package org.unplug.shell.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.log.LogReaderService;
import org.unplug.mmc.CardType;
import org.unplug.mmc.MmcCard;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.mmc.sim.MmcSlots;
import org.unplug.mmc.sim.SlotStatus;

/** The slots of the simulated MMC adapters. */
@Component
public final class MmcBay implements Bay {

    private static final long SECOND_TRY_MS = 1_000;

    private final MmcSlots slots;
    private final Bundle driver;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private volatile LogReaderService log;

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    private volatile List<MmcCard> cards = List.of();

    @Activate
    public MmcBay(@Reference MmcSlots slots, @Reference ServiceReference<MmcSlots> reference) {
        this.slots = slots;
        this.driver = reference.getBundle();
    }

    @Override
    public List<String> places() {
        return slots.list().stream().map(SlotStatus::slot).toList();
    }

    @Override
    public boolean isPlace(String name) {
        return name.matches("slot\\d+") || places().contains(name);
    }

    @Override
    public boolean hasDisk(String disk) {
        return card(disk).isPresent();
    }

    @Override
    public String disk(String name) {
        return inSlot(name).map(MmcCard::disk).orElse(name);
    }

    @Override
    public boolean hasKinds() {
        return true;
    }

    @Override
    public Inserted insert(String place, Medium medium) throws IOException {
        CardSpec card = (medium.image() == null ? CardSpec.memory(medium.bytes()) : CardSpec.image(medium.image()))
                .withBytes(medium.bytes())
                .withType(type(medium.kind()))
                .withReadOnly(medium.readOnly())
                .withLatencyMicros(medium.latencyMicros());
        return start(place, () -> slots.insert(place, card));
    }

    @Override
    public Inserted putBack(String place) throws IOException {
        if (!places().contains(place)) {
            return Bay.super.putBack(place);
        }
        return start(place, () -> slots.putBack(place));
    }

    private interface Hand {
        SlotStatus put() throws IOException;
    }

    /** Puts a card in and waits for its disk. */
    private Inserted start(String place, Hand hand) throws IOException {
        try (Echo echo = new Echo(log, "org.unplug.mmc-host", "org.unplug.driver-mmc-sim", "org.unplug.block-core")) {
            SlotStatus slot = hand.put();
            boolean came = Waiting.until(
                    APPEAR_MS, () -> inSlot(place).isPresent() || echo.first().isPresent());
            // A warning is not yet the end: a card may start at its second try.
            if (!came
                    || inSlot(place).isEmpty()
                            && !Waiting.until(SECOND_TRY_MS, () -> inSlot(place).isPresent())) {
                throw new IOException(place + ": the card is in, but no disk came of it" + echo.reason());
            }
            return new Inserted(place, inSlot(place).map(MmcCard::disk).orElse(""), slot.bytes());
        }
    }

    private static CardType type(String kind) throws IOException {
        try {
            return kind.isEmpty() ? null : CardType.valueOf(kind.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IOException(kind + ": there is no such kind of card: sdsc, sdhc, sdxc, sduc, mmc, emmc", e);
        }
    }

    @Override
    public Removed eject(String name) throws IOException {
        MmcCard card = card(name)
                .or(() -> inSlot(name))
                .orElseThrow(() -> new IOException(name + ": there is no card that was started"));
        return Removed.of(card.eject());
    }

    @Override
    public void yank(String name) throws IOException {
        slots.yank(card(name).map(MmcCard::slot).orElse(name));
    }

    @Override
    public Optional<Bundle> driver(String disk) {
        return Optional.of(driver);
    }

    /** A card that is in and was not ejected has a disk; debounce and start-up lie in between. */
    @Override
    public boolean settle(long timeoutMs) {
        return true;
    }

    private Optional<MmcCard> card(String disk) {
        return now().stream().filter(card -> card.disk().equals(disk)).findFirst();
    }

    private Optional<MmcCard> inSlot(String slot) {
        return now().stream().filter(card -> card.slot().equals(slot)).findFirst();
    }

    /** Of this driver's slots: another one's cards are another bay's. */
    private List<MmcCard> now() {
        List<String> mine = places();
        return new ArrayList<>(cards)
                .stream().filter(card -> mine.contains(card.slot())).toList();
    }
}
