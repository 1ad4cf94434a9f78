/** The museum in a framework: puts an era under the stacks and takes it away again; start at {@link org.unplug.lab.museum.internal.osgi.Exhibition}. */
package org.unplug.lab.museum.internal.osgi;
