package org.unplug.block.internal.queue;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** Who takes a tag that was given back sees the slot as it was left. */
@JCStressTest
@Outcome(id = "-1", expect = Expect.ACCEPTABLE, desc = "Not free yet.")
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "Taken, the slot as it was left.")
@Outcome(id = "0", expect = Expect.FORBIDDEN, desc = "Taken, the slot as it was before.")
@State
public class TagPasses {

    private final Tags tags = new Tags(1);
    private final int mine = new Tags.Hand().take(tags);
    private int slot;

    @Actor
    public void gives() {
        slot = 1;
        tags.give(mine);
    }

    @Actor
    public void takes(I_Result r) {
        r.r1 = new Tags.Hand().take(tags) < 0 ? -1 : slot;
    }
}
