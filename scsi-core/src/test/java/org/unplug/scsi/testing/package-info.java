/** For the tests of low level drivers: a driver under the real SCSI core, as the shared removal tests play with it. */
package org.unplug.scsi.testing;
