package org.unplug.itests;

/** A component runtime without patience: it tears components down under their users. */
public class LockTimeout1IT extends SlowConsumers {
    @Override
    long lockTimeoutMs() {
        return 1;
    }
}
