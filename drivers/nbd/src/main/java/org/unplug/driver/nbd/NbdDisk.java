package org.unplug.driver.nbd;

import java.io.IOException;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
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
import org.unplug.block.Disks;
import org.unplug.nbd.NbdUri;
import org.unplug.nbd.TlsFiles;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** A disk on an NBD server for each configuration of {@value #PID}. */
@Component(
        service = {},
        immediate = true,
        configurationPid = NbdDisk.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = NbdDisk.Config.class, factory = true)
public final class NbdDisk {

    static final String PID = "org.unplug.driver.nbd";

    /** What can be configured. */
    @ObjectClassDefinition(name = "Unplug NBD disk", description = "A disk on an NBD server.")
    @interface Config {
        @AttributeDefinition(
                description =
                        "Server and export: nbd://host:port/export, nbd+unix:///export?socket=/path; nbds for TLS,"
                                + " with ?tls-certificates=DIR.")
        String uri();

        @AttributeDefinition(description = "How many connections, 1 to 16, where the server allows several.")
        int connections() default 2;

        @AttributeDefinition(description = "Refuse writes although the server does not.")
        boolean readOnly() default false;

        @AttributeDefinition(description = "Seconds within which a connection must be ready.")
        int connectSeconds() default 10;

        @AttributeDefinition(
                description = "Seconds for which requests wait for a server that is lost; then the disk is gone.")
        int deadAfterSeconds() default 5;

        @AttributeDefinition(description = "Seconds after which a request that is not answered is given up.")
        int requestSeconds() default 30;

        @AttributeDefinition(description = "What the disk's name begins with.")
        String prefix() default "nbd";
    }

    private final SystemClockwork clockwork = Clockwork.system("unplug-nbd-disk");
    private final Attachment attachment;

    @Reference(
            service = LoggerFactory.class,
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC)
    private volatile Logger log;

    @Activate
    public NbdDisk(@Reference Disks disks, Config config) throws IOException {
        if (config.uri() == null || config.uri().isBlank()) {
            throw new IllegalArgumentException("NBD disk without a server: set 'uri'");
        }
        NbdUri uri = NbdUri.parse(config.uri());
        SSLContext tls =
                uri.secure() && !uri.certificates().isEmpty() ? TlsFiles.client(Path.of(uri.certificates())) : null;
        Settings settings = new Settings(
                uri,
                tls,
                config.connections(),
                config.readOnly(),
                config.connectSeconds() * 1000L,
                config.deadAfterSeconds() * 1000L,
                config.requestSeconds() * 1000L);
        attachment = new Attachment(settings, config.prefix(), disks, clockwork, this::warn);
        try {
            attachment.attach();
        } catch (IOException | RuntimeException e) {
            attachment.close();
            clockwork.close();
            throw e;
        }
    }

    private void warn(String line) {
        Logger to = log;
        if (to != null) {
            to.warn("{}", line);
        }
    }

    @Deactivate
    void remove() {
        attachment.close();
        clockwork.close();
    }
}
