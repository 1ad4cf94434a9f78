/** The historical removal protocols as tables of steps; start at {@link org.unplug.lab.museum.internal.protocol.Era}. */
package org.unplug.lab.museum.internal.protocol;
