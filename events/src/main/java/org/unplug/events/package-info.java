/**
 * What becomes of disks, cards, units and mounts, told by the Event Admin to whoever subscribes: see
 * {@link org.unplug.events.Topics}. Events are posted, never sent: nobody who handles one holds a removal up. Without an Event Admin
 * this bundle does nothing.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.unplug.events;
