package org.unplug.lab.stress;

import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.ref.Gate;

/** The gate that requests pass: as if its operations came one after the other. */
@Timeout(120)
class GateLincheckTest {

    /** Who was let in stays. The sum is no operation: while somebody undoes a refusal it is too large, and is looked at again. */
    public static class Real {
        private final Gate gate = new Gate();

        @Operation
        public boolean enter() {
            return gate.enter();
        }

        @Operation
        public void kill() {
            gate.kill();
        }

        @Operation
        public boolean isKilled() {
            return gate.isKilled();
        }
    }

    /** What is meant. */
    public static class Plain {
        private boolean killed;

        public boolean enter() {
            return !killed;
        }

        public void kill() {
            killed = true;
        }

        public boolean isKilled() {
            return killed;
        }
    }

    /** Kills and says whether it drained: nobody may be inside whom it did not see. */
    public static class Drained {
        private final Gate gate = new Gate();
        private volatile boolean drained;

        @Operation
        public String use() {
            if (!gate.enter()) {
                return "refused";
            }
            String seen = drained ? "inside a drained gate" : "inside";
            gate.exit();
            return seen;
        }

        @Operation
        public void drain() {
            gate.kill();
            drained = gate.inside() == 0;
        }
    }

    /** Looks at the flag first and counts then: check-then-act. */
    public static class Hasty {
        private final AtomicInteger inside = new AtomicInteger();
        private volatile boolean killed;
        private volatile boolean drained;

        @Operation
        public String use() {
            if (killed) {
                return "refused";
            }
            inside.incrementAndGet();
            String seen = drained ? "inside a drained gate" : "inside";
            inside.decrementAndGet();
            return seen;
        }

        @Operation
        public void drain() {
            killed = true;
            drained = inside.get() == 0;
        }
    }

    /** What is meant: one is inside before the drain, or refused. */
    public static class PlainDrain {
        private boolean killed;

        public String use() {
            return killed ? "refused" : "inside";
        }

        public void drain() {
            killed = true;
        }
    }

    @Test
    void gate_isLinearizable() {
        Engine.holds(Real.class, Plain.class);
    }

    @Test
    void gateThatHasDrained_hasNobodyInside() {
        Engine.holds(Drained.class, PlainDrain.class);
    }

    @Test
    void gateThatLooksFirst_isFoundOut() {
        Engine.isFoundOut(Hasty.class, PlainDrain.class);
    }
}
