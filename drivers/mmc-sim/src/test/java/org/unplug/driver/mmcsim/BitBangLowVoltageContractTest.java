package org.unplug.driver.mmcsim;

import org.unplug.ref.Clockwork;

/** The same, with lines that it can take to 1.8 V. */
class BitBangLowVoltageContractTest extends MmcHostContract {

    @Override
    Bench make(Clockwork clock) {
        return new BitBangHost(BitBangHost.SHIFTED);
    }
}
