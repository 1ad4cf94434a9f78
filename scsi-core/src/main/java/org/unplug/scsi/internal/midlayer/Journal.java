package org.unplug.scsi.internal.midlayer;

/** Where the core tells people what happened, a line at a time. Must not block. */
public interface Journal {

    void info(String line);

    void warn(String line);
}
