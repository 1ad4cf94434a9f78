package org.unplug.lab.stress;

import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.ref.Kref;

/** A count of references: as if its operations came one after the other. */
@Timeout(120)
class KrefLincheckTest {

    /** A put that nobody has a reference for is refused, so that operations may come in any order. */
    public static class Counted {
        private int released;
        private final Kref kref = new Kref("object", () -> released++);

        @Operation
        public boolean tryGet() {
            return kref.tryGet();
        }

        @Operation
        public String put() {
            try {
                return kref.put() ? "released, " + released : "left";
            } catch (IllegalStateException tooOften) {
                return "refused";
            }
        }
    }

    /** What is meant. */
    public static class Plain {
        private int count = 1;

        public boolean tryGet() {
            if (count == 0) {
                return false;
            }
            count++;
            return true;
        }

        public String put() {
            if (count == 0) {
                return "refused";
            }
            return --count == 0 ? "released, 1" : "left";
        }
    }

    /** Looks first and counts then: brings back what is released. */
    public static class Hasty {
        private final AtomicInteger count = new AtomicInteger(1);

        @Operation
        public boolean tryGet() {
            if (count.get() == 0) {
                return false;
            }
            count.incrementAndGet();
            return true;
        }

        @Operation
        public String put() {
            if (count.get() == 0) {
                return "refused";
            }
            return count.decrementAndGet() == 0 ? "released, 1" : "left";
        }
    }

    @Test
    void kref_isLinearizable() {
        Engine.holds(Counted.class, Plain.class);
    }

    @Test
    void countThatLooksFirst_isFoundOut() {
        Engine.isFoundOut(Hasty.class, Plain.class);
    }
}
