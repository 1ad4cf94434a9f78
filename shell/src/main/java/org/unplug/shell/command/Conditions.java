package org.unplug.shell.command;

import java.util.Map;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.unplug.block.stack.Condition;

/** What disks over disks have to say of how they are. */
@Component(service = Conditions.class)
public final class Conditions {

    private final Controls<Condition> controls = new Controls<>();

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addCondition(Condition condition, Map<String, Object> properties) {
        controls.add(condition, properties);
    }

    void removeCondition(Condition condition) {
        controls.remove(condition);
    }

    /** Empty if all is well with a disk, or nobody says anything. */
    String of(String disk) {
        return controls.find(disk).map(Condition::condition).orElse("");
    }
}
