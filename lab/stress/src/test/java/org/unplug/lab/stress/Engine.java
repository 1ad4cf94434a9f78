package org.unplug.lab.stress;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/** Lincheck's model checker, as long as the build can bear; -Dunplug.lincheck.scenarios=N has it try more. */
public final class Engine {

    private static final int SCENARIOS = Integer.getInteger("unplug.lincheck.scenarios", 4);
    private static final int SCHEDULES = 1_000;
    /** The engine passes trivial races in silence on newer ones. */
    private static final int JDK = 17;

    private Engine() {}

    private static ModelCheckingOptions options(Class<?> specification) {
        assumeTrue(Runtime.version().feature() == JDK, "skipped: Lincheck is trusted on JDK " + JDK + " only");
        ModelCheckingOptions options = new ModelCheckingOptions();
        options.threads(2);
        options.actorsPerThread(3);
        options.actorsBefore(1);
        options.actorsAfter(1);
        options.iterations(SCENARIOS);
        options.invocationsPerIteration(SCHEDULES);
        options.sequentialSpecification(specification);
        return options;
    }

    /** Every schedule that is tried of scenarios that are made up is explained by some order of its operations. */
    public static void holds(Class<?> subject, Class<?> specification) {
        options(specification).check(subject);
    }

    /** The same, of what is known to be wrong, finds it: a search that cannot fail says nothing. */
    public static void isFoundOut(Class<?> subject, Class<?> specification) {
        ModelCheckingOptions options = options(specification);
        String found = assertThrows(LincheckAssertionError.class, () -> options.check(subject))
                .getMessage();
        assertFalse(found.contains("bug in Lincheck"), found);
        assertTrue(found.contains("Invalid execution results"), found);
    }
}
