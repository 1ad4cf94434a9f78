package org.unplug.driver.mmcsim;

import org.unplug.ref.Clockwork;

/** An adapter that somebody else wrote, quite differently. */
class BitBangContractTest extends MmcHostContract {

    @Override
    Bench make(Clockwork clock) {
        return new BitBangHost(BitBangHost.PLAIN);
    }
}
