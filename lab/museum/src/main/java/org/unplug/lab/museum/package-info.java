/** The museum of removal protocols; the protocols are tables in {@link org.unplug.lab.museum.internal.protocol.Era}. */
package org.unplug.lab.museum;
