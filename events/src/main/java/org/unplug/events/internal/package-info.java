/** The components. */
package org.unplug.events.internal;
