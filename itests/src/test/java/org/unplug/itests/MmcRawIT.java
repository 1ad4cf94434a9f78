package org.unplug.itests;

import java.io.IOException;
import org.osgi.framework.BundleContext;

/** {@link RawRemovals} of a card in a simulated slot. */
public class MmcRawIT extends RawRemovals {
    @Override
    Medium medium(BundleContext of) throws IOException {
        return Medium.mmc(of);
    }
}
