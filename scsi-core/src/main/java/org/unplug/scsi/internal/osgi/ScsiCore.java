package org.unplug.scsi.internal.osgi;

import java.util.Hashtable;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.unplug.block.Disks;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;
import org.unplug.scsi.ScsiBus;
import org.unplug.scsi.ScsiDevice;
import org.unplug.scsi.ScsiDeviceInfo;
import org.unplug.scsi.internal.midlayer.Core;
import org.unplug.scsi.internal.midlayer.Host;
import org.unplug.scsi.internal.midlayer.Journal;
import org.unplug.scsi.internal.midlayer.Timing;
import org.unplug.scsi.internal.sd.Sd;
import org.unplug.scsi.spi.ScsiHost;
import org.unplug.whiteboard.Whiteboard;

/** Starts the SCSI core with its bundle: finds adapters, publishes devices. Configured by PID {@code org.unplug.scsi}. */
@Component(
        service = {},
        immediate = true,
        configurationPid = "org.unplug.scsi")
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>='org.unplug.scsi.ScsiBus'")
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>='org.unplug.scsi.ScsiDevice'")
public final class ScsiCore implements Whiteboard.Bus<ScsiHost, Host>, Journal {

    /** How long things may take; milliseconds. */
    @interface Config {
        long commandTimeoutMs() default 30_000;

        int retries() default 5;

        long handlerTimeoutMs() default 10_000;

        long syncMs() default 30_000;

        long drainMs() default 5_000;

        long againMs() default 3;

        long rampUpMs() default 1_000;

        long mediaPollMs() default 2_000;
    }

    private final BundleContext context;
    private final SystemClockwork clockwork = Clockwork.system("unplug-scsi");
    private final Core core;
    private final Whiteboard<ScsiHost, Host> adapters;
    private final ServiceRegistration<ScsiBus> registration;

    @Reference(
            service = LoggerFactory.class,
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC)
    private volatile Logger log;

    @Activate
    public ScsiCore(BundleContext context, @Reference Disks disks, Config config) {
        this.context = context;
        Timing timing = new Timing(
                config.commandTimeoutMs(),
                config.retries(),
                config.handlerTimeoutMs(),
                config.syncMs(),
                config.drainMs(),
                config.againMs(),
                config.rampUpMs(),
                config.mediaPollMs());
        core = new Core(clockwork, timing, this, new Sd(disks), this::publish);
        adapters = new Whiteboard<>(context, ScsiHost.class, this);
        adapters.open();
        registration = context.registerService(ScsiBus.class, core, null);
    }

    @Deactivate
    void stop() {
        registration.unregister();
        adapters.close();
        clockwork.close();
    }

    @Override
    public Host attach(ScsiHost adapter, ServiceReference<ScsiHost> reference) {
        Bundle driver = reference.getBundle();
        return core.attach(adapter, driver == null ? "?" : driver.getSymbolicName());
    }

    @Override
    public void detach(Host host) {
        core.detach(host);
    }

    private Runnable publish(ScsiDevice device) {
        return context.registerService(ScsiDevice.class, device, properties(device))::unregister;
    }

    private static Hashtable<String, Object> properties(ScsiDevice device) {
        ScsiDeviceInfo info = device.info();
        Hashtable<String, Object> properties = new Hashtable<>();
        properties.put(ScsiDevice.ADDRESS, info.address().toString());
        properties.put(ScsiDevice.HOST, info.address().host());
        properties.put(ScsiDevice.DRIVER, info.driver());
        properties.put(ScsiDevice.VENDOR, info.vendor());
        properties.put(ScsiDevice.PRODUCT, info.product());
        properties.put(ScsiDevice.REVISION, info.revision());
        properties.put(ScsiDevice.TYPE, info.type());
        properties.put(ScsiDevice.REMOVABLE, info.removable());
        putUnlessEmpty(properties, ScsiDevice.SERIAL, info.serial());
        putUnlessEmpty(properties, ScsiDevice.WWID, info.wwid());
        putUnlessEmpty(properties, ScsiDevice.PROVISIONING, info.provisioning());
        if (info.rotation() > 0) {
            properties.put(ScsiDevice.ROTATION, info.rotation());
        }
        putUnlessEmpty(properties, ScsiDevice.DISK, device.disk());
        return properties;
    }

    private static void putUnlessEmpty(Hashtable<String, Object> properties, String key, String value) {
        if (!value.isEmpty()) {
            properties.put(key, value);
        }
    }

    @Override
    public void info(String line) {
        Logger logger = log;
        if (logger != null) {
            logger.info("{}", line);
        }
    }

    @Override
    public void warn(String line) {
        Logger logger = log;
        if (logger != null) {
            logger.warn("{}", line);
        }
    }
}
