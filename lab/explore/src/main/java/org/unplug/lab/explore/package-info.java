/** The command line of the explorer. */
package org.unplug.lab.explore;
