/**
 * The experiment in a running framework: two {@link org.unplug.lab.internal.rig.Side}s, a
 * {@link org.unplug.lab.internal.rig.Station} with load on each, a {@link org.unplug.lab.internal.rig.Cut} that takes a disk
 * away and observes, and the {@link org.unplug.lab.internal.rig.Comparison} that runs them all.
 *
 * <p>Lock order: none; each class guards its own few fields. Threads come from the laboratory's clockwork.
 */
package org.unplug.lab.internal.rig;
