package org.unplug.shell.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.unplug.scsi.ScsiBus;
import org.unplug.scsi.ScsiHostInfo;
import org.unplug.scsi.ScsiHostState;
import org.unplug.scsi.debug.LunInfo;
import org.unplug.scsi.debug.LunSpec;
import org.unplug.scsi.debug.ScsiDebug;
import org.unplug.scsi.debug.ScsiDebugCounters;
import org.unplug.shell.command.ScsiHostCommands.HostRow;

/** scsihost, over a configuration admin that makes adapters at once. */
class ScsiHostCommandsTest {

    private static final String[] NONE = {};

    private final List<ScsiDebug> adapters = new CopyOnWriteArrayList<>();
    private final List<Configuration> configured = new ArrayList<>();
    private final List<String> done = new ArrayList<>();
    private int unitsLost;
    private int driverState = Bundle.ACTIVE;

    private final Bundle driver = Fakes.of(
            Bundle.class,
            Map.of("getSymbolicName", args -> "org.unplug.driver-scsi-debug", "getState", args -> driverState));
    private final BundleContext context =
            Fakes.of(BundleContext.class, Map.of("getBundles", args -> new Bundle[] {driver}));
    private final ScsiBus bus =
            Fakes.of(ScsiBus.class, Map.of("hosts", args -> hosts(), "settle", args -> done.add("settled")));
    private final ServiceComponentRuntime components =
            Fakes.of(ServiceComponentRuntime.class, Map.of("getComponentDescriptionDTOs", args -> List.of()));
    private final ConfigurationAdmin configurations = Fakes.of(
            ConfigurationAdmin.class,
            Map.of(
                    "createFactoryConfiguration",
                    args -> configuration(args),
                    "listConfigurations",
                    args -> named((String) args[0])));

    private final ScsiHostCommands commands = new ScsiHostCommands(context, bus, configurations, components);

    @BeforeEach
    void withTheDefaultAdapter() {
        commands.adapters = adapters;
        adapters.add(adapter("scsi-debug", 1));
    }

    private List<ScsiHostInfo> hosts() {
        return adapters.stream()
                .map(each -> new ScsiHostInfo(
                        adapters.indexOf(each),
                        each.name(),
                        "org.unplug.driver-scsi-debug",
                        ScsiHostState.RUNNING,
                        false,
                        0,
                        List.of()))
                .toList();
    }

    private ScsiDebug adapter(String name, int units) {
        List<LunInfo> luns = new ArrayList<>();
        for (int i = 0; i < units; i++) {
            luns.add(new LunInfo(LunSpec.ram(1 << 20).at(0, i), 1 << 20, 0, true));
        }
        return Fakes.of(
                ScsiDebug.class,
                Map.of(
                        "name",
                        args -> name,
                        "list",
                        args -> luns,
                        "rules",
                        args -> List.of(),
                        "counters",
                        args -> new ScsiDebugCounters()));
    }

    private Configuration configuration(Object... factory) {
        assertEquals("org.unplug.scsi.debug.host", factory[0]);
        List<ScsiDebug> made = new ArrayList<>();
        List<Configuration> self = new ArrayList<>();
        Configuration configuration = Fakes.of(
                Configuration.class,
                Map.of(
                        "getPid",
                        args -> "pid",
                        "update",
                        args -> {
                            Dictionary<?, ?> properties = (Dictionary<?, ?>) args[0];
                            int units = ((String[]) properties.get("luns")).length - unitsLost;
                            made.add(adapter((String) properties.get("name"), units));
                            adapters.addAll(made);
                            done.add("updated " + sorted(properties));
                            return null;
                        },
                        "delete",
                        args -> {
                            adapters.removeAll(made);
                            configured.removeAll(self);
                            done.add("deleted");
                            return null;
                        }));
        self.add(configuration);
        configured.add(configuration);
        return configuration;
    }

    private static String sorted(Dictionary<?, ?> properties) {
        return java.util.Collections.list(properties.keys()).stream()
                .map(key -> key + "="
                        + (properties.get(key) instanceof String[] many ? String.join("+", many) : properties.get(key)))
                .sorted()
                .collect(Collectors.joining(" "));
    }

    private Configuration[] named(String filter) {
        assertTrue(filter.contains("(service.factoryPid=org.unplug.scsi.debug.host)"), filter);
        return filter.contains("(name=tower)") && !configured.isEmpty()
                ? configured.toArray(new Configuration[0])
                : null;
    }

    private String refused(String verb, String name, String... options) {
        return assertThrows(CommandException.class, () -> commands.scsihost(verb, name, options))
                .getMessage();
    }

    @Test
    void list_showsEachAdapterByName() throws IOException {
        commands.scsihost("add", "array", NONE);
        List<HostRow> rows = commands.scsihost();
        assertEquals(
                List.of("array", "scsi-debug"), rows.stream().map(HostRow::name).toList());
        assertEquals(new HostRow("scsi-debug", "0", "RUNNING", 1, 0, 0, 0), rows.get(1));
    }

    @Test
    void add_makesAConfigurationOfTheOptions_andShowsTheAdapterThatCame() throws IOException {
        HostRow row = commands.scsihost(
                "add", "tower", new String[] {"targets=2", "unit=target=0,lun=0,bytes=64m", "unit=target=1,bytes=1m"});
        assertEquals(new HostRow("tower", "1", "RUNNING", 2, 0, 0, 0), row);
        assertEquals(
                List.of(
                        "updated luns=target=0,lun=0,bytes=64m+target=1,bytes=1m name=tower rules= targets=2",
                        "settled"),
                done);
    }

    @ParameterizedTest
    @CsvSource({
        "add, scsi-debug, targets=2, there is an adapter of this name already",
        "add, ../x, targets=2, an adapter's name is letters",
        "add, tower, targets=two, want targets=NUMBER",
        "add, tower, wheels=4, 'no such option; there are unit, rule, targets'",
        "add, tower, unit=bytes=much, much",
        "add, tower, rule=fault=RUST, RUST",
        "remove, tower, targets=2, 'one name, and nothing else'",
        "remove, tower2, '', no such adapter",
        "remove, scsi-debug, '', was not made by a configuration; pull stops its driver",
        "paint, tower, '', want add or remove"
    })
    void mistake_isSaid_andNothingIsConfigured(String verb, String name, String option, String said) {
        String refusal = refused(verb, name, option.isEmpty() ? NONE : new String[] {option});
        assertTrue(refusal.contains(said), refusal);
        assertEquals(List.of(), done);
        assertEquals(1, adapters.size());
    }

    @Test
    void add_withoutTheDriver_saysSo() {
        driverState = Bundle.RESOLVED;
        assertEquals("org.unplug.driver-scsi-debug is not started", refused("add", "tower"));
        assertArrayEquals(new Object[0], configured.toArray());
    }

    @Test
    void add_ofWhatCannotAllBeHad_takesItAllBack() {
        unitsLost = 1;
        assertTrue(refused("add", "tower", "unit=bytes=1m").contains("not everything can be had"));
        assertEquals("deleted", done.get(done.size() - 1));
        assertEquals(List.of(), configured);
        assertEquals(1, adapters.size());
    }

    @Test
    void remove_deletesTheConfiguration_andTellsWhatTheAdapterWas() throws IOException {
        commands.scsihost("add", "tower", new String[] {"unit=bytes=1m"});
        done.clear();
        HostRow row = commands.scsihost("remove", "tower", NONE);
        assertEquals(new HostRow("tower", "1", "removed", 1, 0, 0, 0), row);
        assertEquals(List.of("deleted"), done);
        assertEquals(1, adapters.size());
    }
}
