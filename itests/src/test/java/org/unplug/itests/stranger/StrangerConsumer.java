package org.unplug.itests.stranger;

import java.util.function.BiFunction;
import org.unplug.block.Disk;

/** A component that cannot do without a disk, and takes as long to come and go as its plan says. */
public final class StrangerConsumer {

    private final Disk disk;
    private final BiFunction<String, Object, Object> plan;

    public StrangerConsumer(Disk disk, BiFunction<String, Object, Object> plan) {
        this.disk = disk;
        this.plan = plan;
        tell("activate");
    }

    void deactivate() {
        tell("deactivate");
    }

    private void tell(String what) {
        Object unused = plan.apply(what, disk);
    }
}
