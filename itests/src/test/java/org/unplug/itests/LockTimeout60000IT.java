package org.unplug.itests;

/** A component runtime that would wait for a minute. */
public class LockTimeout60000IT extends SlowConsumers {
    @Override
    long lockTimeoutMs() {
        return 60000;
    }
}
