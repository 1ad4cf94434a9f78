/**
 * Lifetimes: counting who uses an object ({@link org.unplug.ref.Kref}), keeping callers out of one that is going away
 * ({@link org.unplug.ref.Gate}), and naming whoever still holds one ({@link org.unplug.ref.Leaks}).
 *
 * <p>Plain Java without OSGi types. Time, threads and waiting come in through {@link org.unplug.ref.Clockwork}, so that
 * the same classes run in a framework and under a stepped schedule.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package org.unplug.ref;
