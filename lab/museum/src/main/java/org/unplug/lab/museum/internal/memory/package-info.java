/** Memory that knows who allocated and who released it, so that a use after release is told; start at {@link org.unplug.lab.museum.internal.memory.Slab}. */
package org.unplug.lab.museum.internal.memory;
