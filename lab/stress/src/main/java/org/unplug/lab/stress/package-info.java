/** What the hardware and the compiler may do to the smallest parts; each class is one jcstress test. Begin with {@link Control}. */
package org.unplug.lab.stress;
