/** A cooperative scheduler under woven classes: where threads switch is a choice; start at {@link org.unplug.lab.explore.engine.Scheduler}. */
package org.unplug.lab.explore.engine;
