package org.unplug.driver.error.internal;

import java.util.Map;
import java.util.Optional;
import org.unplug.block.DiskHandle;
import org.unplug.block.stack.PassDriver;
import org.unplug.block.stack.Passage;
import org.unplug.driver.error.ErrorControl;
import org.unplug.driver.error.ErrorRule;
import org.unplug.ref.Clockwork;

/** Passes requests down, but for those that the trap catches: these fail without having touched the lower disk. */
final class ErrorDriver extends PassDriver<Passage> implements ErrorControl {

    private volatile Trap trap = new Trap(ErrorRule.all(org.unplug.block.BlockStatus.IOERR));
    private volatile boolean armed;

    ErrorDriver(DiskHandle below, Clockwork clockwork) {
        super(below, clockwork);
    }

    @Override
    public Map<Class<?>, Object> services() {
        return Map.of(ErrorControl.class, this);
    }

    @Override
    protected Passage newPassage() {
        return new Passage();
    }

    @Override
    protected void handle(Passage passage) {
        Trap set = trap;
        if (armed && set.catches(passage.request())) {
            passage.end(set.rule.status(), false);
        } else {
            passage.passDown();
        }
    }

    @Override
    public void arm(ErrorRule rule) {
        trap = new Trap(rule);
        armed = true;
    }

    @Override
    public void disarm() {
        armed = false;
    }

    @Override
    public Optional<ErrorRule> rule() {
        return armed ? Optional.of(trap.rule) : Optional.empty();
    }

    @Override
    public long matched() {
        return trap.matched();
    }

    @Override
    public long failed() {
        return trap.failed();
    }
}
