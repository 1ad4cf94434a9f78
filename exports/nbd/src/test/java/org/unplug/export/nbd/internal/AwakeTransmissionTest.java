package org.unplug.export.nbd.internal;

import java.io.IOException;

/** Each command in each form of replies, served by a thread that looks instead of sleeping: all that {@link TransmissionTest} claims. */
class AwakeTransmissionTest extends TransmissionTest {

    @Override
    ServerRig rig(Limits limits) throws IOException {
        return ServerRig.awake(limits, 1_000_000);
    }
}
