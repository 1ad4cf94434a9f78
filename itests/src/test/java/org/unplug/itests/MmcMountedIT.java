package org.unplug.itests;

import java.io.IOException;
import org.osgi.framework.BundleContext;

/** {@link MountedRemovals} of a card in a simulated slot. */
public class MmcMountedIT extends MountedRemovals {
    @Override
    Medium medium(BundleContext of) throws IOException {
        return Medium.mmc(of);
    }
}
