package org.unplug.shell.command;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.unplug.block.DiskInfo;
import org.unplug.block.Partition;
import org.unplug.block.PartitionTable;

/**
 * A partition table as a person changes it: finds room, aligns to a mebibyte, numbers. Immutable; every change makes another
 * plan. What does not fit is refused with one line.
 */
final class PartitionPlan {

    private static final int MEBIBYTE_SECTORS = 2048;
    /** Below this a mebibyte is too coarse: blocks then. */
    private static final int LEAST_ALIGNED_SECTORS = 16 * MEBIBYTE_SECTORS;
    /** Of 128 bytes each; UEFI 2.10, section 5.3.1. */
    private static final int GPT_ENTRY_BYTES = 128 * 128;

    private static final int GPT_ENTRIES = 128;
    private static final int DOS_PRIMARIES = 4;
    private static final long DOS_MOST_BLOCKS = 0xFFFF_FFFFL;

    private static final Map<String, String> DOS_TYPES =
            new TreeMap<>(Map.of("fat16", "0e", "fat32", "0c", "linux", "83", "esp", "ef"));
    private static final Map<String, String> GPT_TYPES = new TreeMap<>(Map.of(
            "fat16",
            Partition.TYPE_BASIC_DATA,
            "fat32",
            Partition.TYPE_BASIC_DATA,
            "linux",
            "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
            "esp",
            "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"));

    private static final Pattern POSITION =
            Pattern.compile("(?i)(\\d{1,3}(?:\\.\\d+)?)%|(\\d{1,18})s|\\d{1,18}(?:[kmgt](?:ib|b)?|b)?");

    private final DiskInfo disk;
    private final PartitionTable table;

    PartitionPlan(DiskInfo disk, PartitionTable table) {
        this.disk = disk;
        this.table = table;
    }

    PartitionTable table() {
        return table;
    }

    /**
     * A stretch of the disk.
     *
     * @param partition that takes it, or null if it is free
     */
    record Stretch(Partition partition, long startSector, long endSector) {
        long sectors() {
            return endSector - startSector;
        }
    }

    /** An empty table; "msdos" is what parted calls a "dos" one. */
    static PartitionPlan empty(DiskInfo disk, String label) {
        PartitionTable fresh = switch (label) {
            case "gpt" ->
                new PartitionTable(
                        PartitionTable.GPT, UUID.randomUUID().toString().toUpperCase(Locale.ROOT), List.of());
            case "msdos", "dos" ->
                new PartitionTable(
                        PartitionTable.DOS,
                        String.format(
                                "%08x",
                                ByteBuffer.wrap(new SecureRandom().generateSeed(4))
                                        .getInt()),
                        List.of());
            default -> throw new CommandException(label + ": no such partition table; there are gpt and msdos");
        };
        PartitionPlan plan = new PartitionPlan(disk, fresh);
        if (plan.lastSector() - plan.firstSector() < plan.grain()) {
            throw new CommandException(disk.name() + ": too small for a " + label + " partition table");
        }
        return plan;
    }

    private boolean isGpt() {
        return table.kind().equals(PartitionTable.GPT);
    }

    private int blockSectors() {
        return disk.logicalBlockBytes() / DiskInfo.SECTOR_BYTES;
    }

    private long gptEntriesSectors() {
        return Math.max(1, GPT_ENTRY_BYTES / disk.logicalBlockBytes()) * (long) blockSectors();
    }

    private long firstSector() {
        return isGpt() ? 2L * blockSectors() + gptEntriesSectors() : blockSectors();
    }

    /** The first sector behind what partitions can take. */
    private long lastSector() {
        long end = disk.capacitySectors() / blockSectors() * blockSectors();
        return isGpt() ? end - blockSectors() - gptEntriesSectors() : Math.min(end, DOS_MOST_BLOCKS * blockSectors());
    }

    private long grain() {
        return disk.capacitySectors() >= LEAST_ALIGNED_SECTORS ? MEBIBYTE_SECTORS : blockSectors();
    }

    private long up(long sector) {
        return (sector + grain() - 1) / grain() * grain();
    }

    private long down(long sector) {
        return sector / grain() * grain();
    }

    /** Partitions and the free stretches between them that can hold one, by where they begin; an extended one before its logical ones. */
    List<Stretch> layout() {
        List<Stretch> all = new ArrayList<>();
        table.partitions().forEach(p -> all.add(new Stretch(p, p.startSector(), p.endSector())));
        all.addAll(free(false));
        if (extended() != null) {
            all.addAll(free(true));
        }
        all.sort(Comparator.comparingLong(Stretch::startSector)
                .thenComparing(Comparator.comparingLong(Stretch::endSector).reversed()));
        return all;
    }

    private Partition extended() {
        return isGpt()
                ? null
                : table.partitions().stream()
                        .filter(Partition::isExtended)
                        .findFirst()
                        .orElse(null);
    }

    private boolean isLogical(Partition partition) {
        return !isGpt() && partition.number() > DOS_PRIMARIES;
    }

