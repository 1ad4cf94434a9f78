package org.unplug.export.nbd.internal;

/** The disk goes while a crew serves its clients: all that {@link RemovalTest} claims. */
class CrowdedRemovalTest extends RemovalTest {

    @Override
    int crowd() {
        return 1;
    }
}
