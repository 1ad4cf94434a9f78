package org.unplug.block.internal.queue;

import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.lab.stress.Engine;

/** The bitmap of free tags: no tag is had twice, and none is lost. */
@Timeout(120)
class TagsLincheckTest {

    /** Two tags; whoever takes one marks it as had, and unmarks it before giving it back. */
    public static class Real {
        private final Tags tags = new Tags(2);
        private final boolean[] had = new boolean[2];

        /** Takes a tag and gives it back at once. */
        @Operation
        public String use() {
            Tags.Hand hand = new Tags.Hand();
            int tag = hand.take(tags);
            if (tag < 0) {
                return "none";
            }
            String end = had[tag] ? "had twice" : "had";
            had[tag] = true;
            had[tag] = false;
            tags.give(tag);
            hand.giveAll();
            return end;
        }
    }

    /** What is meant: two users never find both tags in the hands of a third. */
    public static class Plain {
        public String use() {
            return "had";
        }
    }

    /** Takes and keeps. */
    public static class Keeping {
        private final Tags tags = new Tags(2);

        @Operation
        public boolean take() {
            return new Tags.Hand().take(tags) >= 0;
        }
    }

    /** Two can be had. */
    public static class Two {
        private int left = 2;

        public boolean take() {
            if (left == 0) {
                return false;
            }
            left--;
            return true;
        }
    }

    @Test
    void tagThatIsTaken_isNobodyElses() {
        Engine.holds(Real.class, Plain.class);
    }

    @Test
    void tagsThatAreThere_areHad_andNoMore() {
        Engine.holds(Keeping.class, Two.class);
    }
}
