package org.unplug.lab.stress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.unplug.ref.Kref;

/** Two puts release once, and the release sees what both have done before. */
@JCStressTest
@Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "Released once, both are seen.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Not once, or what one did is not seen.")
@State
public class KrefReleases {

    private int first;
    private int second;
    private int releases;
    private int seen;
    private final Kref kref = new Kref("object", this::release);

    public KrefReleases() {
        kref.get();
    }

    private void release() {
        releases++;
        seen = first + second;
    }

    @Actor
    public void one() {
        first = 1;
        kref.put();
    }

    @Actor
    public void other() {
        second = 1;
        kref.put();
    }

    @Arbiter
    public void judges(II_Result r) {
        r.r1 = releases;
        r.r2 = seen;
    }
}
