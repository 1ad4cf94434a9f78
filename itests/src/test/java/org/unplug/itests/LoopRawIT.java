package org.unplug.itests;

import java.io.IOException;
import org.osgi.framework.BundleContext;

/** {@link RawRemovals} of a disk on an image file. */
public class LoopRawIT extends RawRemovals {
    @Override
    Medium medium(BundleContext of) throws IOException {
        return Medium.loop(of);
    }
}
