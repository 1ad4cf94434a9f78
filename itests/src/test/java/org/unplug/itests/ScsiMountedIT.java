package org.unplug.itests;

import java.io.IOException;
import org.osgi.framework.BundleContext;

/** {@link MountedRemovals} of a unit of the simulated SCSI adapter. */
public class ScsiMountedIT extends MountedRemovals {
    @Override
    Medium medium(BundleContext of) throws IOException {
        return Medium.scsi(of);
    }
}
