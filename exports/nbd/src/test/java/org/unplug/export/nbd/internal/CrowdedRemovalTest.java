package org.unplug.export.nbd.internal;

import java.io.IOException;

/** The disk goes while a crew serves its clients: all that {@link RemovalTest} claims. */
class CrowdedRemovalTest extends RemovalTest {

    @Override
    ServerRig rig(Limits limits) throws IOException {
        return new ServerRig(limits, 1);
    }
}
