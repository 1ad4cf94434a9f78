package org.unplug.shell.command;

import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.unplug.scsi.debug.Fault;
import org.unplug.scsi.debug.Rule;
import org.unplug.scsi.debug.RuleInfo;
import org.unplug.scsi.debug.ScsiDebug;
import org.unplug.shell.command.Names.Kind;

/** scsifault: what is to go wrong at a simulated adapter. */
@Component(service = ScsiFaultCommands.class)
@GogoCommand(scope = "unplug", function = "scsifault")
public final class ScsiFaultCommands {

    private static final Pattern UNIT = Pattern.compile("(.+?):(\\d{1,4}):(\\d{1,5})");

    private static final Set<Fault> WANT_TO_KNOW = EnumSet.of(Fault.SENSE, Fault.STATUS, Fault.HOST_BYTE, Fault.SLOW);

    @Reference(cardinality = ReferenceCardinality.AT_LEAST_ONE, policy = ReferencePolicy.DYNAMIC)
    private volatile List<ScsiDebug> adapters;

    /**
     * A planned fault.
     *
     * @param number by which it is dropped
     * @param place the adapter, or one unit of it
     * @param fault what, as "time-out"
     * @param with what the fault wants to know
     * @param opcode the command's code; empty for any
     * @param after how many pass first
     * @param times how many it meets
     * @param met how many it met so far
     */
    public record FaultRow(
            int number, String place, String fault, String with, String opcode, int after, String times, long met) {}

    @Descriptor("lists the faults that are planned")
    public List<FaultRow> scsifault() {
        return adapters.stream()
                .sorted(Comparator.comparing(ScsiDebug::name))
                .flatMap(adapter -> adapter.rules().stream().map(info -> row(adapter, info)))
                .toList();
    }

    @Descriptor("lists the faults that are planned at an adapter")
    public List<FaultRow> scsifault(
            @Descriptor("drop this one first, by its number") @Parameter(names = "-d", absentValue = "0") int drop,
            @Descriptor("the adapter") @Names.Of(Kind.PLACE) String place) {
        ScsiDebug adapter = adapter(place);
        if (drop != 0 && !adapter.dropRule(drop)) {
            throw new CommandException(place + ": no fault has the number " + drop);
        }
        return adapter.rules().stream().map(info -> row(adapter, info)).toList();
    }

    @Descriptor("plans a fault at an adapter or at one of its units")
    public FaultRow scsifault(
            @Descriptor("what the fault wants to know: 3/11/00 for sense, busy for status, 1000 microseconds for slow")
                    @Parameter(names = "-w", absentValue = "")
                    String with,
            @Descriptor("only this command, by its code in hexadecimal, as 28")
                    @Parameter(names = "-c", absentValue = "")
                    String opcode,
            @Descriptor("let so many pass first") @Parameter(names = "-a", absentValue = "0") int after,
            @Descriptor("how often; 0 for always") @Parameter(names = "-n", absentValue = "1") int times,
            @Descriptor("the adapter, or a unit as scsi-debug:0:1") @Names.Of(Kind.PLACE) String place,
            @Descriptor("time-out, host-busy, device-busy, sense, status, host-byte, slow, or abort, device-reset,"
                            + " target-reset, bus-reset, host-reset with -fails or -hangs")
                    String fault) {
        Matcher unit = UNIT.matcher(place);
        boolean one = unit.matches();
        Fault what = fault(fault);
        if (with.isEmpty() && WANT_TO_KNOW.contains(what)) {
            throw new CommandException(fault + ": wants to know more, by -w; see help scsifault");
        }
        try {
            Rule rule = new Rule(
                    what,
                    with.replace('-', '_'),
                    one ? Integer.parseInt(unit.group(2)) : Rule.ANY,
                    one ? Long.parseLong(unit.group(3)) : Rule.ANY,
                    opcode(opcode),
                    notNegative("-a", after),
                    notNegative("-n", times));
            ScsiDebug adapter = adapter(place);
            return row(adapter, adapter.addRule(rule));
        } catch (IllegalArgumentException e) {
            throw new CommandException(e.getMessage());
        }
    }

    private static Fault fault(String word) {
        return Arrays.stream(Fault.values())
                .filter(one -> word(one).equalsIgnoreCase(word))
                .findFirst()
                .orElseThrow(() -> new CommandException(word + ": no such fault; there are "
                        + Arrays.stream(Fault.values())
                                .map(ScsiFaultCommands::word)
                                .collect(Collectors.joining(", "))));
    }

    private static String word(Fault fault) {
        return fault.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static int opcode(String code) {
        if (!code.matches("[0-9a-fA-F]{0,2}")) {
            throw new CommandException("-c " + code + ": want a command's code in hexadecimal, as 28");
        }
        return code.isEmpty() ? Rule.ANY : Integer.parseInt(code, 16);
    }

    private static int notNegative(String option, int value) {
        if (value < 0) {
            throw new CommandException(option + " " + value + ": want 0 or more");
        }
        return value;
    }

    private ScsiDebug adapter(String place) {
        Matcher unit = UNIT.matcher(place);
        String name = unit.matches() ? unit.group(1) : place;
        return adapters.stream()
                .filter(adapter -> adapter.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new CommandException(place + ": no such adapter"));
    }

    private static FaultRow row(ScsiDebug adapter, RuleInfo info) {
        Rule rule = info.rule();
        String unit = rule.target() == Rule.ANY
                ? ""
                : ":" + rule.target() + ":" + (rule.lun() == Rule.ANY ? "*" : rule.lun());
        return new FaultRow(
                info.number(),
                adapter.name() + unit,
                word(rule.fault()),
                rule.with(),
                rule.opcode() == Rule.ANY ? "" : String.format("%02X", rule.opcode()),
                rule.after(),
                rule.times() == 0 ? "always" : Integer.toString(rule.times()),
                info.met());
    }
}
