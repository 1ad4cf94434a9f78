package org.unplug.block.spi;

import java.util.Objects;

/**
 * What a driver says of a disk when it adds it. Values only; immutable.
 *
 * @param prefix of the name, as "mmcblk"
 * @param naming how the name goes on
 * @param capacitySectors in sectors of 512 bytes, a multiple of the logical block, at least one block
 * @param limits what the driver can take
 * @param readOnly refuse writes
 * @param removable the medium can be taken out
 * @param bus as "mmc"
 * @param model what the device calls itself, or empty
 * @param serial or empty
 * @param timeouts how long things may take
 */
public record DiskSpec(
        String prefix,
        Naming naming,
        long capacitySectors,
        QueueLimits limits,
        boolean readOnly,
        boolean removable,
        String bus,
        String model,
        String serial,
        Timeouts timeouts) {

    /** How names go on after the prefix; the lowest one that is free is taken. */
    public enum Naming {
        /** ram0, ram1, and partitions ram0p1. */
        NUMBERED,
        /** sda, sdb, ... sdaa, and partitions sda1. */
        LETTERED
    }

    /**
     * Bounds in milliseconds.
     *
     * @param requestMs after which the driver is asked to cancel a request; the core ends it a fifth of that later
     * @param syncMs how long an orderly removal waits for holders and the cache
     * @param drainMs how long any removal waits from refusal on
     */
    public record Timeouts(long requestMs, long syncMs, long drainMs) {
        public static final Timeouts DEFAULT = new Timeouts(30_000, 30_000, 5_000);

        public Timeouts {
            if (requestMs < 1 || syncMs < 0 || drainMs < 1) {
                throw new IllegalArgumentException("time-outs must be positive: request " + requestMs + " ms, sync "
                        + syncMs + " ms, drain " + drainMs + " ms");
            }
        }
    }

    public DiskSpec {
        Objects.requireNonNull(naming);
        Objects.requireNonNull(bus);
        Objects.requireNonNull(model);
        Objects.requireNonNull(serial);
        Objects.requireNonNull(timeouts);
        if (!prefix.matches("[a-z][a-z0-9_-]*")) {
            throw new IllegalArgumentException(
                    "disk name prefix '" + prefix + "': must be lower case letters, digits, - and _");
        }
        if (naming == Naming.NUMBERED && Character.isDigit(prefix.charAt(prefix.length() - 1))) {
            throw new IllegalArgumentException(
                    "disk name prefix '" + prefix + "': a numbered one cannot end with a digit");
        }
        int blockSectors = limits.logicalBlockBytes() / 512;
        if (capacitySectors < blockSectors || capacitySectors % blockSectors != 0) {
            throw new IllegalArgumentException("capacity of " + capacitySectors
                    + " sectors: must be a positive multiple of the " + limits.logicalBlockBytes() + " byte block");
        }
    }

    /** A numbered disk on the bus of the same name, fixed, writable, with default limits. */
    public static DiskSpec of(String prefix, long capacitySectors) {
        return new DiskSpec(
                prefix,
                Naming.NUMBERED,
                capacitySectors,
                QueueLimits.DEFAULT,
                false,
                false,
                prefix,
                "",
                "",
                Timeouts.DEFAULT);
    }

    public DiskSpec withNaming(Naming how) {
        return new DiskSpec(prefix, how, capacitySectors, limits, readOnly, removable, bus, model, serial, timeouts);
    }

    public DiskSpec withLimits(QueueLimits newLimits) {
        return new DiskSpec(
                prefix, naming, capacitySectors, newLimits, readOnly, removable, bus, model, serial, timeouts);
    }

    public DiskSpec withReadOnly(boolean protect) {
        return new DiskSpec(prefix, naming, capacitySectors, limits, protect, removable, bus, model, serial, timeouts);
    }

    public DiskSpec withRemovable(boolean canBeTakenOut) {
        return new DiskSpec(
                prefix, naming, capacitySectors, limits, readOnly, canBeTakenOut, bus, model, serial, timeouts);
    }

    public DiskSpec withBus(String newBus) {
        return new DiskSpec(
                prefix, naming, capacitySectors, limits, readOnly, removable, newBus, model, serial, timeouts);
    }

    public DiskSpec withIdentity(String newModel, String newSerial) {
        return new DiskSpec(
                prefix, naming, capacitySectors, limits, readOnly, removable, bus, newModel, newSerial, timeouts);
    }

    public DiskSpec withTimeouts(Timeouts newTimeouts) {
        return new DiskSpec(
                prefix, naming, capacitySectors, limits, readOnly, removable, bus, model, serial, newTimeouts);
    }
}
