package org.unplug.fs.internal.fat;

import java.io.IOException;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Optional;
import java.util.Set;
import org.unplug.fs.CheckReport;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.MountOptions;
import org.unplug.fs.VolumeIdentity;
import org.unplug.fs.internal.cluster.Tree;
import org.unplug.fs.spi.FileSystemType;
import org.unplug.fs.spi.SuperBlock;
import org.unplug.fs.spi.Volume;

/** The type "vfat". */
public final class Vfat implements FileSystemType {
    private final InstantSource clock;
    private final ZoneId zone;

    /**
     * @param clock for the times of files
     * @param zone whose local time is written to the disk
     */
    public Vfat(InstantSource clock, ZoneId zone) {
        this.clock = clock;
        this.zone = zone;
    }

    @Override
    public String name() {
        return "vfat";
    }

    @Override
    public Set<String> variants() {
        return Set.of("fat12", "fat16", "fat32");
    }

    @Override
    public Optional<String> probe(Volume volume) throws IOException {
        try {
            return Optional.of(Geometry.read(volume).variant());
        } catch (Geometry.NotFat other) {
            return Optional.empty();
        }
    }

    @Override
    public Optional<VolumeIdentity> identify(Volume volume) throws IOException {
        try {
            Geometry geometry = Geometry.read(volume);
            String inRoot = new FatLabel(volume, geometry).read();
            String label = inRoot.isEmpty() ? geometry.label() : inRoot;
            return Optional.of(new VolumeIdentity(geometry.variant(), label, geometry.uuid()));
        } catch (Geometry.NotFat other) {
            return Optional.empty();
        }
    }

    @Override
    public SuperBlock mount(Volume volume, MountOptions options) throws IOException {
        return new Tree(volume, new FatDialect(volume, zone), options.readOnly(), clock);
    }

    @Override
    public String format(Volume volume, FormatOptions options) throws IOException {
        return new FatFormat(volume, options, clock.instant(), zone).write();
    }

    @Override
    public CheckReport check(Volume volume, boolean repair) throws IOException {
        return new FatChecker(volume, Geometry.read(volume), repair).run();
    }

    @Override
    public void setLabel(Volume volume, String label) throws IOException {
        new FatLabel(volume, Geometry.read(volume)).write(label, clock.instant(), new FatTime(zone));
    }
}
