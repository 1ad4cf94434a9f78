/**
 * How a bus core finds the adapters that low level drivers register as services, such that an adapter's removal runs
 * inside its UNREGISTERING event, on the stopping thread: {@link org.unplug.whiteboard.Whiteboard}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.unplug.whiteboard;
