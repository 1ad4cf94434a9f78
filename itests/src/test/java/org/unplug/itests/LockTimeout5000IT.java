package org.unplug.itests;

/** The component runtime as it comes; the consumer really takes its 9 seconds, past the runtime's 5. */
public class LockTimeout5000IT extends SlowConsumers {
    @Override
    long lockTimeoutMs() {
        return 5000;
    }

    @Override
    boolean letGoEarly() {
        return false;
    }
}
