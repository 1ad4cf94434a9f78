package org.unplug.block.internal.queue;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** One tag is taken by one of two. */
@JCStressTest
@Outcome(
        id = {"0, -1", "-1, 0"},
        expect = Expect.ACCEPTABLE,
        desc = "One has it.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Both have it, or nobody.")
@State
public class TagTakenOnce {

    private final Tags tags = new Tags(1);

    @Actor
    public void one(II_Result r) {
        r.r1 = new Tags.Hand().take(tags);
    }

    @Actor
    public void other(II_Result r) {
        r.r2 = new Tags.Hand().take(tags);
    }
}
