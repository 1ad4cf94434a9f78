package org.unplug.shell.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.unplug.block.DiskControl;
import org.unplug.block.DiskStatus;
import org.unplug.block.Disks;

/** filter: what stands between a disk and its driver, put in and taken out in use, and told what to do. */
@Component(service = {FilterCommands.class, Names.class})
@GogoCommand(scope = "unplug", function = "filter")
public final class FilterCommands implements Names {

    private static final String INSERT = "insert";
    private static final String REMOVE = "remove";

    private final Disks disks;
    private final DiskControl control;

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    private volatile List<Knob> knobs = List.of();

    @Activate
    public FilterCommands(@Reference Disks disks, @Reference DiskControl control) {
        this.disks = disks;
        this.control = control;
    }

    /**
     * A filter.
     *
     * @param disk whose
     * @param filter its name
     * @param place "queue", or "disk" for one that is a disk over another
     * @param state how it is, where it says
     */
    public record FilterRow(String disk, String filter, String place, String state) {}

    @Descriptor("lists the filters of all disks, uppermost first")
    public List<FilterRow> filter() {
        List<FilterRow> rows = new ArrayList<>();
        disks.list().forEach(disk -> addRows(disk, rows));
        return rows;
    }

    @Descriptor("lists the filters of a disk, uppermost first")
    public List<FilterRow> filter(@Descriptor("the disk") @Names.Of(Kind.DISK) String disk) {
        List<FilterRow> rows = new ArrayList<>();
        addRows(find(disk), rows);
        return rows;
    }

    @Descriptor(
            "puts a filter under a disk in use (insert NAME [OPTION=VALUE...]), takes one out (remove NAME), or has one do"
                    + " something: error arm|disarm, flakey cut|on, stats show|reset, log entries|mark|marks|clear, mirror legs")
    public Object filter(
            @Descriptor("the disk") @Names.Of(Kind.DISK) String disk,
            @Descriptor("insert, remove, or what its filter can do") @Names.Of(Kind.FILTER_VERB) String verb,
            @Descriptor("the filter's name; options as readMs=20") @Names.Of(Kind.FILTER) String[] arguments)
            throws IOException {
        find(disk);
        List<String> words =
                Stream.of(arguments).filter(word -> !isOption(word)).toList();
        Map<String, String> options = options(arguments);
        switch (verb) {
            case INSERT:
                control.insert(disk, name(verb, words), options);
                return filter(disk);
            case REMOVE:
                remove(disk, name(verb, words), options);
                return filter(disk);
            default:
                return turn(disk, verb, words, options);
        }
    }

    private static boolean isOption(String word) {
        return word.indexOf('=') > 0;
    }

    private static Map<String, String> options(String[] arguments) {
        Map<String, String> options = new LinkedHashMap<>();
        for (String word : arguments) {
            if (isOption(word) && options.put(word.split("=", 2)[0], word.split("=", 2)[1]) != null) {
                throw new CommandException(word + ": given twice");
            }
        }
        return options;
    }

    private String name(String verb, List<String> words) {
        if (words.isEmpty()) {
            throw new CommandException(verb + ": which filter? there are " + String.join(", ", control.filters()));
        }
        if (words.size() > 1) {
            throw new CommandException(words.get(1) + ": one filter at a time; options are written as NAME=VALUE");
        }
        return words.get(0);
    }

    private void remove(String disk, String name, Map<String, String> options) {
        if (!options.isEmpty()) {
            throw new CommandException(options.keySet().iterator().next() + "=: remove takes no options");
        }
        List<String> there = find(disk).filters();
        if (!there.contains(name)) {
            throw new CommandException(disk + ": has no filter " + name
                    + (there.isEmpty() ? "" : "; there is " + String.join(", ", there)));
        }
        if (!control.remove(disk, name)) {
            throw new CommandException(disk + ": requests inside " + name + " did not end in time; it is in use still");
        }
    }

    private Object turn(String disk, String verb, List<String> words, Map<String, String> options) throws IOException {
        List<Knob> mine =
                knobs.stream().filter(knob -> knob.disks().contains(disk)).toList();
        for (Knob knob : mine) {
            if (verbs(knob).contains(verb)) {
                return knob.turn(disk, verb, words, options);
            }
        }
        List<String> can = new ArrayList<>(List.of("insert NAME [OPTION=VALUE...]", "remove NAME"));
        mine.forEach(knob -> can.addAll(knob.usages()));
        throw new CommandException(verb + ": not understood by " + disk + "; it takes " + String.join("; ", can));
    }

    private static List<String> verbs(Knob knob) {
        return knob.usages().stream().map(usage -> usage.split(" ", 2)[0]).toList();
    }

    private DiskStatus find(String name) {
        return disks.list().stream()
                .filter(disk -> disk.info().name().equals(name))
                .findFirst()
                .orElseThrow(() -> BlockCommands.noSuchDisk(name, disks));
    }

    private void addRows(DiskStatus disk, List<FilterRow> rows) {
        String name = disk.info().name();
        for (String filter : disk.filters()) {
            rows.add(new FilterRow(name, filter, "queue", state(name, filter)));
        }
        for (Knob knob : knobs) {
            if (knob.disks().contains(name) && !disk.filters().contains(knob.filter())) {
                rows.add(new FilterRow(name, knob.filter(), "disk", state(name, knob.filter())));
            }
        }
    }

    private String state(String disk, String filter) {
        for (Knob knob : knobs) {
            if (knob.filter().equals(filter) && knob.disks().contains(disk)) {
                return knob.state(disk);
            }
        }
        return "";
    }

    @Override
    public Collection<String> names(Kind kind, String typed) {
        return switch (kind) {
            case FILTER -> control.filters();
            case FILTER_VERB ->
                Stream.concat(Stream.of(INSERT, REMOVE), knobs.stream().flatMap(knob -> verbs(knob).stream()))
                        .toList();
            default -> List.of();
        };
    }
}
