package org.unplug.itests;

import java.io.IOException;
import org.osgi.framework.BundleContext;

/** {@link MountedRemovals} of a disk on an image file. */
public class LoopMountedIT extends MountedRemovals {
    @Override
    Medium medium(BundleContext of) throws IOException {
        return Medium.loop(of);
    }
}
