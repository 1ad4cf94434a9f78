package org.unplug.scsi.debug.internal.osgi;

import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.osgi.service.metatype.annotations.Designate;

/** A further adapter, one for each factory configuration. */
@Designate(ocd = AdapterConfig.class, factory = true)
@Component(
        service = {},
        immediate = true,
        configurationPid = FurtherAdapter.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class FurtherAdapter {

    static final String PID = "org.unplug.scsi.debug.host";

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private volatile ConfigurationAdmin admin;

    @Reference(
            service = LoggerFactory.class,
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC)
    private volatile Logger log;

    private AdapterShell shell;

    @Activate
    void start(BundleContext context, AdapterConfig config, Map<String, Object> properties) {
        String pid = String.valueOf(properties.get(Constants.SERVICE_PID));
        shell = new AdapterShell(context, config, pid, () -> admin, () -> log);
    }

    @Modified
    void modified(AdapterConfig config) {
        shell = shell.modified(config);
    }

    @Deactivate
    void stop() {
        shell.stop();
    }
}
