package org.unplug.block.internal.osgi;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.SynchronousBundleListener;
import org.unplug.block.internal.genhd.Owner;
import org.unplug.ref.Clockwork;

/**
 * Bundles as owners. A bundle's disks are removed inside its STOPPING event and its handles closed inside its STOPPED event,
 * both on the stopping thread. A bundle that starts again is another owner.
 */
final class Owners implements SynchronousBundleListener {

    private final Map<Long, Owner> owners = new HashMap<>();
    private final Clockwork clockwork;
    private final Consumer<Owner> whenStopped;

    /** @param whenStopped puts what a stopped bundle has got and not put */
    Owners(Clockwork clockwork, Consumer<Owner> whenStopped) {
        this.clockwork = clockwork;
        this.whenStopped = whenStopped;
    }

    Owner of(Bundle bundle) {
        synchronized (owners) {
            return owners.computeIfAbsent(
                    bundle.getBundleId(), id -> new Owner(id, String.valueOf(bundle.getSymbolicName())));
        }
    }

    @Override
    public void bundleChanged(BundleEvent event) {
        long id = event.getBundle().getBundleId();
        if (event.getType() == BundleEvent.STOPPING) {
            Owner owner;
            synchronized (owners) {
                owner = owners.get(id);
            }
            if (owner != null) {
                owner.stopping(clockwork);
            }
        } else if (event.getType() == BundleEvent.STOPPED) {
            Owner owner;
            synchronized (owners) {
                owner = owners.remove(id);
            }
            if (owner != null) {
                owner.stopped(clockwork);
                whenStopped.accept(owner);
            }
        }
    }
}
