package org.unplug.shell.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskState;
import org.unplug.block.Disks;
import org.unplug.export.nbd.NbdServer;
import org.unplug.nbd.NbdUri;
import org.unplug.shell.table.Column;

/** export, unexport, sessions, attach and detach: disks to and from the network by NBD. */
@Component(service = NbdCommands.class)
@GogoCommand(
        scope = "unplug",
        function = {"export", "unexport", "sessions", "attach", "detach"})
public final class NbdCommands {

    private static final String SERVER_BUNDLE = "org.unplug.export-nbd";
    private static final String SERVER_PID = "org.unplug.export.nbd";
    private static final String CLIENT_BUNDLE = "org.unplug.driver-nbd";
    private static final String CLIENT_PID = "org.unplug.driver.nbd";

    private final BundleContext context;
    private final Disks disks;
    private final ConfigurationAdmin configurations;
    private final ServiceComponentRuntime components;

    /** Which configuration an attached disk came of. */
    private final Map<String, Configuration> attached = new ConcurrentHashMap<>();

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    private volatile List<NbdServer> servers;

    @Activate
    public NbdCommands(
            BundleContext context,
            @Reference Disks disks,
            @Reference ConfigurationAdmin configurations,
            @Reference ServiceComponentRuntime components) {
        this.context = context;
        this.disks = disks;
        this.configurations = configurations;
        this.components = components;
    }

    /**
     * A disk on offer.
     *
     * @param uri by which clients reach it
     * @param disk its name here
     * @param sizeBytes its capacity
     * @param readOnly writes are refused
     * @param clients how many have it open
     */
    public record ExportRow(
            String uri,
            String disk,
            long sizeBytes,
            @Column(heading = "RO") boolean readOnly,
            int clients) {}

    /**
     * A client.
     *
     * @param number of the session
     * @param peer its address
     * @param export what it has open
     * @param state of the session
     * @param secure whether by TLS
     * @param requests answered so far
     * @param errors how many of those with an error
     * @param readBytes sent to it
     * @param writtenBytes received from it
     * @param inFlight under way now
     */
    public record SessionRow(
            long number,
            String peer,
            String export,
            String state,
            @Column(heading = "TLS") boolean secure,
            long requests,
            long errors,
            long readBytes,
            long writtenBytes,
            int inFlight) {}

    /**
     * A disk of another machine.
     *
     * @param disk its name here
     * @param uri where it is
     * @param sizeBytes its capacity
     */
    public record Attached(String disk, String uri, long sizeBytes) {}

    @Descriptor("lists what is exported")
    public List<ExportRow> export() {
        return servers.stream().flatMap(server -> rows(server).stream()).toList();
    }

    @Descriptor("exports a disk to NBD clients")
    public List<ExportRow> export(
            @Descriptor("refuse writes") @Parameter(names = "-r", presentValue = "true", absentValue = "false")
                    boolean readOnly,
            @Descriptor("the disk or partition") @Names.Of(Names.Kind.DISK) String disk,
            @Descriptor("where: nbd://host:port, 'nbd+unix:///?socket=/path', nbds for TLS; a path renames it")
                    String uri)
            throws IOException {
        if (disks.list().stream().noneMatch(d -> d.info().name().equals(disk))) {
            throw BlockCommands.noSuchDisk(disk, disks);
        }
        NbdUri at = parsed(uri);
        Bundle bundle = bundle(SERVER_BUNDLE);
        Hashtable<String, Object> properties = new Hashtable<>();
        properties.put("uri", at.withExport("").toString());
        properties.put("filter", "(disk.name=" + disk + ")");
        properties.put("name", at.export());
        properties.put("readOnly", readOnly);
        Configuration configuration = configurations.createFactoryConfiguration(SERVER_PID, "?");
        configuration.update(properties);
        waitFor(bundle, configuration, uri, () -> server(configuration).isPresent());
        return rows(server(configuration).orElseThrow());
    }

    @Descriptor("exports a disk no more; its clients are told and cut off")
    public void unexport(@Descriptor("the disk") @Names.Of(Names.Kind.DISK) String disk) throws IOException {
        List<Configuration> found = new ArrayList<>();
        for (Configuration each :
                list("(&(service.factoryPid=" + SERVER_PID + ")(filter=\\(disk.name=" + disk + "\\)))")) {
            found.add(each);
            each.delete();
        }
        if (found.isEmpty()) {
            throw new CommandException(disk + ": is not exported from here");
        }
        if (!Waiting.until(
                Bay.REMOVE_MS, () -> found.stream().noneMatch(c -> server(c).isPresent()))) {
            throw new CommandException(disk + ": its server has not stopped yet; see dmesg");
        }
    }

    @Descriptor("lists the NBD clients and what they did")
    public List<SessionRow> sessions() {
        return servers.stream()
                .flatMap(server -> server.sessions().stream())
                .map(s -> new SessionRow(
                        s.number(),
                        s.peer(),
                        s.export(),
                        s.state(),
                        s.secure(),
                        s.requests(),
                        s.errors(),
                        s.bytesRead(),
                        s.bytesWritten(),
                        s.inFlight()))
                .toList();
    }

