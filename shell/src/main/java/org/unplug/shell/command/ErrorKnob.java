package org.unplug.shell.command;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.unplug.block.BioOp;
import org.unplug.block.BlockStatus;
import org.unplug.block.stack.Options;
import org.unplug.driver.error.ErrorControl;
import org.unplug.driver.error.ErrorRule;

/** Errors, armed and disarmed. */
@Component
public final class ErrorKnob implements Knob {

    private final Controls<ErrorControl> controls = new Controls<>();

    @Reference(cardinality = ReferenceCardinality.AT_LEAST_ONE, policy = ReferencePolicy.DYNAMIC)
    void addControl(ErrorControl control, Map<String, Object> properties) {
        controls.add(control, properties);
    }

    void removeControl(ErrorControl control) {
        controls.remove(control);
    }

    @Override
    public String filter() {
        return "error";
    }

    @Override
    public List<String> usages() {
        return List.of(
                "arm [operations=read,write] [from=SECTOR] [to=SECTOR] [after=N] [rate=0.1] [count=N] [status=medium] [seed=N]",
                "disarm");
    }

    @Override
    public Set<String> disks() {
        return controls.disks();
    }

    @Override
    public String state(String disk) {
        ErrorControl control = controls.of(disk, filter());
        return (control.rule().isPresent() ? "armed" : "disarmed") + ", " + control.failed() + " of "
                + control.matched() + " failed";
    }

    @Override
    public Object turn(String disk, String verb, List<String> words, Map<String, String> options) {
        ErrorControl control = controls.of(disk, filter());
        if (verb.equals("disarm")) {
            new Options("disarm", options).refuseOthers();
            control.disarm();
        } else {
            control.arm(rule(new Options("arm", options)));
        }
        return null;
    }

    private static ErrorRule rule(Options options) {
        ErrorRule rule = new ErrorRule(
                options.some("operations", BioOp.class, EnumSet.allOf(BioOp.class)),
                options.whole("from", 0, 0, Long.MAX_VALUE - 1),
                options.whole("to", Long.MAX_VALUE, 1, Long.MAX_VALUE),
                options.whole("after", 0, 0, Long.MAX_VALUE),
                options.fraction("rate", 1),
                options.whole("count", 0, 0, Long.MAX_VALUE),
                options.one("status", BlockStatus.class, BlockStatus.IOERR),
                options.whole("seed", 1, Long.MIN_VALUE, Long.MAX_VALUE));
        options.refuseOthers();
        return rule;
    }
}
