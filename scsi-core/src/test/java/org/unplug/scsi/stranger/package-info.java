/** An adapter by somebody who knows the exported packages and nothing else: no import from within the core. */
package org.unplug.scsi.stranger;
