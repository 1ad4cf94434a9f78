package org.unplug.scsi.testing;

import java.io.IOException;
import org.unplug.block.testing.AdapterStack.Tally;
import org.unplug.scsi.spi.ScsiHost;

/** A low level driver with one place for a unit, as its own kit works it. */
public interface AdapterKit {

    ScsiHost host();

    /** Puts a unit in, whose content stays with its number; and tells the core. */
    void insert(int number) throws IOException;

    /** Pulls it out, and tells the core; nothing if there is none. */
    void yank() throws IOException;

    byte[] peek(int number, int offsetBytes, int bytes) throws IOException;

    /** The core has detached the adapter: lets everything go. */
    void unregistered();

    Tally tally();
}
