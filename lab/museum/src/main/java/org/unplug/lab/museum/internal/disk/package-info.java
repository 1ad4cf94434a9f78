/** A block layer with the lifetime rules of an era; start at {@link org.unplug.lab.museum.internal.disk.Museum}. */
package org.unplug.lab.museum.internal.disk;
