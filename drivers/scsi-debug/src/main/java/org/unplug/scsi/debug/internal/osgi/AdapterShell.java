package org.unplug.scsi.debug.internal.osgi;

import java.io.IOException;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.log.Logger;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;
import org.unplug.scsi.debug.ScsiDebug;
import org.unplug.scsi.debug.internal.adapter.Bay;
import org.unplug.scsi.debug.internal.adapter.DebugAdapter;
import org.unplug.scsi.debug.internal.adapter.Settings;
import org.unplug.scsi.spi.ScsiHost;

/**
 * An adapter in the framework. Adding is registering two services; removing is unregistering them: when the adapter's
 * unregistration returns, nobody is inside it.
 *
 * <p>Its own changes are written into its configuration with a count, so that it can tell the event that its own writing
 * caused, or an older one, from somebody else's change.
 */
final class AdapterShell {

    private final BundleContext context;
    private final SystemClockwork clockwork;
    private final Settings settings;
    private final Bay bay;
    private final String pid;
    private final Supplier<ConfigurationAdmin> admin;
    private final Supplier<Logger> log;
    private ServiceRegistration<ScsiHost> adapterService;
    private ServiceRegistration<ScsiDebug> bayService;
    private boolean stopped;
    private long revision;

    AdapterShell(
            BundleContext context,
            AdapterConfig config,
            String pid,
            Supplier<ConfigurationAdmin> admin,
            Supplier<Logger> log) {
        this.context = context;
        this.pid = pid;
        this.admin = admin;
        this.log = log;
        settings = settings(config);
        clockwork = Clockwork.system(config.name());
        DebugAdapter adapter = new DebugAdapter(settings, clockwork);
        bay = new Bay(adapter, clockwork, this::warn, this::remember);
        revision = config.revision();
        bay.configure(List.of(config.luns()));
        bay.configureRules(List.of(config.rules()));
        try {
            adapterService = context.registerService(ScsiHost.class, adapter, null);
            bayService = context.registerService(
                    ScsiDebug.class, bay, new Hashtable<>(Map.of(ScsiDebug.NAME, config.name())));
        } catch (RuntimeException bundleStops) {
            stop();
            throw bundleStops;
        }
    }

    private static Settings settings(AdapterConfig config) {
        return new Settings(
                config.name(),
                config.canQueue(),
                config.cmdPerLun(),
                config.threads(),
                config.latencyMicros(),
                config.targets());
    }

    /**
     * Takes a changed configuration. Units and rules change under the adapter; what an adapter is like does not: another comes in its
     * place, which is hot removal. A configuration that makes no sense changes nothing.
     *
     * @return the adapter that counts from now on, this one or its successor
     * @throws IllegalStateException if the bundle stops; this one has stopped then, and there is no successor
     */
    AdapterShell modified(AdapterConfig config) {
        try {
            if (settings(config).equals(settings) && !stopped) {
                follow(config);
                return this;
            }
        } catch (IllegalArgumentException e) {
            warn(e.getMessage() + "; it stays as it is");
            return this;
        }
        stop();
        return new AdapterShell(context, config, pid, admin, log);
    }

    private void follow(AdapterConfig config) {
        synchronized (bay) {
            if (config.revision() < revision) {
                return;
            }
            bay.configure(List.of(config.luns()));
            bay.configureRules(List.of(config.rules()));
        }
    }

    /** Idempotent: it was stopped for a successor, perhaps, that did not come. */
    void stop() {
        if (stopped) {
            return;
        }
        stopped = true;
        if (bayService != null) {
            bayService.unregister();
        }
        if (adapterService != null) {
            adapterService.unregister();
        }
        bay.close();
        clockwork.close();
    }

    /** Under the bay's lock. */
    private void remember(List<String> luns) {
        ConfigurationAdmin to = admin.get();
        if (to == null) {
            return;
        }
        try {
            Configuration configuration = to.getConfiguration(pid, "?");
            Dictionary<String, Object> values = configuration.getProperties();
            values = values == null ? new Hashtable<>() : values;
            revision++;
            values.put("luns", luns.toArray(new String[0]));
            values.put("revision", revision);
            configuration.update(values);
        } catch (IOException | IllegalStateException e) {
            warn("the configuration " + pid + " could not be written: " + e.getMessage());
        }
    }

    private void warn(String line) {
        Logger logger = log.get();
        if (logger != null) {
            logger.warn("{}", line);
        }
    }
}
