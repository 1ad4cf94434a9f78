package org.unplug.export.nbd.internal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.unplug.block.Disk;
import org.unplug.export.nbd.NbdServer;
import org.unplug.nbd.NbdUri;
import org.unplug.nbd.TlsFiles;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;
import org.unplug.whiteboard.Whiteboard;

/** An NBD server for each configuration of {@value #PID}: it offers the disks that its filter matches, as they come and go. */
@Component(
        service = {},
        immediate = true,
        configurationPid = NbdExport.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = NbdExport.Config.class, factory = true)
public final class NbdExport {

    static final String PID = "org.unplug.export.nbd";

    /** What can be configured. */
    @ObjectClassDefinition(name = "Unplug NBD server", description = "Serves disks to NBD clients.")
    @interface Config {
        @AttributeDefinition(
                description = "Where to listen: nbd://host:port (port 0: any), nbd+unix:///?socket=/path; nbds requires"
                        + " TLS; ?tls-certificates=DIR names the PEM files for it.")
        String uri() default "nbd://localhost:10809";

        @AttributeDefinition(description = "Which disks: a filter over the properties of their services.")
        String filter() default "(disk.name=*)";

        @AttributeDefinition(description = "The export's name, where the filter matches one disk; empty: the disk's.")
        String name() default "";

        @AttributeDefinition(description = "Refuse writes.")
        boolean readOnly() default false;

        @AttributeDefinition(description = "Most connections at once.")
        int connections() default 128;

        @AttributeDefinition(description = "Most buffer memory for one connection, in KiB.")
        int inFlightKib() default 4096;

        @AttributeDefinition(
                description =
                        "Most that the kernel holds of what one client has not taken yet, in KiB, within its own bounds"
                                + " (net.core.wmem_max); 0: as it thinks best.")
        int socketBufferKib() default 1024;

        @AttributeDefinition(description = "Seconds within which a client must have chosen an export.")
        int handshakeSeconds() default 10;

        @AttributeDefinition(description = "Seconds for which a message may stand still half-way.")
        int stallSeconds() default 30;

        @AttributeDefinition(description = "Seconds for which a client may ask for nothing; 0: for ever.")
        int idleSeconds() default 0;

        @AttributeDefinition(
                description = "Milliseconds for which clients are answered ESHUTDOWN after their disk has gone (soft);"
                        + " 0: they are cut off at once (hard).")
        int lingerMs() default 1000;

        @AttributeDefinition(
                description =
                        "Microseconds for which the thread of a client that sends few requests at a time yields and"
                                + " looks for the next before it sleeps, while nobody else wants the processors; 0: it sleeps at once.")
        int stayAwakeMicros() default 100;
    }

    private final SystemClockwork clockwork = Clockwork.system("unplug-nbd");
    private final Server server;
    private final Whiteboard<Disk, Export> disks;
    private final ServiceRegistration<NbdServer> registration;

    @Reference(
            service = LoggerFactory.class,
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC)
    private volatile Logger log;

    @Activate
    public NbdExport(BundleContext context, Config config, Map<String, Object> given) throws IOException {
        NbdUri uri = NbdUri.parse(config.uri());
        SSLContext tls = uri.certificates().isEmpty() ? null : TlsFiles.server(Path.of(uri.certificates()));
        Limits limits = new Limits(
                config.connections(),
                Math.multiplyExact(config.inFlightKib(), 1 << 10),
                Math.multiplyExact(config.socketBufferKib(), 1 << 10),
                config.handshakeSeconds() * 1000L,
                config.stallSeconds() * 1000L,
                config.idleSeconds() * 1000L,
                config.lingerMs(),
                config.stayAwakeMicros());
        disks = new Whiteboard<>(context, Disk.class, config.filter(), new Whiteboard.Bus<>() {
            @Override
            public Export attach(Disk disk, ServiceReference<Disk> reference) {
                return offer(disk, config);
            }

            @Override
            public void detach(Export export) {
                server.withdraw(export);
            }
        });
        server = new Server(uri, tls, limits, clockwork, this::warn);
        disks.open();
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(NbdServer.URI, server.uri().toString());
        properties.put(NbdServer.CONFIGURATION, String.valueOf(given.get(Constants.SERVICE_PID)));
        registration = context.registerService(NbdServer.class, server, properties);
    }

    private Export offer(Disk disk, Config config) {
        String name = config.name().isEmpty() ? disk.info().name() : config.name();
        Export export = server.offer(name, disk, config.readOnly());
        if (!server.isOffered(export)) {
            warn(disk.info().name() + " is not exported: there is an export " + name + " already");
        }
        return export;
    }

    private void warn(String line) {
        Logger to = log;
        if (to != null) {
            to.warn("{}", line);
        }
    }

    @Deactivate
    void stop() {
        registration.unregister();
        disks.close();
        server.close();
        clockwork.close();
    }
}
