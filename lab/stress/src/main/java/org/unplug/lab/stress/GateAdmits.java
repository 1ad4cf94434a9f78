package org.unplug.lab.stress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.unplug.ref.Gate;

/** The sum after the kill never misses an admitted one. */
@JCStressTest
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Admitted, and counted.")
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "Refused.")
@Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "Refused, and not undone when it was summed: another look.")
@Outcome(id = "1, 0", expect = Expect.FORBIDDEN, desc = "Admitted, and missed.")
@State
public class GateAdmits {

    private final Gate gate = new Gate();

    @Actor
    public void enters(II_Result r) {
        r.r1 = gate.enter() ? 1 : 0;
    }

    @Actor
    public void kills(II_Result r) {
        gate.kill();
        r.r2 = (int) gate.inside();
    }
}
