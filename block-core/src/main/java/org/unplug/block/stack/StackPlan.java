package org.unplug.block.stack;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.OpenMode;

/**
 * What is to be built over which disks.
 *
 * @param name of the kind of disk, as "delay": the prefix of the upper disk's name, and its bus
 * @param lowers the names of the lower disks, in order
 * @param least with how many of them it can be built; the others may come later
 * @param maker makes the driver
 */
public record StackPlan(String name, List<String> lowers, int least, Maker maker) {

    /** Makes the driver over the lower disks that are there. */
    @FunctionalInterface
    public interface Maker {

        /**
         * @param below in the order of the plan; they stay the caller's
         * @throws IOException if reading them failed
         * @throws IllegalArgumentException if the options are wrong, or do not fit the disks
         */
        FilterDriver make(List<DiskHandle> below) throws IOException;

        /** How a lower disk is opened; exclusively, unless it cannot be written. */
        default OpenMode mode(DiskInfo lower, int index) {
            return lower.readOnly() ? OpenMode.READ : OpenMode.EXCLUSIVE;
        }
    }

    public StackPlan {
        lowers = List.copyOf(lowers);
        if (lowers.isEmpty()) {
            throw new IllegalArgumentException(name + ": option disk is missing: the name of the disk below");
        }
        if (lowers.stream().distinct().count() != lowers.size()) {
            throw new IllegalArgumentException(name + ": option disk names a disk twice: " + lowers);
        }
    }

    /** A filter over the one disk that the configuration's {@code disk} names. */
    public static StackPlan of(Filter filter, Map<String, ?> config) {
        List<String> lowers = new Options(filter.name(), config).texts("disk");
        if (lowers.size() > 1) {
            throw new IllegalArgumentException(filter.name() + ": option disk names " + lowers + ": must be one disk");
        }
        return new StackPlan(filter.name(), lowers, 1, below -> filter.create(below.get(0), config));
    }
}
