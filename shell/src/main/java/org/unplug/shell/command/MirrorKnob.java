package org.unplug.shell.command;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.unplug.driver.mirror.MirrorControl;
import org.unplug.driver.mirror.MirrorControl.LegStatus;

/** The legs of a mirror. */
@Component
public final class MirrorKnob implements Knob {

    private final Controls<MirrorControl> controls = new Controls<>();

    @Reference(cardinality = ReferenceCardinality.AT_LEAST_ONE, policy = ReferencePolicy.DYNAMIC)
    void addControl(MirrorControl control, Map<String, Object> properties) {
        controls.add(control, properties);
    }

    void removeControl(MirrorControl control) {
        controls.remove(control);
    }

    /**
     * A leg of a mirror.
     *
     * @param disk of the leg
     * @param state in sync, being brought up to date, or not there
     * @param staleBytes what must be copied before it is in sync, at the most
     * @param reads requests it has answered
     * @param writes requests it has taken
     */
    public record LegRow(String disk, MirrorControl.LegState state, long staleBytes, long reads, long writes) {}

    @Override
    public String filter() {
        return "mirror";
    }

    @Override
    public List<String> usages() {
        return List.of("legs");
    }

    @Override
    public Set<String> disks() {
        return controls.disks();
    }

    @Override
    public String state(String disk) {
        return controls.of(disk, filter()).legs().stream()
                .map(leg -> leg.disk() + " " + leg.state())
                .collect(Collectors.joining(", "));
    }

    @Override
    public Object turn(String disk, String verb, List<String> words, Map<String, String> options) {
        return controls.of(disk, filter()).legs().stream().map(MirrorKnob::row).toList();
    }

    private static LegRow row(LegStatus leg) {
        return new LegRow(leg.disk(), leg.state(), leg.staleBytes(), leg.reads(), leg.writes());
    }
}
