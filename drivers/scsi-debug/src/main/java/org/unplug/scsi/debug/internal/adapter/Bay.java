package org.unplug.scsi.debug.internal.adapter;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
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
import org.unplug.scsi.debug.internal.target.FileStore;
import org.unplug.scsi.debug.internal.target.Identity;
import org.unplug.scsi.debug.internal.target.LogicalUnit;
import org.unplug.scsi.debug.internal.target.RamStore;
import org.unplug.scsi.debug.internal.target.Store;
import org.unplug.scsi.debug.internal.target.TargetDevice;
import org.unplug.scsi.debug.internal.target.VolatileCache;

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

    private final DebugAdapter adapter;
    private final Clockwork clockwork;
    private final Consumer<String> warnings;
    private final Consumer<List<String>> memory;

    // Guarded by this.
    private final Map<Place, LunSpec> in = new TreeMap<>();
    private final Map<Place, LunSpec> remembered = new TreeMap<>();
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
        if (closed) {
            throw new IOException("adapter '" + name() + "' has stopped");
        }
        Place place = choose(wanted, remembered.keySet());
        LunSpec spec = wanted.at(place.target, place.lun);
        LunInfo info = put(place, spec);
        remembered.put(place, spec);
        remember();
        return info;
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
                        || !reserved.contains(place) && wanted.at(target, lun).equals(in.get(place))) {
                    return place;
                }
            }
        }
        throw new IOException(
                !anyTarget && !anyLun
                        ? "unit " + firstTarget + ":" + firstLun + " of adapter '" + name() + "' is taken"
                        : "no unit of adapter '" + name() + "' is free");
    }

    /** Whether there is no unit, or one whose medium was ejected. */
    private boolean isFree(Place place) {
        LogicalUnit there = adapter.target(place.target).unit(place.lun);
        return there == null || !there.isLoaded();
    }

    /** Puts a unit in, in place of one whose medium was ejected. */
    private LunInfo put(Place place, LunSpec spec) throws IOException {
        takeOut(place);
        Store store = open(spec);
        TargetDevice target = adapter.target(place.target);
        LogicalUnit unit = new LogicalUnit(
                target, identity(place, spec), store, spec.blockBytes(), spec.readOnly(), spec.writeCache());
        target.add(place.lun, unit);
        in.put(place, spec);
        adapter.added(place.target, place.lun, spec.latencyMicros());
        return info(spec, unit);
    }

    private static Store open(LunSpec spec) throws IOException {
        Store store = spec.image().isEmpty()
                ? new RamStore(spec.bytes())
                : FileStore.open(Path.of(spec.image()), spec.bytes(), spec.blockBytes(), spec.readOnly());
        return spec.volatileCache() ? new VolatileCache(store, spec.blockBytes()) : store;
    }

    private Identity identity(Place place, LunSpec spec) {
        String what = spec.image().isEmpty() ? name() + "-" + place.target + "-" + place.lun : spec.image();
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < what.length(); i++) {
            hash = (hash ^ what.charAt(i)) * 0x100000001b3L;
        }
        long naa = NAA_LOCALLY_ASSIGNED | hash & NAA_MASK;
        String serial = spec.serial().isEmpty() ? String.format("%012X", hash >>> 16) : spec.serial();
        return new Identity(serial, naa, spec.removable());
    }

    @Override
    public synchronized boolean yank(int target, long lun) {
        Place place = new Place(target, lun);
        boolean was = takeOut(place);
        if (remembered.remove(place) != null) {
            remember();
        }
        return was;
    }

    private boolean takeOut(Place place) {
        if (in.remove(place) == null) {
            return false;
        }
        LogicalUnit unit = adapter.target(place.target).remove(place.lun);
        cut(place, unit);
        adapter.gone(place.target, place.lun);
        return true;
    }

    private void cut(Place place, LogicalUnit unit) {
        if (!unit.cutPower(clockwork, POWER_CUT_MS)) {
            warnings.accept("unit " + place.target + ":" + place.lun + " of adapter '" + name()
                    + "': a command was still in its store after " + POWER_CUT_MS + " ms");
        }
    }

    private void remember() {
        memory.accept(remembered.values().stream().map(LunSpec::toString).toList());
    }

    /** Makes what is in equal to a configuration; what cannot be used costs one line and nothing else. */
    public synchronized void configure(Collection<String> texts) {
        Map<Place, LunSpec> wanted = new TreeMap<>();
        for (String text : texts) {
            try {
                LunSpec spec = LunSpec.parse(text);
                Place place = spec.target() == LunSpec.NEXT || spec.lun() == LunSpec.NEXT
                        ? choose(spec, wanted.keySet())
                        : new Place(spec.target(), spec.lun());
                if (wanted.putIfAbsent(place, spec.at(place.target, place.lun)) != null) {
                    warnings.accept("adapter '" + name() + "': unit " + place.target + ":" + place.lun
                            + " is configured twice, the first counts");
                }
            } catch (IOException | IllegalArgumentException e) {
                warnings.accept("adapter '" + name() + "': " + e.getMessage());
            }
        }
        for (Place place : new ArrayList<>(in.keySet())) {
            if (!in.get(place).equals(wanted.get(place))) {
                takeOut(place);
            }
        }
        remembered.clear();
        remembered.putAll(wanted);
        wanted.forEach((place, spec) -> {
            try {
                if (!in.containsKey(place)) {
                    choose(spec, Set.of());
                    put(place, spec);
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
        in.forEach((place, spec) -> {
            LogicalUnit unit = adapter.target(place.target).unit(place.lun);
            if (unit != null) {
                all.add(info(spec, unit));
            }
        });
        return all;
    }

    private static LunInfo info(LunSpec spec, LogicalUnit unit) {
        return new LunInfo(spec, unit.bytes(), unit.unwrittenBytes(), unit.isLoaded());
    }

    @Override
    public RuleInfo addRule(Rule rule) {
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
    }
}
