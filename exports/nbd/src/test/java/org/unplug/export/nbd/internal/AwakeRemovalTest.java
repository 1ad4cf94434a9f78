package org.unplug.export.nbd.internal;

import java.io.IOException;

/** The disk goes while threads look instead of sleeping: all that {@link RemovalTest} claims. */
class AwakeRemovalTest extends RemovalTest {

    @Override
    ServerRig rig(Limits limits) throws IOException {
        return ServerRig.awake(limits, 1_000_000);
    }
}
