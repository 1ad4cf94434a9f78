package org.unplug.scsi.debug.internal.adapter;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.unplug.ref.Clockwork;
import org.unplug.scsi.debug.LunInfo;
import org.unplug.scsi.debug.LunSpec;
import org.unplug.scsi.debug.Rule;
import org.unplug.scsi.debug.RuleInfo;
import org.unplug.scsi.debug.ScsiDebug;
import org.unplug.scsi.debug.ScsiDebugCounters;
import org.unplug.scsi.target.Backing;
import org.unplug.scsi.target.FileBacking;
import org.unplug.scsi.target.LogicalUnit;
import org.unplug.scsi.target.RamBacking;
import org.unplug.scsi.target.UnitSpec;
import org.unplug.scsi.target.VolatileCache;

/**
 * Where units are put in and pulled out. Remembers what is in, as configuration: also what could not be used, since its image may
 * be back next time.
 */
public final class Bay implements ScsiDebug {

    private static final long POWER_CUT_MS = 5_000;
    private static final int UNITS_PER_TARGET = 256;
    private static final long NAA_LOCALLY_ASSIGNED = 0x3L << 60;
    private static final long NAA_MASK = (1L << 60) - 1;

    private record Place(int target, long lun) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            int order = Integer.compare(target, other.target);
            return order != 0 ? order : Long.compare(lun, other.lun);
        }
    }

    /** What a unit is made of, and stays when its power is cut. The memory is null for an image, which is a file of its own. */
    private record Medium(LunSpec spec, RamBacking memory) {

        static Medium of(LunSpec spec) {
            return new Medium(spec, spec.image().isEmpty() ? new RamBacking(spec.bytes()) : null);
        }

        Backing open() throws IOException {
            Backing backing = memory == null
                    ? FileBacking.open(Path.of(spec.image()), spec.bytes(), spec.blockBytes(), spec.readOnly())
                    : memory;
            return spec.volatileCache() ? new VolatileCache(backing, spec.blockBytes()) : backing;
        }
    }

    private final DebugAdapter adapter;
    private final Clockwork clockwork;
    private final Consumer<String> warnings;
    private final Consumer<List<String>> memory;

    // Guarded by this.
    private final Map<Place, Medium> in = new TreeMap<>();
    /** What was pulled out of a place, the last one last, until another one is there. */
    private final Map<Place, Medium> out = new LinkedHashMap<>();

    private final Map<Place, LunSpec> remembered = new TreeMap<>();
    private List<String> configuredRules = List.of();
    private final List<Integer> ruleNumbers = new ArrayList<>();
    private boolean closed;

    /**
     * @param warnings takes one line for what cannot be used
     * @param memory takes the units to remember, after each change that was not made by {@link #configure}; called under this bay's lock
     */
    public Bay(DebugAdapter adapter, Clockwork clockwork, Consumer<String> warnings, Consumer<List<String>> memory) {
        this.adapter = adapter;
        this.clockwork = clockwork;
        this.warnings = warnings;
        this.memory = memory;
    }

    @Override
    public String name() {
        return adapter.settings().name();
    }

    @Override
    public synchronized LunInfo insert(LunSpec wanted) throws IOException {
        refuseClosed();
        Place place = choose(wanted, remembered.keySet());
        return putAndRemember(place, Medium.of(wanted.at(place.target, place.lun)));
    }

    @Override
    public synchronized LunInfo putBack(int target, long lun) throws IOException {
        refuseClosed();
        Place place = target == LunSpec.NEXT && lun == LunSpec.NEXT ? lastOut() : new Place(target, lun);
        // In but ejected: its medium comes back as if it had been taken out.
        Medium medium = in.containsKey(place) ? in.get(place) : out.get(place);
        if (medium == null) {
            throw new IOException(named(place) + ": none was pulled out that could be put back");
        }
        if (!isFree(place)) {
            throw new IOException(named(place) + " is taken");
        }
        return putAndRemember(place, medium);
    }

    private void refuseClosed() throws IOException {
        if (closed) {
            throw new IOException("adapter '" + name() + "' has stopped");
        }
    }

    private Place lastOut() throws IOException {
        Place last = null;
        for (Place place : out.keySet()) {
            last = place;
        }
        if (last == null) {
            throw new IOException("adapter '" + name() + "': no unit was pulled out that could be put back");
        }
        return last;
    }

    private LunInfo putAndRemember(Place place, Medium medium) throws IOException {
        LunInfo info = put(place, medium);
        remembered.put(place, medium.spec);
        remember();
        return info;
    }

    private String named(Place place) {
        return "unit " + place.target + ":" + place.lun + " of adapter '" + name() + "'";
    }

    /**
     * Finds the place for a unit: a named one if it is free, otherwise the first that is free and not reserved - or that holds
     * this very unit, when a configuration is read again.
     */
    private Place choose(LunSpec wanted, Set<Place> reserved) throws IOException {
        boolean anyTarget = wanted.target() == LunSpec.NEXT;
        boolean anyLun = wanted.lun() == LunSpec.NEXT;
        int firstTarget = anyTarget ? 0 : wanted.target();
        int lastTarget = anyTarget ? adapter.targets() - 1 : wanted.target();
        long firstLun = anyLun ? 0 : wanted.lun();
        long lastLun = anyLun ? UNITS_PER_TARGET - 1 : wanted.lun();
        if (lastTarget >= adapter.targets() || lastLun >= UNITS_PER_TARGET) {
            throw new IOException("unit " + lastTarget + ":" + lastLun + " is beyond adapter '" + name() + "' with "
                    + adapter.targets() + " targets of " + UNITS_PER_TARGET + " units");
        }
        for (long lun = firstLun; lun <= lastLun; lun++) {
            for (int target = firstTarget; target <= lastTarget; target++) {
                Place place = new Place(target, lun);
                boolean named = !anyTarget && !anyLun;
                if (isFree(place) && (named || !reserved.contains(place) || in.containsKey(place))
                        || !reserved.contains(place) && isIn(place, wanted.at(target, lun))) {
                    return place;
                }
            }
        }
        throw new IOException(
                !anyTarget && !anyLun
                        ? named(new Place(firstTarget, firstLun)) + " is taken"
                        : "no unit of adapter '" + name() + "' is free");
    }

    /** Whether this very unit is in. */
    private boolean isIn(Place place, LunSpec spec) {
        Medium there = in.get(place);
        return there != null && there.spec.equals(spec);
    }

    /** Whether there is no unit, or one whose medium was ejected. */
    private boolean isFree(Place place) {
        LogicalUnit there = adapter.target(place.target).unit(place.lun);
        return there == null || !there.isLoaded();
    }

    /** Puts a unit in, in place of one whose medium was ejected. */
    private LunInfo put(Place place, Medium medium) throws IOException {
        takeOut(place);
        LunSpec spec = medium.spec;
        LogicalUnit unit = adapter.target(place.target).add(place.lun, unitSpec(place, spec), medium.open());
        in.put(place, medium);
        out.remove(place);
        adapter.added(place.target, place.lun, spec.latencyMicros());
        return info(spec, unit);
    }

    private UnitSpec unitSpec(Place place, LunSpec spec) {
        String what = spec.image().isEmpty() ? name() + "-" + place.target + "-" + place.lun : spec.image();
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < what.length(); i++) {
            hash = (hash ^ what.charAt(i)) * 0x100000001b3L;
        }
        long naa = NAA_LOCALLY_ASSIGNED | hash & NAA_MASK;
        String serial = spec.serial().isEmpty() ? String.format("%012X", hash >>> 16) : spec.serial();
        return UnitSpec.of("Unplug", "scsi-debug", serial, naa)
                .withBlocks(spec.blockBytes(), 0)
                .withReadOnly(spec.readOnly())
                .withRemovable(spec.removable())
                .withWriteCache(spec.writeCache())
                .withThin(spec.thin());
    }

    @Override
    public synchronized boolean yank(int target, long lun) {
        Place place = new Place(target, lun);
        Medium pulled = takeOut(place);
        if (pulled != null) {
            out.remove(place);
            out.put(place, pulled);
        }
        if (remembered.remove(place) != null) {
            remember();
        }
        return pulled != null;
    }

    /** What was in, or null. */
    private Medium takeOut(Place place) {
        Medium medium = in.remove(place);
        if (medium != null) {
            LogicalUnit unit = adapter.target(place.target).remove(place.lun);
            cut(place, unit);
            adapter.gone(place.target, place.lun);
        }
        return medium;
    }

    private void cut(Place place, LogicalUnit unit) {
        if (!unit.cutPower(clockwork, POWER_CUT_MS)) {
            warnings.accept(named(place) + ": a command was still in its store after " + POWER_CUT_MS + " ms");
        }
    }

    private void remember() {
        memory.accept(remembered.values().stream().map(LunSpec::toString).toList());
    }

    /** Makes what is in equal to a configuration; what cannot be used costs one line and nothing else. */
    public synchronized void configure(Collection<String> texts) {
        Map<Place, LunSpec> wanted = new TreeMap<>();
        for (String text : texts) {
            for (LunSpec spec : specs(text)) {
                want(spec, wanted);
            }
        }
        take(wanted);
    }

    private List<LunSpec> specs(String text) {
        try {
            return LunSpec.parseAll(text);
        } catch (IllegalArgumentException e) {
            warnings.accept("adapter '" + name() + "': " + e.getMessage());
            return List.of();
        }
    }

    private void want(LunSpec spec, Map<Place, LunSpec> wanted) {
        try {
            Place place = spec.target() == LunSpec.NEXT || spec.lun() == LunSpec.NEXT
                    ? choose(spec, wanted.keySet())
                    : new Place(spec.target(), spec.lun());
            if (wanted.putIfAbsent(place, spec.at(place.target, place.lun)) != null) {
                warnings.accept("adapter '" + name() + "': unit " + place.target + ":" + place.lun
                        + " is configured twice, the first counts");
            }
        } catch (IOException e) {
            warnings.accept("adapter '" + name() + "': " + e.getMessage());
        }
    }

    private void take(Map<Place, LunSpec> wanted) {
        for (Place place : new ArrayList<>(in.keySet())) {
            if (!in.get(place).spec.equals(wanted.get(place))) {
                takeOut(place);
            }
        }
        remembered.clear();
        remembered.putAll(wanted);
        wanted.forEach((place, spec) -> {
            try {
                if (!in.containsKey(place)) {
                    choose(spec, Set.of());
                    put(place, Medium.of(spec));
                }
            } catch (IOException e) {
                warnings.accept("adapter '" + name() + "': unit " + place.target + ":" + place.lun + " is not there: "
                        + e.getMessage());
            }
        });
    }

    @Override
    public synchronized List<LunInfo> list() {
        List<LunInfo> all = new ArrayList<>();
        in.forEach((place, medium) -> {
            LogicalUnit unit = adapter.target(place.target).unit(place.lun);
            if (unit != null) {
                all.add(info(medium.spec, unit));
            }
        });
        return all;
    }

    private static LunInfo info(LunSpec spec, LogicalUnit unit) {
        return new LunInfo(spec, unit.bytes(), unit.unwrittenBytes(), unit.isLoaded());
    }

    /** Makes the rules of the configuration equal to these; those that were added besides stay. */
    public synchronized void configureRules(Collection<String> texts) {
        if (List.copyOf(texts).equals(configuredRules)) {
            return;
        }
        ruleNumbers.forEach(adapter.rules()::drop);
        ruleNumbers.clear();
        configuredRules = List.copyOf(texts);
        for (String text : texts) {
            try {
                ruleNumbers.add(addRule(Rule.parse(text)).number());
            } catch (IllegalArgumentException e) {
                warnings.accept("adapter '" + name() + "': " + e.getMessage());
            }
        }
    }

    @Override
    public RuleInfo addRule(Rule rule) {
        if (rule.target() >= adapter.targets() || rule.lun() >= UNITS_PER_TARGET) {
            throw new IllegalArgumentException("rule " + rule.fault() + " for " + rule.target() + ":" + rule.lun()
                    + " is beyond adapter '" + name() + "' with " + adapter.targets() + " targets of "
                    + UNITS_PER_TARGET + " units");
        }
        return adapter.rules().add(rule);
    }

    @Override
    public boolean dropRule(int number) {
        return adapter.rules().drop(number);
    }

    @Override
    public List<RuleInfo> rules() {
        return adapter.rules().list();
    }

    @Override
    public ScsiDebugCounters counters() {
        return adapter.counters();
    }

    /** After the adapter's service was unregistered: cuts the power of everything and remembers it all. */
    public synchronized void close() {
        closed = true;
        adapter.close();
        in.keySet().forEach(place -> {
            LogicalUnit unit = adapter.target(place.target).remove(place.lun);
            cut(place, unit);
        });
        in.clear();
        out.clear();
    }
}
