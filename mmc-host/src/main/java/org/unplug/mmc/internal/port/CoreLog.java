package org.unplug.mmc.internal.port;

/** Where the core says what happened; keeps it free of the framework's log service. Any thread; must not block. */
public interface CoreLog {

    void info(String line);

    void warn(String line);
}
