package org.unplug.export.nbd.internal;

import java.io.IOException;

/** Each command in each form of replies, served by a crew: all that {@link TransmissionTest} claims. */
class CrowdedTransmissionTest extends TransmissionTest {

    @Override
    ServerRig rig(Limits limits) throws IOException {
        return new ServerRig(limits, 1);
    }
}