    @Descriptor("attaches a disk of an NBD server")
    public Attached attach(
            @Descriptor("how many connections") @Parameter(names = "-c", absentValue = "2") int connections,
            @Descriptor("seconds for which it outlives its server") @Parameter(names = "-d", absentValue = "5")
                    int deadAfterSeconds,
            @Descriptor("refuse writes") @Parameter(names = "-r", presentValue = "true", absentValue = "false")
                    boolean readOnly,
            @Descriptor("as nbd://host:port/export or 'nbd+unix:///export?socket=/path'") String uri)
            throws IOException {
        NbdUri at = parsed(uri);
        Bundle bundle = bundle(CLIENT_BUNDLE);
        Set<Long> before = live(at).stream().map(DiskInfo::epoch).collect(Collectors.toSet());
        Hashtable<String, Object> properties = new Hashtable<>();
        properties.put("uri", at.toString());
        properties.put("connections", connections);
        properties.put("deadAfterSeconds", deadAfterSeconds);
        properties.put("readOnly", readOnly);
        Configuration configuration = configurations.createFactoryConfiguration(CLIENT_PID, "?");
        configuration.update(properties);
        List<DiskInfo> come = new ArrayList<>();
        waitFor(bundle, configuration, uri, () -> {
            live(at).stream().filter(disk -> !before.contains(disk.epoch())).forEach(come::add);
            return !come.isEmpty();
        });
        DiskInfo disk = come.get(0);
        attached.put(disk.name(), configuration);
        return new Attached(disk.name(), uri, disk.capacityBytes());
    }

    @Descriptor("detaches a disk of an NBD server, orderly")
    public void detach(@Descriptor("the disk") @Names.Of(Names.Kind.DISK) String disk) throws IOException {
        Configuration configuration = attached.get(disk);
        if (configuration == null) {
            throw new CommandException(disk + ": was not attached from here");
        }
        configuration.delete();
        attached.remove(disk);
        if (!Waiting.until(
                Bay.REMOVE_MS,
                () -> disks.list().stream()
                        .noneMatch(d -> d.info().name().equals(disk) && d.state() != DiskState.DEAD))) {
            throw new CommandException(disk + ": its removal goes on; see dmesg");
        }
    }

    private static NbdUri parsed(String uri) {
        try {
            return NbdUri.parse(uri);
        } catch (IllegalArgumentException e) {
            throw new CommandException(e.getMessage());
        }
    }

    /** Waits for what a configuration makes; takes it back, and says why, if it makes nothing. */
    private void waitFor(Bundle bundle, Configuration configuration, String what, BooleanSupplier isThere)
            throws IOException {
        List<String> failures = new ArrayList<>();
        Waiting.until(Bay.APPEAR_MS, () -> {
            failures.addAll(ConfiguredBay.failures(components, bundle, configuration.getPid()));
            return isThere.getAsBoolean() || !failures.isEmpty();
        });
        if (!failures.isEmpty() || !isThere.getAsBoolean()) {
            configuration.delete();
            String reason = failures.isEmpty() ? "nothing came of it; see dmesg" : failures.get(0);
            throw new CommandException(reason.startsWith(what) ? reason : what + ": " + reason);
        }
    }

    private Bundle bundle(String name) {
        return Arrays.stream(context.getBundles())
                .filter(bundle -> name.equals(bundle.getSymbolicName()) && bundle.getState() == Bundle.ACTIVE)
                .findFirst()
                .orElseThrow(() -> new CommandException(name + " is not started"));
    }

    private Optional<NbdServer> server(Configuration configuration) {
        try {
            return context
                    .getServiceReferences(
                            NbdServer.class, "(" + NbdServer.CONFIGURATION + "=" + configuration.getPid() + ")")
                    .stream()
                    .findFirst()
                    .map(context::getService);
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("a PID that no filter takes", e);
        }
    }

    private List<Configuration> list(String filter) throws IOException {
        try {
            Configuration[] found = configurations.listConfigurations(filter);
            return found == null ? List.of() : List.of(found);
        } catch (InvalidSyntaxException e) {
            throw new CommandException(filter + ": is no filter");
        }
    }

    private List<DiskInfo> live(NbdUri at) {
        return disks.list().stream()
                .filter(disk -> disk.state() == DiskState.LIVE)
                .map(disk -> disk.info())
                .filter(disk -> disk.bus().equals("nbd") && disk.serial().equals(at.toString()))
                .toList();
    }

    private static List<ExportRow> rows(NbdServer server) {
        return server.exports().stream()
                .map(e -> new ExportRow(
                        server.uri().withExport(e.name()).toString(), e.disk(), e.bytes(), e.readOnly(), e.clients()))
                .toList();
    }
}
