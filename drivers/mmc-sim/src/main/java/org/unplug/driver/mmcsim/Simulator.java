package org.unplug.driver.mmcsim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import org.unplug.mmc.CardType;
import org.unplug.mmc.sim.CardFault;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.mmc.sim.MmcSlots;
import org.unplug.mmc.sim.SlotCounters;
import org.unplug.mmc.sim.SlotStatus;
import org.unplug.mmc.spi.HostCaps;
import org.unplug.ref.Clockwork;

/**
 * The slots, by name.
 *
 * <p>What the service's methods do they also note in a {@link Notebook}, from where it comes back as a configuration: at once,
 * as an echo, and when the bundle starts again. Each note has a higher revision than the one before, and a configuration that
 * is older than the last note of its slot is an echo that came late and is ignored.
 */
final class Simulator implements MmcSlots, AutoCloseable {

    private static final String NAME = "[A-Za-z0-9_-]+";

    /** Where it is written down what is in a slot. */
    interface Notebook {
        /** @param card null for an empty slot */
        void note(String slot, CardSpec card, long revision);
    }

    private final Clockwork clockwork;
    private final Function<SimSlot, Runnable> registrar;
    private final Notebook notebook;
    private final Map<String, Bay> bays = new TreeMap<>();
    private long revision = System.currentTimeMillis() << 10;
    private boolean closed;

    /** A slot with what unregisters it; its monitor makes its insertions and removals one after another. */
    private static final class Bay {
        final SimSlot slot;
        /** What was taken out last, if nothing was put in since. */
        SimCard out;

        Runnable unregister;
        long revision;
        boolean closed;

        Bay(SimSlot slot) {
            this.slot = slot;
        }
    }

    /**
     * No slots yet.
     *
     * @param registrar registers an adapter as a service; the result unregisters it and returns when nobody is inside it
     */
    Simulator(Clockwork clockwork, Function<SimSlot, Runnable> registrar, Notebook notebook) {
        this.clockwork = clockwork;
        this.registrar = registrar;
        this.notebook = notebook;
    }

    /** Makes the default slot. */
    void open() {
        bay(DEFAULT_SLOT, true);
    }

    private Bay bay(String name, boolean make) {
        Bay made;
        synchronized (bays) {
            Bay bay = bays.get(name);
            if (bay != null || !make || closed) {
                return bay;
            }
            made = new Bay(new SimSlot(name, HostCaps.UHS, clockwork));
            bays.put(name, made);
        }
        Runnable unregister = registrar.apply(made.slot);
        boolean late;
        synchronized (made) {
            made.unregister = unregister;
            late = made.closed;
        }
        if (late) {
            unregister.run();
        }
        return made;
    }

    private Bay known(String name) throws IOException {
        Bay bay = bay(name, false);
        if (bay == null) {
            throw new IOException("there is no slot " + name);
        }
        return bay;
    }

    @Override
    public List<SlotStatus> list() {
        List<Bay> all;
        synchronized (bays) {
            all = new ArrayList<>(bays.values());
        }
        return all.stream().map(bay -> status(bay.slot.name(), bay.slot.card())).toList();
    }

    private static SlotStatus status(String slot, SimCard card) {
        return card == null
                ? new SlotStatus(slot, null, null, 0, null)
                : new SlotStatus(slot, card.spec(), card.type(), card.capacityBytes(), card.state());
    }

    @Override
    public SlotStatus insert(String slot, CardSpec card) throws IOException {
        if (!slot.matches(NAME)) {
            throw new IOException("'" + slot + "' cannot name a slot: letters, digits, - and _ can");
        }
        Bay taken = bay(slot, false);
        refuseTaken(slot, taken);
        SimCard opened = SimCard.open(card, clockwork);
        Bay bay = bay(slot, true);
        if (bay == null) {
            opened.pull();
            throw going(slot);
        }
        synchronized (bay) {
            SlotStatus result = put(bay, opened);
            note(bay, card);
            return result;
        }
    }

    private static SlotStatus put(Bay bay, SimCard card) throws IOException {
        String slot = bay.slot.name();
        if (!bay.slot.insert(card)) {
            card.pull();
            refuseTaken(slot, bay);
            throw going(slot);
        }
        bay.out = null;
        return status(slot, card);
    }

    /** The card that was there, or null. */
    private static SimCard take(Bay bay) throws IOException {
        SimCard taken = bay.slot.yank();
        if (taken != null) {
            bay.out = taken;
        }
        return taken;
    }