    /** Free stretches, aligned, beside the primary partitions or inside the extended one. */
    private List<Stretch> free(boolean inside) {
        // Before each logical partition there is a block that says where the next one is.
        long gap = inside ? blockSectors() : 0;
        long at = inside ? extended().startSector() : firstSector();
        long end = inside ? extended().endSector() : lastSector();
        List<Stretch> free = new ArrayList<>();
        List<Partition> taken = table.partitions().stream()
                .filter(p -> isLogical(p) == inside)
                .sorted(Comparator.comparingLong(Partition::startSector))
                .toList();
        for (Partition next : taken) {
            addFree(at, next.startSector() - gap, gap, free);
            at = next.endSector();
        }
        addFree(at, end, gap, free);
        return free;
    }

    private void addFree(long from, long to, long gap, List<Stretch> free) {
        long start = up(from + gap);
        if (to - start >= grain()) {
            free.add(new Stretch(null, start, to));
        }
    }

    /** The table without a partition; logical ones behind it move up, since their numbers are their order. */
    PartitionPlan without(String text) {
        int number = number(text);
        Partition gone = table.partitions().stream()
                .filter(p -> p.number() == number)
                .findFirst()
                .orElseThrow(() -> new CommandException(disk.name() + ": no partition " + number));
        List<Partition> left = new ArrayList<>();
        for (Partition p : table.partitions()) {
            boolean goes = p.equals(gone) || gone.isExtended() && isLogical(p);
            if (!goes) {
                left.add(isLogical(gone) && p.number() > number ? numbered(p, p.number() - 1) : p);
            }
        }
        return new PartitionPlan(disk, new PartitionTable(table.kind(), table.id(), left));
    }

    private static int number(String text) {
        if (!text.matches("\\d{1,5}")) {
            throw new CommandException(text + ": no number of a partition");
        }
        return Integer.parseInt(text);
    }

    private static Partition numbered(Partition p, int number) {
        return new Partition(number, p.startSector(), p.sectors(), p.type(), p.name(), p.uuid(), p.bootable());
    }

    /**
     * The table with one more partition.
     *
     * @param words as {@code [primary|extended|logical] [TYPE] [NAME] [START END]}; without a place the largest that is free
     */
    PartitionPlan with(List<String> words) {
        List<String> left = new ArrayList<>(words);
        String role = take(left, List.of("primary", "extended", "logical")::contains, "primary");
        if (isGpt() && !role.equals("primary")) {
            throw new CommandException(role + ": a gpt table has no such partitions; leave the word out");
        }
        boolean logical = role.equals("logical");
        if (logical && extended() == null) {
            throw new CommandException(disk.name() + ": a logical partition needs an extended one");
        }
        if (role.equals("extended") && extended() != null) {
            throw new CommandException(disk.name() + ": partition " + extended().number() + " is extended already");
        }
        Stretch place = takePlace(left, logical);
        String type = role.equals("extended") ? Partition.TYPE_EXTENDED : takeType(left);
        String name = isGpt() && !left.isEmpty() ? left.remove(0) : "";
        if (!left.isEmpty()) {
            throw new CommandException(left.get(0)
                    + ": not understood; write mkpart [primary|extended|logical] [TYPE] [START END], where TYPE is one of "
                    + String.join(", ", types().keySet()));
        }
        List<Partition> all = new ArrayList<>(table.partitions());
        all.add(new Partition(
                freeNumber(logical),
                place.startSector(),
                place.sectors(),
                type,
                name,
                isGpt() ? UUID.randomUUID().toString().toUpperCase(Locale.ROOT) : "",
                false));
        return new PartitionPlan(disk, inOrder(all));
    }

    /** Logical partitions are numbered by where they are. */
    private PartitionTable inOrder(List<Partition> all) {
        List<Partition> ordered = new ArrayList<>(all.stream()
                .filter(p -> !isLogical(p))
                .sorted(Comparator.comparingInt(Partition::number))
                .toList());
        int number = DOS_PRIMARIES;
        for (Partition logical : all.stream()
                .filter(this::isLogical)
                .sorted(Comparator.comparingLong(Partition::startSector))
                .toList()) {
            number++;
            ordered.add(numbered(logical, number));
        }
        return new PartitionTable(table.kind(), table.id(), ordered);
    }

    private int freeNumber(boolean logical) {
        int first = logical ? DOS_PRIMARIES + 1 : 1;
        int last = logical ? Integer.MAX_VALUE : isGpt() ? GPT_ENTRIES : DOS_PRIMARIES;
        for (int number = first; number <= last; number++) {
            int wanted = number;
            if (table.partitions().stream().noneMatch(p -> p.number() == wanted)) {
                return number;
            }
        }
        throw new CommandException(disk.name() + ": all " + last + " places of its table are taken"
                + (isGpt() ? "" : "; make one extended, and logical ones in it"));
    }

    private static String take(List<String> words, Predicate<String> which, String otherwise) {
        String found = words.stream().filter(which).findFirst().orElse(otherwise);
        words.remove(found);
        return found;
    }

