package org.unplug.export.nbd.internal;

/** Each command in each form of replies, served by a crew: all that {@link TransmissionTest} claims. */
class CrowdedTransmissionTest extends TransmissionTest {

    @Override
    int crowd() {
        return 1;
    }
}
