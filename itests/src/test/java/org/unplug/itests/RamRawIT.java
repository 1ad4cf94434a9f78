package org.unplug.itests;

import java.io.IOException;
import org.osgi.framework.BundleContext;

/** {@link RawRemovals} of a disk in memory. */
public class RamRawIT extends RawRemovals {
    @Override
    Medium medium(BundleContext of) throws IOException {
        return Medium.ram(of);
    }
}
