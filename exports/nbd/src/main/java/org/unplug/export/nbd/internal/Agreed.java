package org.unplug.export.nbd.internal;

import org.unplug.block.DiskHandle;
import org.unplug.nbd.ReplyHeader.Form;
import org.unplug.nbd.Wire;

/**
 * What the handshake has come to.
 *
 * @param wire plain or TLS
 * @param export chosen
 * @param handle to its disk, open
 * @param form of replies; EXTENDED stands for extended requests too
 * @param blockStatus whether base:allocation was asked for
 */
record Agreed(Wire wire, Export export, DiskHandle handle, Form form, boolean blockStatus) {}
