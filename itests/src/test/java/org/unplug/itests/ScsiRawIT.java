package org.unplug.itests;

import java.io.IOException;
import org.osgi.framework.BundleContext;

/** {@link RawRemovals} of a unit of the simulated SCSI adapter. */
public class ScsiRawIT extends RawRemovals {
    @Override
    Medium medium(BundleContext of) throws IOException {
        return Medium.scsi(of);
    }
}
