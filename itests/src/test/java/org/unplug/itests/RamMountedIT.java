package org.unplug.itests;

import java.io.IOException;
import org.osgi.framework.BundleContext;

/** {@link MountedRemovals} of a disk in memory. */
public class RamMountedIT extends MountedRemovals {
    @Override
    Medium medium(BundleContext of) throws IOException {
        return Medium.ram(of);
    }
}
