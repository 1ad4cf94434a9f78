package org.unplug.lab.stress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * The gate's handshake without its volatile accesses: each writes its own and reads the other's. That both miss the other must be seen
 * in a run, or the run says nothing of the tests beside it.
 */
@JCStressTest
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE_INTERESTING, desc = "Both miss the other: why the gate needs order.")
@Outcome(expect = Expect.ACCEPTABLE, desc = "One sees the other.")
@State
public class Control {

    private int inside;
    private int killed;

    @Actor
    public void enters(II_Result r) {
        inside = 1;
        r.r1 = killed;
    }

    @Actor
    public void kills(II_Result r) {
        killed = 1;
        r.r2 = inside;
    }
}
