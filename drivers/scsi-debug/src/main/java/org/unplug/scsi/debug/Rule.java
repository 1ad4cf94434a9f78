package org.unplug.scsi.debug;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.SenseData;
import org.unplug.scsi.SenseKey;
import org.unplug.scsi.spi.HostByte;

/**
 * A fault to be had of an adapter: what goes wrong, for which commands, and how often. As text, which {@link #parse} reads and
 * {@link #toString} writes: {@code fault=SENSE,with=3/11/00,target=0,lun=1,opcode=28,after=2,times=3}; all but the fault may be left
 * out. Where several rules meet a call, the one that was added first and is not used up counts.
 *
 * @param fault what goes wrong
 * @param with what the fault wants to know, see {@link Fault}; otherwise empty
 * @param target the target that it concerns, or {@link #ANY}
 * @param lun the unit that it concerns, or {@link #ANY}
 * @param opcode the operation code of commands that it concerns, or {@link #ANY}; for a handler's fault: ANY
 * @param after how many calls that it would meet pass first
 * @param times how many calls it meets then; 0 for all
 */
public record Rule(Fault fault, String with, int target, long lun, int opcode, int after, int times) {

    /** Stands for every target, unit, or command. */
    public static final int ANY = -1;

    public Rule {
        if (target < ANY || lun < ANY || opcode < ANY || opcode > 0xFF || after < 0 || times < 0) {
            throw new IllegalArgumentException(
                    "rule " + fault + ": target and lun from 0, opcode 0 to ff, after and times from 0, or left out");
        }
        if (fault.part() != Fault.Part.COMMAND && opcode != ANY) {
            throw new IllegalArgumentException("rule " + fault + ": meets a handler, so it cannot name an opcode");
        }
        check(fault, with);
    }

    private static void check(Fault fault, String with) {
        switch (fault) {
            case SENSE -> sense(with);
            case STATUS -> named(ScsiStatus.class, fault, with);
            case HOST_BYTE -> named(HostByte.class, fault, with);
            case SLOW -> micros(with);
            default -> {
                if (!with.isEmpty()) {
                    throw new IllegalArgumentException(
                            "rule " + fault + ": wants nothing, but was given '" + with + "'");
                }
            }
        }
    }

    /** A rule for every command or call that the fault can meet, always. */
    public static Rule of(Fault fault) {
        return of(fault, "");
    }

    /** As {@link #of(Fault)}, for a fault that wants to know something. */
    public static Rule of(Fault fault, String with) {
        return new Rule(fault, with, ANY, ANY, ANY, 0, 0);
    }

    /** The same for one unit. */
    public Rule on(int oneTarget, long oneLun) {
        return new Rule(fault, with, oneTarget, oneLun, opcode, after, times);
    }

    /** The same for commands of one operation code. */
    public Rule forOpcode(int code) {
        return new Rule(fault, with, target, lun, code, after, times);
    }

    /** The same, this often only. */
    public Rule times(int count) {
        return new Rule(fault, with, target, lun, opcode, after, count);
    }

    /** The same, once so many passed. */
    public Rule after(int count) {
        return new Rule(fault, with, target, lun, opcode, count, times);
    }

    /** The sense data of a rule for {@link Fault#SENSE}. */
    public SenseData sense() {
        return sense(with);
    }

    /** The status of a rule for {@link Fault#STATUS}. */
    public ScsiStatus status() {
        return named(ScsiStatus.class, fault, with);
    }

    /** The host byte of a rule for {@link Fault#HOST_BYTE}. */
    public HostByte hostByte() {
        return named(HostByte.class, fault, with);
    }

    /** How much longer a command takes, in microseconds, under a rule for {@link Fault#SLOW}. */
    public long micros() {
        return micros(with);
    }

    private static SenseData sense(String with) {
        String[] parts = with.split("/", -1);
        if (parts.length != 3 || !with.matches("[0-9a-fA-F]/[0-9a-fA-F]{1,2}/[0-9a-fA-F]{1,2}")) {
            throw new IllegalArgumentException(
                    "rule SENSE with '" + with + "': want key/code/qualifier in hexadecimal, as 3/11/00");
        }
        return SenseData.of(
                SenseKey.of(Integer.parseInt(parts[0], 16)),
                Integer.parseInt(parts[1], 16),
                Integer.parseInt(parts[2], 16));
    }

    private static long micros(String with) {
        if (!with.matches("[0-9]{1,12}")) {
            throw new IllegalArgumentException("rule SLOW with '" + with + "': want microseconds");
        }
        return Long.parseLong(with);
    }

    private static <E extends Enum<E>> E named(Class<E> type, Fault fault, String with) {
        return Arrays.stream(type.getEnumConstants())
                .filter(one -> one.name().equalsIgnoreCase(with))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("rule " + fault + " with '" + with + "': want one of "
                        + Arrays.toString(type.getEnumConstants())));
    }

    /**
     * Reads a rule.
     *
     * @throws IllegalArgumentException one line that names what is wrong
     */
    public static Rule parse(String text) {
        Map<String, String> given = new TreeMap<>();
        for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("'" + part.strip() + "' in rule '" + text + "': want key=value");
            }
            given.put(
                    part.substring(0, equals).strip(),
                    part.substring(equals + 1).strip());
        }
        try {
            Rule rule = new Rule(
                    fault(text, given.remove("fault")),
                    given.getOrDefault("with", ""),
                    Integer.parseInt(given.getOrDefault("target", "-1")),
                    Long.parseLong(given.getOrDefault("lun", "-1")),
                    Integer.parseInt(given.getOrDefault("opcode", "-1"), 16),
                    Integer.parseInt(given.getOrDefault("after", "0")),
                    Integer.parseInt(given.getOrDefault("times", "0")));
            for (String known : new String[] {"with", "target", "lun", "opcode", "after", "times"}) {
                given.remove(known);
            }
            if (!given.isEmpty()) {
                throw new IllegalArgumentException("rule '" + text + "': unknown " + given.keySet());
            }
            return rule;
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("rule '" + text + "': a number was expected, " + e.getMessage(), e);
        }
    }

    private static Fault fault(String text, String name) {
        return Arrays.stream(Fault.values())
                .filter(one -> one.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("rule '" + text + "': "
                        + (name == null ? "no fault" : "unknown fault '" + name + "'") + ", want one of "
                        + Arrays.toString(Fault.values())));
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("fault=").append(fault);
        if (!with.isEmpty()) {
            text.append(",with=").append(with);
        }
        if (target != ANY) {
            text.append(",target=").append(target);
        }
        if (lun != ANY) {
            text.append(",lun=").append(lun);
        }
        if (opcode != ANY) {
            text.append(",opcode=").append(Integer.toHexString(opcode));
        }
        if (after > 0) {
            text.append(",after=").append(after);
        }
        if (times > 0) {
            text.append(",times=").append(times);
        }
        return text.toString();
    }
}
