package org.unplug.export.nbd.internal;

import java.io.IOException;

/** Bad peers in a crowd: all that {@link BadPeersTest} claims. */
class CrowdedBadPeersTest extends BadPeersTest {

    @Override
    ServerRig rig(Limits limits) throws IOException {
        return new ServerRig(limits, 1);
    }
}
