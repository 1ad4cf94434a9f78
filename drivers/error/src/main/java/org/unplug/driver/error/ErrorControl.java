package org.unplug.driver.error;

import java.util.Optional;

/**
 * Arms and disarms the errors of one disk, named by the service property {@code disk.name}. Any thread may call, nothing
 * blocks; a change holds for requests that come after it.
 */
public interface ErrorControl {

    /** From now on requests fail by this rule, which begins anew: none have matched, none have failed. */
    void arm(ErrorRule rule);

    /** From now on all requests pass. */
    void disarm();

    /** The rule that is armed. */
    Optional<ErrorRule> rule();

    /** How many requests have matched the rule that is, or was last, armed. */
    long matched();

    /** How many requests have failed by it. */
    long failed();
}
