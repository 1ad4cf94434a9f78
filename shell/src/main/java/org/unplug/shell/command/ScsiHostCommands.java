package org.unplug.shell.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Hashtable;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.Descriptor;
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
import org.osgi.service.log.LogReaderService;
import org.unplug.scsi.ScsiBus;
import org.unplug.scsi.ScsiHostInfo;
import org.unplug.scsi.debug.LunSpec;
import org.unplug.scsi.debug.Rule;
import org.unplug.scsi.debug.ScsiDebug;
import org.unplug.shell.command.Names.Kind;

/** scsihost: simulated adapters by factory configuration, as a program would have them by its own. */
@Component(service = ScsiHostCommands.class)
@GogoCommand(scope = "unplug", function = "scsihost")
public final class ScsiHostCommands {

    private static final String DRIVER = "org.unplug.driver-scsi-debug";
    private static final String PID = "org.unplug.scsi.debug.host";
    private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";
    private static final long REMOVE_MS = 60_000;
    private static final List<String> NUMBERS = List.of("targets", "canQueue", "cmdPerLun", "threads", "latencyMicros");

    private final BundleContext context;
    private final ScsiBus bus;
    private final ConfigurationAdmin configurations;
    private final ServiceComponentRuntime components;

    @Reference(cardinality = ReferenceCardinality.AT_LEAST_ONE, policy = ReferencePolicy.DYNAMIC)
    volatile List<ScsiDebug> adapters;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private volatile LogReaderService log;

    @Activate
    public ScsiHostCommands(
            BundleContext context,
            @Reference ScsiBus bus,
            @Reference ConfigurationAdmin configurations,
            @Reference ServiceComponentRuntime components) {
        this.context = context;
        this.bus = bus;
        this.configurations = configurations;
        this.components = components;
    }

    /**
     * An adapter.
     *
     * @param name of it, which is a place for units
     * @param host its number on the bus; empty while it is not there
     * @param state of the host
     * @param units that are in
     * @param faults that are planned
     * @param commands that it has taken so far
     * @param handlers how many calls of its error handlers there were
     */
    public record HostRow(
            String name, String host, String state, int units, int faults, long commands, long handlers) {}

    @Descriptor("lists the simulated SCSI adapters")
    public List<HostRow> scsihost() {
        return adapters.stream()
                .map(this::row)
                .sorted(Comparator.comparing(HostRow::name))
                .toList();
    }

    @Descriptor("adds or removes one, as: scsihost add tower targets=2 unit=target=0-1,lun=0-3,bytes=64m")
    public HostRow scsihost(
            @Descriptor("add or remove") String verb,
            @Descriptor("the adapter") @Names.Of(Kind.PLACE) String name,
            @Descriptor(
                            "targets=, canQueue=, cmdPerLun=, threads=, latencyMicros=; as often as wanted unit= with what a"
                                    + " unit is like and rule= with a fault")
                    String[] options)
            throws IOException {
        switch (verb) {
            case "add":
                return add(name, options);
            case "remove":
                if (options.length > 0) {
                    throw new CommandException("remove: one name, and nothing else");
                }
                return remove(name);
            default:
                throw new CommandException(verb + ": want add or remove");
        }
    }

