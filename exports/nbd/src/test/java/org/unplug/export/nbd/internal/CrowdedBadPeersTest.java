package org.unplug.export.nbd.internal;

/** Bad peers in a crowd: all that {@link BadPeersTest} claims. */
class CrowdedBadPeersTest extends BadPeersTest {

    @Override
    int crowd() {
        return 1;
    }
}