    private Map<String, String> types() {
        return isGpt() ? GPT_TYPES : DOS_TYPES;
    }

    private boolean isType(String word) {
        return types().containsKey(word)
                || word.matches(isGpt() ? "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}" : "[0-9A-Fa-f]{2}");
    }

    private String takeType(List<String> words) {
        String word = take(words, this::isType, "fat32");
        return types().getOrDefault(word, isGpt() ? word.toUpperCase(Locale.ROOT) : word.toLowerCase(Locale.ROOT));
    }

    /** A type as a person reads it. */
    String typeName(Partition partition) {
        if (partition.isExtended()) {
            return "extended";
        }
        if (partition.type().equals(Partition.TYPE_BASIC_DATA)) {
            return "data";
        }
        return types().entrySet().stream()
                .filter(e -> e.getValue().equals(partition.type()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(partition.type());
    }

    private Stretch takePlace(List<String> words, boolean logical) {
        int count = words.size();
        boolean ends = count > 0 && isPosition(words.get(count - 1));
        if (ends && count > 1 && isPosition(words.get(count - 2))) {
            List<String> place = words.subList(count - 2, count);
            Stretch asked = asked(place.get(0), place.get(1), logical);
            place.clear();
            return asked;
        }
        if (ends && !isType(words.get(count - 1))) {
            throw new CommandException(
                    words.get(count - 1) + ": where does it end? write START END, as 1M 64M or '0%' '100%'");
        }
        return free(logical).stream()
                .max(Comparator.comparingLong(Stretch::sectors))
                .orElseThrow(() -> new CommandException(
                        disk.name() + ": no room for another partition" + (logical ? " in its extended one" : "")));
    }

    private static boolean isPosition(String word) {
        return POSITION.matcher(word).matches();
    }

    private Stretch asked(String from, String to, boolean logical) {
        long start = Math.max(position(from, true), firstSector());
        start = from.endsWith("s") ? start : up(start);
        long end = position(to, false);
        if (end > disk.capacitySectors()) {
            throw new CommandException(
                    to + ": past the end of " + disk.name() + ", which has " + disk.capacitySectors() + " sectors");
        }
        if (logical) {
            start = behindLink(start, from.endsWith("s"));
        }
        boolean toTheEnd = end >= lastSector();
        long lastEnd = logical ? extended().endSector() : lastSector();
        end = toTheEnd ? lastEnd : to.endsWith("s") ? end : down(end);
        if (end <= start) {
            throw new CommandException(from + " to " + to + ": holds no room"
                    + (grain() > blockSectors()
                            ? "; partitions begin and end at whole MiB unless written in sectors, as 2048s"
                            : ""));
        }
        requireFree(start, end, logical, from + " to " + to);
        return new Stretch(null, start, end);
    }

    /** A logical partition that would begin right behind another begins a block later, or a mebibyte: the block says where it is. */
    private long behindLink(long start, boolean exact) {
        Stream<Long> ends = table.partitions().stream().filter(this::isLogical).map(Partition::endSector);
        boolean taken = Stream.concat(Stream.of(extended().startSector()), ends).anyMatch(end -> end == start);
        long next = start + blockSectors();
        return !taken ? start : exact ? next : up(next);
    }

    private void requireFree(long start, long end, boolean logical, String asked) {
        if (logical && (start < extended().startSector() || end > extended().endSector())) {
            throw new CommandException(asked + ": not inside the extended partition, sectors "
                    + extended().startSector() + " to " + (extended().endSector() - 1));
        }
        for (Partition other : table.partitions()) {
            if (isLogical(other) == logical && start < other.endSector() && other.startSector() < end) {
                throw new CommandException(asked + ": overlaps partition " + other.number() + ", sectors "
                        + other.startSector() + " to " + (other.endSector() - 1));
            }
        }
    }

    /** A place in sectors, from 0 on. */
    private long position(String text, boolean up) {
        Matcher position = POSITION.matcher(text);
        if (!position.matches()) {
            throw new CommandException(text + ": no place; write it as 1M, 50% or 2048s");
        }
        if (position.group(1) != null) {
            double part = Double.parseDouble(position.group(1)) / 100;
            if (part > 1) {
                throw new CommandException(text + ": more than all of " + disk.name());
            }
            return (long) (part * disk.capacitySectors());
        }
        if (position.group(2) != null) {
            return Long.parseLong(position.group(2));
        }
        long bytes = Sizes.parse(text);
        long rest = up ? DiskInfo.SECTOR_BYTES - 1 : 0;
        return (bytes + rest) / DiskInfo.SECTOR_BYTES;
    }

    /** The words that a verb takes, for completion. */
    static List<String> verbs() {
        return List.of("print", "mklabel", "mkpart", "rm");
    }

    /** The words that verbs take. */
    static List<String> words() {
        return Stream.concat(Stream.of("gpt", "msdos", "primary", "extended", "logical"), DOS_TYPES.keySet().stream())
                .toList();
    }
}