    private HostRow add(String name, String[] options) throws IOException {
        if (!name.matches(NAME)) {
            throw new CommandException(name
                    + ": an adapter's name is letters, digits, dots and dashes, and begins with one of the first two");
        }
        if (adapter(name).isPresent()) {
            throw new CommandException(name + ": there is an adapter of this name already");
        }
        Hashtable<String, Object> properties = properties(name, options);
        int rules = ((String[]) properties.get("rules")).length;
        int units = 0;
        for (String unit : (String[]) properties.get("luns")) {
            units += LunSpec.parseAll(unit).size();
        }
        Bundle driver = Arrays.stream(context.getBundles())
                .filter(bundle -> DRIVER.equals(bundle.getSymbolicName()) && bundle.getState() == Bundle.ACTIVE)
                .findFirst()
                .orElseThrow(() -> new CommandException(DRIVER + " is not started"));
        Configuration configuration = configurations.createFactoryConfiguration(PID, "?");
        try (Echo echo = new Echo(log, DRIVER)) {
            configuration.update(properties);
            List<String> failures = new ArrayList<>();
            Waiting.until(Bay.APPEAR_MS, () -> {
                failures.addAll(ConfiguredBay.failures(components, driver, configuration.getPid()));
                return !failures.isEmpty()
                        || host(name).isPresent() && adapter(name).isPresent();
            });
            Optional<ScsiDebug> come = adapter(name);
            if (come.isEmpty()) {
                configuration.delete();
                throw new CommandException(
                        failures.isEmpty() ? name + ": did not come" + echo.reason() : failures.get(0));
            }
            if (come.get().list().size() < units || come.get().rules().size() < rules) {
                configuration.delete();
                throw new CommandException(name + ": not everything can be had" + echo.reason());
            }
        }
        bus.settle(Bay.APPEAR_MS);
        return adapter(name).map(this::row).orElseThrow(() -> new CommandException(name + ": went meanwhile"));
    }

    /** What the driver would only log is refused here, before there is a configuration. */
    private static Hashtable<String, Object> properties(String name, String[] options) {
        Hashtable<String, Object> properties = new Hashtable<>();
        properties.put("name", name);
        List<String> units = new ArrayList<>();
        List<String> rules = new ArrayList<>();
        for (String option : options) {
            int equals = option.indexOf('=');
            String key = equals < 0 ? option : option.substring(0, equals);
            String value = option.substring(equals + 1);
            try {
                if (equals > 0 && key.equals("unit")) {
                    LunSpec.parseAll(value);
                    units.add(value);
                } else if (equals > 0 && key.equals("rule")) {
                    Rule.parse(value);
                    rules.add(value);
                } else if (equals > 0 && NUMBERS.contains(key) && value.matches("\\d{1,9}")) {
                    properties.put(key, Integer.parseInt(value));
                } else {
                    throw new CommandException(option + ": "
                            + (NUMBERS.contains(key)
                                    ? "want " + key + "=NUMBER"
                                    : "no such option; there are unit, rule, " + String.join(", ", NUMBERS)));
                }
            } catch (IllegalArgumentException e) {
                throw new CommandException(e.getMessage());
            }
        }
        properties.put("luns", units.toArray(new String[0]));
        properties.put("rules", rules.toArray(new String[0]));
        return properties;
    }

    private HostRow remove(String name) throws IOException {
        ScsiDebug adapter = adapter(name).orElseThrow(() -> new CommandException(name + ": no such adapter"));
        HostRow last = row(adapter);
        Configuration[] found;
        try {
            found = configurations.listConfigurations("(&(service.factoryPid=" + PID + ")(name=" + name + "))");
        } catch (InvalidSyntaxException e) {
            found = null;
        }
        if (found == null) {
            throw new CommandException(name + ": was not made by a configuration; pull stops its driver");
        }
        for (Configuration configuration : found) {
            configuration.delete();
        }
        if (!Waiting.until(
                REMOVE_MS, () -> adapter(name).isEmpty() && host(name).isEmpty())) {
            throw new CommandException(name + ": its removal goes on; see dmesg");
        }
        return new HostRow(
                last.name(), last.host(), "removed", last.units(), last.faults(), last.commands(), last.handlers());
    }

    private Optional<ScsiDebug> adapter(String name) {
        return adapters.stream().filter(one -> one.name().equals(name)).findFirst();
    }

    private Optional<ScsiHostInfo> host(String name) {
        return bus.hosts().stream().filter(one -> one.name().equals(name)).findFirst();
    }

    private HostRow row(ScsiDebug adapter) {
        Optional<ScsiHostInfo> host = host(adapter.name());
        return new HostRow(
                adapter.name(),
                host.map(one -> Integer.toString(one.number())).orElse(""),
                host.map(one -> one.state().name()).orElse(""),
                adapter.list().size(),
                adapter.rules().size(),
                adapter.counters().commands(),
                adapter.counters().errorHandlers());
    }
}
