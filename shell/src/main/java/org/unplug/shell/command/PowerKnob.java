package org.unplug.shell.command;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.unplug.block.stack.Options;
import org.unplug.driver.flakey.PowerControl;
import org.unplug.driver.flakey.PowerControl.Fate;
import org.unplug.driver.flakey.PowerControl.Then;
import org.unplug.shell.table.Cell;

/** The power switch of a flakey disk. */
@Component
public final class PowerKnob implements Knob {

    private final Controls<PowerControl> controls = new Controls<>();

    @Reference(cardinality = ReferenceCardinality.AT_LEAST_ONE, policy = ReferencePolicy.DYNAMIC)
    void addControl(PowerControl control, Map<String, Object> properties) {
        controls.add(control, properties);
    }

    void removeControl(PowerControl control) {
        controls.remove(control);
    }

    /**
     * A power cut.
     *
     * @param disk that was cut
     * @param lost how many writes, in whole or in part
     */
    public record Cut(String disk, int lost) {}

    @Override
    public String filter() {
        return "flakey";
    }

    @Override
    public List<String> usages() {
        return List.of("cut [fate=drop|tear|reorder] [then=dies|off]", "on");
    }

    @Override
    public Set<String> disks() {
        return controls.disks();
    }

    @Override
    public String state(String disk) {
        PowerControl control = controls.of(disk, filter());
        return (control.isOn() ? "on, " : "off, ") + Cell.size(control.volatileBytes()) + " not flushed";
    }

    @Override
    public Object turn(String disk, String verb, List<String> words, Map<String, String> given) throws IOException {
        PowerControl control = controls.of(disk, filter());
        Options options = new Options(verb, given);
        if (verb.equals("on")) {
            options.refuseOthers();
            control.powerOn();
            return null;
        }
        Fate fate = options.one("fate", Fate.class, Fate.DROP);
        Then then = options.one("then", Then.class, Then.DIES);
        options.refuseOthers();
        return new Cut(disk, control.cut(fate, then));
    }
}
