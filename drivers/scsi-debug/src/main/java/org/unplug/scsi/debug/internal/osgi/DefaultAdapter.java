package org.unplug.scsi.debug.internal.osgi;

import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
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

/** The adapter that is always there. */
@Designate(ocd = AdapterConfig.class)
@Component(
        service = {},
        immediate = true,
        configurationPid = DefaultAdapter.PID,
        configurationPolicy = ConfigurationPolicy.OPTIONAL)
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>='org.unplug.scsi.spi.ScsiHost'")
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>='org.unplug.scsi.debug.ScsiDebug'")
public final class DefaultAdapter {

    static final String PID = "org.unplug.scsi.debug";

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private volatile ConfigurationAdmin admin;

    @Reference(
            service = LoggerFactory.class,
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC)
    private volatile Logger log;

    private AdapterShell shell;

    @Activate
    void start(BundleContext context, AdapterConfig config) {
        shell = new AdapterShell(context, config, PID, () -> admin, () -> log);
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
