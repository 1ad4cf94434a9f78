package org.unplug.lab.stress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.unplug.ref.Gate;

/** Who finds nobody inside any more sees what was done inside. */
@JCStressTest
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "Refused; nobody was inside.")
@Outcome(id = "[01], -1", expect = Expect.ACCEPTABLE, desc = "Somebody is inside, or undoes a refusal.")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Left, and what was done is seen.")
@Outcome(id = "1, 0", expect = Expect.FORBIDDEN, desc = "Left, and what was done is not seen.")
@State
public class GateDrains {

    private final Gate gate = new Gate();
    private int done;

    @Actor
    public void works(II_Result r) {
        if (gate.enter()) {
            done = 1;
            gate.exit();
            r.r1 = 1;
        }
    }

    @Actor
    public void drains(II_Result r) {
        gate.kill();
        r.r2 = gate.inside() == 0 ? done : -1;
    }
}
