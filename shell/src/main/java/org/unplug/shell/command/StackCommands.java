package org.unplug.shell.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.service.cm.Configuration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.unplug.block.Disks;

/**
 * stack: disks over disks. A kind is a component that wants a configuration and whose bundle uses the block layer's package for
 * stacks; its name's last part names it, a stranger's too.
 */
@Component(service = {StackCommands.class, Names.class})
@GogoCommand(scope = "unplug", function = "stack")
public final class StackCommands implements Names {

    private static final String STACKS = "org.unplug.block.stack";
    private static final String LOWERS = "disk";

    private final BundleContext context;
    private final Disks disks;
    private final ServiceComponentRuntime components;
    private final ConfiguredBay bay;

    @Activate
    public StackCommands(
            BundleContext context,
            @Reference Disks disks,
            @Reference ServiceComponentRuntime components,
            @Reference ConfiguredBay bay) {
        this.context = context;
        this.disks = disks;
        this.components = components;
        this.bay = bay;
    }

    /**
     * A disk over disks that was made here.
     *
     * @param disk what it is, or was
     * @param kind of it
     * @param over the disks below
     * @param options as they were given
     * @param state of the disk; "waits" if a disk below is not there
     */
    public record StackRow(String disk, String kind, List<String> over, List<String> options, String state) {}

    @Descriptor("lists the disks over disks that were made with it; eject takes one away")
    public List<StackRow> stack() {
        List<StackRow> rows = new ArrayList<>();
        new TreeMap<>(bay.inserted()).forEach((disk, configuration) -> {
            Map<String, Object> properties = properties(configuration);
            if (properties.get(LOWERS) instanceof String[] lowers) {
                rows.add(new StackRow(
                        disk, kind(configuration.getFactoryPid()), List.of(lowers), options(properties), state(disk)));
            }
        });
        return rows;
    }

    @Descriptor("makes a disk over others, as: stack mirror sda sdb sync=clean")
    public StackRow stack(
            @Descriptor("linear, mirror, hold, cow, delay, error, flakey, log, rate, stats, or a bundle's own")
                    @Names.Of(Kind.STACK)
                    String kind,
            @Descriptor("the disks below, in order; options as sync=clean") @Names.Of(Kind.DISK) String[] arguments)
            throws IOException {
        Map<String, Maker> makers = makers();
        Maker maker = makers.get(kind);
        if (maker == null) {
            throw new CommandException(kind + ": no such kind; there "
                    + (makers.isEmpty() ? "is none" : "are " + String.join(", ", makers.keySet())));
        }
        Hashtable<String, Object> properties = new Hashtable<>();
        List<String> lowers = new ArrayList<>();
        for (String word : arguments) {
            int equals = word.indexOf('=');
            if (equals > 0) {
                properties.put(word.substring(0, equals), word.substring(equals + 1));
            } else {
                lowers.add(word);
            }
        }
        if (lowers.isEmpty()) {
            throw new CommandException(kind + ": over which disk? there "
                    + BlockCommands.noSuchDisk("", disks).getMessage().replaceFirst("^.*; there ", ""));
        }
        for (String lower : lowers) {
            boolean degraded = "true".equals(properties.get("degraded"));
            if (!degraded
                    && disks.list().stream().noneMatch(d -> d.info().name().equals(lower))) {
                throw BlockCommands.noSuchDisk(lower, disks);
            }
        }
        properties.put(LOWERS, lowers.toArray(new String[0]));
        Bay.Inserted made = bay.add(kind, maker.bundle(), maker.pid(), properties);
        disks.settle(Bay.APPEAR_MS);
        return new StackRow(made.disk(), kind, lowers, options(Map.copyOf(properties)), state(made.disk()));
    }

    /** Who answers to a factory configuration. */
    private record Maker(Bundle bundle, String pid) {}

    private Map<String, Maker> makers() {
        Map<String, Maker> makers = new TreeMap<>();
        for (Bundle bundle : context.getBundles()) {
            if (bundle.getState() == Bundle.ACTIVE && usesStacks(bundle)) {
                for (ComponentDescriptionDTO component : components.getComponentDescriptionDTOs(bundle)) {
                    String pid = component.configurationPid[0];
                    if ("require".equals(component.configurationPolicy) && !ConfiguredBay.isLeaf(kind(pid))) {
                        makers.put(kind(pid), new Maker(bundle, pid));
                    }
                }
            }
        }
        return makers;
    }

    private static boolean usesStacks(Bundle bundle) {
        BundleWiring wiring = bundle.adapt(BundleWiring.class);
        return wiring != null
                && wiring.getRequiredWires("osgi.wiring.package").stream()
                        .anyMatch(wire -> STACKS.equals(
                                wire.getCapability().getAttributes().get("osgi.wiring.package")));
    }

    private static String kind(String pid) {
        return pid.substring(pid.lastIndexOf('.') + 1);
    }

    private String state(String disk) {
        return disks.list().stream()
                .filter(d -> d.info().name().equals(disk))
                .map(d -> d.state().name())
                .findFirst()
                .orElse("waits");
    }

    private static Map<String, Object> properties(Configuration configuration) {
        Map<String, Object> properties = new TreeMap<>();
        try {
            Dictionary<String, Object> given = configuration.getProperties();
            if (given != null) {
                given.keys().asIterator().forEachRemaining(key -> properties.put(key, given.get(key)));
            }
        } catch (IllegalStateException deleted) {
            // By somebody else, meanwhile.
        }
        return properties;
    }

    private static List<String> options(Map<String, Object> properties) {
        return properties.entrySet().stream()
                .filter(e -> !e.getKey().equals(LOWERS) && e.getKey().indexOf('.') < 0)
                .map(e -> e.getKey() + "="
                        + (e.getValue() instanceof Object[] many
                                ? Arrays.toString(many)
                                : String.valueOf(e.getValue())))
                .sorted()
                .toList();
    }

    @Override
    public Collection<String> names(Kind kind, String typed) {
        return kind == Kind.STACK ? makers().keySet() : List.of();
    }
}
