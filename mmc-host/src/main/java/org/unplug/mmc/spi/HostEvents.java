package org.unplug.mmc.spi;

import org.osgi.annotation.versioning.ProviderType;

/** What an adapter tells the core. Any thread may call, from inside adapter methods too; never blocks. */
@ProviderType
public interface HostEvents {

    /**
     * The detect switch moved, whichever way; it may bounce. The core looks once it has been quiet for the debounce time.
     * Ignored after the adapter's service was unregistered.
     */
    void cardChanged();
}
