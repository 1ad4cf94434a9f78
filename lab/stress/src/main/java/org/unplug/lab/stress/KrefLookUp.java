package org.unplug.lab.stress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.unplug.ref.Kref;

/** A look-up against the last put: either it has a reference or the object is released. */
@JCStressTest
@Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "Found, and so not released.")
@Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "Released, and so not found.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Found and released, or neither.")
@State
public class KrefLookUp {

    private final Kref kref = new Kref("object", () -> {});

    @Actor
    public void looksUp(II_Result r) {
        r.r1 = kref.tryGet() ? 1 : 0;
    }

    @Actor
    public void puts(II_Result r) {
        r.r2 = kref.put() ? 1 : 0;
    }
}