    private static IOException going(String slot) {
        return new IOException("slot " + slot + " is going: its driver stops");
    }

    private static void refuseTaken(String slot, Bay bay) throws IOException {
        SimCard there = bay == null ? null : bay.slot.card();
        if (there != null) {
            Object what = there.spec().image() == null
                    ? "a card in memory"
                    : there.spec().image();
            throw new IOException("slot " + slot + " holds " + what + " already: take that out first");
        }
    }

    @Override
    public SlotStatus yank(String slot) throws IOException {
        Bay bay = known(slot);
        synchronized (bay) {
            SimCard taken = take(bay);
            if (taken == null) {
                throw new IOException("slot " + slot + " is empty");
            }
            note(bay, null);
            return status(slot, taken);
        }
    }

    @Override
    public SlotStatus putBack(String slot) throws IOException {
        Bay bay = known(slot);
        synchronized (bay) {
            refuseTaken(slot, bay);
            if (bay.out == null) {
                throw new IOException(
                        "slot " + slot + ": none was taken out of it that could be put back: name an image or a size");
            }
            SimCard card = bay.out.again(clockwork);
            SlotStatus result = put(bay, card);
            note(bay, card.spec());
            return result;
        }
    }

    @Override
    public void protect(String slot, boolean on) throws IOException {
        Bay bay = known(slot);
        if (bay.slot.card() == null) {
            throw new IOException("slot " + slot + " is empty");
        }
        bay.slot.protect(on);
    }

    @Override
    public SlotCounters counters(String slot) throws IOException {
        return known(slot).slot.counters();
    }

    @Override
    public void inject(String slot, CardFault fault) throws IOException {
        known(slot).slot.faults().add(fault);
    }

    @Override
    public List<CardFault> faults(String slot) throws IOException {
        return known(slot).slot.faults().list();
    }

    @Override
    public void clearFaults(String slot) throws IOException {
        known(slot).slot.faults().clear();
    }

    /** Under the bay's monitor, so that its notes are written in the order of their revisions. */
    private void note(Bay bay, CardSpec card) {
        synchronized (bays) {
            revision++;
            bay.revision = revision;
        }
        notebook.note(bay.slot.name(), card, bay.revision);
    }

    /**
     * A configuration says what is in a slot.
     *
     * @param card null for an empty slot
     * @param noted the revision of the note that it is an echo of; 0 for somebody's own configuration
     * @throws IOException in one line, if that card cannot be put in
     */
    void configured(String slot, CardSpec card, long noted) throws IOException {
        Bay bay = bay(slot, true);
        if (bay == null) {
            return;
        }
        synchronized (bay) {
            SimCard there = bay.slot.card();
            boolean late = noted != 0 && noted < bay.revision;
            if (late || Objects.equals(there == null ? null : there.spec(), card)) {
                return;
            }
            if (there != null) {
                take(bay);
            }
            if (card != null) {
                put(bay, SimCard.open(card, clockwork));
            }
        }
    }

    /** The configuration of a slot was deleted: its adapter goes, in order; the default slot comes back empty. */
    void deleted(String slot) {
        Bay bay;
        synchronized (bays) {
            bay = bays.remove(slot);
        }
        if (bay != null) {
            close(bay);
        }
        if (slot.equals(DEFAULT_SLOT)) {
            bay(slot, true);
        }
    }

    /** Unregisters every adapter - which removes its card's disk, in order - and lets the cards go. */
    @Override
    public void close() {
        List<Bay> all;
        synchronized (bays) {
            closed = true;
            all = new ArrayList<>(bays.values());
            bays.clear();
        }
        all.forEach(this::close);
    }

    private void close(Bay bay) {
        Runnable unregister;
        synchronized (bay) {
            bay.closed = true;
            unregister = bay.unregister;
        }
        long began = clockwork.nanoTime();
        if (unregister != null) {
            unregister.run();
        }
        bay.slot.counters().stopped(clockwork.nanoTime() - began);
        try {
            bay.slot.close();
        } catch (IOException e) {
            throw new UncheckedIOException("slot " + bay.slot.name() + ": its image does not close", e);
        }
    }

    /** The type that a configuration names; null for none. */
    static CardType type(String text) {
        if (text.isEmpty() || text.equals("auto")) {
            return null;
        }
        try {
            return CardType.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "card type '" + text + "': must be auto, SDSC, SDHC, SDXC, SDUC, MMC or EMMC", e);
        }
    }
}
