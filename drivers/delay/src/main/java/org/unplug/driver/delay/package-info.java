/**
 * A disk over a disk that answers later: {@code delay}. Options: {@code readMs}, {@code writeMs}, {@code flushMs},
 * {@code discardMs} (default 0 each), {@code jitterMs} (as much more at most, evenly spread), {@code seed} (of the jitter).
 */
package org.unplug.driver.delay;
