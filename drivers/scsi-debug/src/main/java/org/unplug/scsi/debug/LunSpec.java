package org.unplug.scsi.debug;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A unit as asked for. As text, which {@link #parse} reads and {@link #toString} writes: key=value, separated by commas, all
 * keys optional, as {@code target=0,lun=1,image=/srv/disk.img,writeCache=true}. An image's path holds no comma.
 *
 * @param target its target, or {@link #NEXT} for the first that is free
 * @param lun its number on the target, or {@link #NEXT} for the first that is free
 * @param image the path of the file that holds its blocks, which must be there; empty for memory
 * @param bytes its capacity. For memory: any multiple of the block, 0 for a unit without blocks. For an image: 0 to take the
 *     file's length, otherwise the file must be at least as long
 * @param blockBytes the logical block: 512, 1024, 2048 or 4096
 * @param readOnly it says that it is write protected
 * @param writeCache it says that it has a volatile write cache
 * @param volatileCache the cache is real: written blocks stay in the adapter's memory until they are synchronized, and a yank
 *     loses them. Implies {@code writeCache}
 * @param removable its medium can be ejected
 * @param thin it is thinly provisioned: blocks can be unmapped, and give their memory back
 * @param latencyMicros how long each command takes, besides its work; 0 for no time at all
 * @param serial page 80h; empty for one that is made from name and address
 */
public record LunSpec(
        int target,
        long lun,
        String image,
        long bytes,
        int blockBytes,
        boolean readOnly,
        boolean writeCache,
        boolean volatileCache,
        boolean removable,
        boolean thin,
        long latencyMicros,
        String serial) {

    /** Stands for the first target, or unit of the target, that is free. */
    public static final int NEXT = -1;

    private static final int SERIAL_MAX = 32;
    private static final int MOST_OF_RANGE = 256;
    private static final Pattern RANGE_OF_TARGETS = Pattern.compile("(^|,)\\s*target=(\\d{1,6})-(\\d{1,6})");
    private static final Pattern RANGE_OF_LUNS = Pattern.compile("(^|,)\\s*lun=(\\d{1,6})-(\\d{1,6})");

    public LunSpec {
        if (target < NEXT || lun < NEXT) {
            throw new IllegalArgumentException("unit " + target + ":" + lun + ": target and lun cannot be negative");
        }
        if (blockBytes < 512 || blockBytes > 4096 || Integer.bitCount(blockBytes) != 1) {
            throw new IllegalArgumentException("block of " + blockBytes + " bytes: must be 512, 1024, 2048 or 4096");
        }
        if (bytes < 0 || bytes % blockBytes != 0) {
            throw new IllegalArgumentException(
                    "capacity of " + bytes + " bytes: must be a multiple of the block of " + blockBytes + " bytes");
        }
        if (latencyMicros < 0) {
            throw new IllegalArgumentException("latency of " + latencyMicros + " microseconds: cannot be negative");
        }
        if (image.indexOf(',') >= 0) {
            throw new IllegalArgumentException("image '" + image + "': its path cannot hold a comma");
        }
        if (!serial.matches("[!-+\\--~]{0," + SERIAL_MAX + "}")) {
            throw new IllegalArgumentException("serial number '" + serial + "': up to " + SERIAL_MAX
                    + " printable characters without blank and comma");
        }
        writeCache |= volatileCache;
    }

    /** A unit in memory at the next address that is free. */
    public static LunSpec ram(long bytes) {
        return new LunSpec(NEXT, NEXT, "", bytes, 512, false, false, false, false, false, 0, "");
    }

    /** A unit on an image file, as long as it is, with a write cache, at the next address that is free. */
    public static LunSpec image(String path) {
        return new LunSpec(NEXT, NEXT, path, 0, 512, false, true, false, false, false, 0, "");
    }

    public LunSpec at(int newTarget, long newLun) {
        return new LunSpec(
                newTarget,
                newLun,
                image,
                bytes,
                blockBytes,
                readOnly,
                writeCache,
                volatileCache,
                removable,
                thin,
                latencyMicros,
                serial);
    }

    public LunSpec withBlockBytes(int newBlockBytes) {
        return new LunSpec(
                target,
                lun,
                image,
                bytes,
                newBlockBytes,
                readOnly,
                writeCache,
                volatileCache,
                removable,
                thin,
                latencyMicros,
                serial);
    }

    public LunSpec withReadOnly(boolean protect) {
        return new LunSpec(
                target,
                lun,
                image,
                bytes,
                blockBytes,
                protect,
                writeCache,
                volatileCache,
                removable,
                thin,
                latencyMicros,
                serial);
    }

    /** @param reallyVolatile whether a yank loses what was not synchronized */
    public LunSpec withWriteCache(boolean had, boolean reallyVolatile) {
        return new LunSpec(
                target,
                lun,
                image,
                bytes,
                blockBytes,
                readOnly,
                had,
                reallyVolatile,
                removable,
                thin,
                latencyMicros,
                serial);
    }

    public LunSpec withRemovable(boolean canBeEjected) {
        return new LunSpec(
                target,
                lun,
                image,
                bytes,
                blockBytes,
                readOnly,
                writeCache,
                volatileCache,
                canBeEjected,
                thin,
                latencyMicros,
                serial);
    }

    public LunSpec withThin(boolean canBeUnmapped) {
        return new LunSpec(
                target,
                lun,
                image,
                bytes,
                blockBytes,
                readOnly,
                writeCache,
                volatileCache,
                removable,
                canBeUnmapped,
                latencyMicros,
                serial);
    }

    public LunSpec withLatencyMicros(long micros) {
        return new LunSpec(
                target,
                lun,
                image,
                bytes,
                blockBytes,
                readOnly,
                writeCache,
                volatileCache,
                removable,
                thin,
                micros,
                serial);
    }

    public LunSpec withSerial(String newSerial) {
        return new LunSpec(
                target,
                lun,
                image,
                bytes,
                blockBytes,
                readOnly,
                writeCache,
                volatileCache,
                removable,
                thin,
                latencyMicros,
                newSerial);
    }

    /**
     * Reads a specification. Sizes may end in k, m or g.
     *
     * @throws IllegalArgumentException one line that names what is wrong
     */
    public static LunSpec parse(String text) {
        Map<String, String> given = new TreeMap<>();
        for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("'" + part.strip() + "' in unit '" + text + "': want key=value");
            }
            given.put(
                    part.substring(0, equals).strip(),
                    part.substring(equals + 1).strip());
        }
        try {
            String image = take(given, "image", "");
            boolean onImage = !image.isEmpty();
            LunSpec spec = new LunSpec(
                    Integer.parseInt(take(given, "target", "-1")),
                    Long.parseLong(take(given, "lun", "-1")),
                    image,
                    size(take(given, "bytes", "0")),
                    Integer.parseInt(take(given, "blockBytes", "512")),
                    Boolean.parseBoolean(take(given, "readOnly", "false")),
                    Boolean.parseBoolean(take(given, "writeCache", Boolean.toString(onImage))),
                    Boolean.parseBoolean(take(given, "volatileCache", "false")),
                    Boolean.parseBoolean(take(given, "removable", "false")),
                    Boolean.parseBoolean(take(given, "thin", "false")),
                    Long.parseLong(take(given, "latencyMicros", "0")),
                    take(given, "serial", ""));
            if (!given.isEmpty()) {
                throw new IllegalArgumentException("unit '" + text + "': unknown " + given.keySet());
            }
            return spec;
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("unit '" + text + "': a number was expected, " + e.getMessage(), e);
        }
    }

    /**
     * Reads one text that may stand for many units: its target and lun may be ranges, as {@code target=0-3,lun=0-7,bytes=64m}.
     *
     * @throws IllegalArgumentException one line that names what is wrong
     */
    public static List<LunSpec> parseAll(String text) {
        Matcher target = RANGE_OF_TARGETS.matcher(text);
        if (target.find()) {
            return expand(text, target);
        }
        Matcher lun = RANGE_OF_LUNS.matcher(text);
        return lun.find() ? expand(text, lun) : List.of(parse(text));
    }

    private static List<LunSpec> expand(String text, Matcher range) {
        int from = Integer.parseInt(range.group(2));
        int to = Integer.parseInt(range.group(3));
        if (from > to || to - from >= MOST_OF_RANGE) {
            throw new IllegalArgumentException("unit '" + text + "': the range " + from + "-" + to
                    + " must rise, over at most " + MOST_OF_RANGE + " numbers");
        }
        List<LunSpec> all = new ArrayList<>();
        for (int number = from; number <= to; number++) {
            all.addAll(parseAll(text.substring(0, range.start(2)) + number + text.substring(range.end(3))));
        }
        return all;
    }

    private static String take(Map<String, String> given, String key, String otherwise) {
        String value = given.remove(key);
        return value == null ? otherwise : value;
    }

    private static long size(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        int shift = lower.endsWith("k") ? 10 : lower.endsWith("m") ? 20 : lower.endsWith("g") ? 30 : 0;
        return Long.parseLong(shift == 0 ? lower : lower.substring(0, lower.length() - 1)) << shift;
    }

    @Override
    public String toString() {
        StringBuilder text =
                new StringBuilder("target=").append(target).append(",lun=").append(lun);
        if (!image.isEmpty()) {
            text.append(",image=").append(image);
        }
        text.append(",bytes=").append(bytes).append(",blockBytes=").append(blockBytes);
        text.append(",readOnly=").append(readOnly).append(",writeCache=").append(writeCache);
        text.append(",volatileCache=")
                .append(volatileCache)
                .append(",removable=")
                .append(removable);
        text.append(",thin=").append(thin).append(",latencyMicros=").append(latencyMicros);
        if (!serial.isEmpty()) {
            text.append(",serial=").append(serial);
        }
        return text.toString();
    }
}
