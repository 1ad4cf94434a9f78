package org.unplug.export.nbd.internal;

import java.io.IOException;

/** Bad peers of threads that look instead of sleeping: all that {@link BadPeersTest} claims. */
class AwakeBadPeersTest extends BadPeersTest {

    @Override
    ServerRig rig(Limits limits) throws IOException {
        return ServerRig.awake(limits, 1_000_000);
    }
}
