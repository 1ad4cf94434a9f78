package org.unplug.block.internal.genhd;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.unplug.block.internal.iosched.Deadline;
import org.unplug.block.internal.iosched.Fair;
import org.unplug.block.spi.IoScheduler;

/** The schedulers there are, by name. */
public final class Schedulers {

    static final String NONE = "none";

    private final DiskTable table;
    private final Map<String, IoScheduler> byName = new LinkedHashMap<>();

    Schedulers(DiskTable table) {
        this.table = table;
        for (IoScheduler own : List.of(new Deadline(), new Fair())) {
            byName.put(own.name(), own);
        }
    }

    /** A scheduler has come. One whose name is taken, or that cannot say its name, is reported and left alone. */
    public void add(IoScheduler scheduler) {
        String name;
        try {
            name = scheduler.name();
        } catch (RuntimeException e) {
            table.events()
                    .fault("a scheduler of class " + scheduler.getClass().getName() + " cannot say its name: " + e);
            return;
        }
        synchronized (byName) {
            if (!NONE.equals(name) && byName.putIfAbsent(name, scheduler) == null) {
                return;
            }
        }
        table.events()
                .fault("scheduler " + name + " of class " + scheduler.getClass().getName() + ": the name is taken");
    }

    /** A scheduler goes: what it orders falls back to none, and it is not called any more when this returns. */
    public void remove(IoScheduler scheduler) {
        List<String> gone = new ArrayList<>();
        List<Gendisk> fallen = new ArrayList<>();
        synchronized (byName) {
            byName.entrySet().removeIf(entry -> {
                boolean its = entry.getValue() == scheduler;
                if (its) {
                    gone.add(entry.getKey());
                }
                return its;
            });
            for (Gendisk disk : table.all()) {
                if (gone.contains(disk.scheduler())) {
                    disk.use(null);
                    fallen.add(disk);
                }
            }
        }
        fallen.forEach(Gendisk::restartQueue);
    }

    /** Chooses under the lock under which {@link #remove} looks, so that none is chosen while it goes. */
    void use(Gendisk disk, String name) {
        synchronized (byName) {
            IoScheduler chosen = byName.get(name);
            if (chosen == null && !NONE.equals(name)) {
                throw new IllegalArgumentException(
                        "no such scheduler: " + name + "; there are none, " + String.join(", ", byName.keySet()));
            }
            disk.use(chosen);
        }
        disk.restartQueue();
    }

    public List<String> names() {
        List<String> names = new ArrayList<>(List.of(NONE));
        synchronized (byName) {
            names.addAll(byName.keySet());
        }
        return names;
    }
}
