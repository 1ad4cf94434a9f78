package org.unplug.lab.internal.rig;

import java.io.IOException;
import java.util.Dictionary;
import java.util.Hashtable;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.unplug.mmc.MmcHosts;

/** Configuration that is another one while the laboratory works, and what it was before afterwards. */
final class Settings implements AutoCloseable {

    private static final String MMC = "org.unplug.mmc";
    private static final String DEBOUNCE = "debounceMs";
    private static final long DEBOUNCE_MS = 20;

    private final World world;
    private Configuration changed;
    private Dictionary<String, Object> before;

    Settings(World world) {
        this.world = world;
    }

    /** Lets cards be noticed sooner than a human hand needs; says what it did. */
    String shorten() throws IOException {
        ConfigurationAdmin admin = world.find(ConfigurationAdmin.class.getName(), null)
                .map(ConfigurationAdmin.class::cast)
                .orElse(null);
        if (admin == null) {
            return "Config Admin is not there: cards are noticed after the usual debounce time.";
        }
        changed = admin.getConfiguration(MMC, "?");
        before = changed.getProperties();
        Dictionary<String, Object> shorter = new Hashtable<>();
        shorter.put(DEBOUNCE, DEBOUNCE_MS);
        changed.update(shorter);
        // Told in Config Admin's own time; what is measured begins after that.
        world.service(MmcHosts.class.getName(), "(" + DEBOUNCE + "=" + DEBOUNCE_MS + ")");
        return "The debounce of the card detect is " + DEBOUNCE_MS + " ms instead of 200 ms, by configuration of " + MMC
                + ".";
    }

    @Override
    public void close() throws IOException {
        if (changed == null) {
            return;
        }
        if (before == null) {
            changed.delete();
        } else {
            changed.update(before);
        }
    }
}
