package org.unplug.fs.internal.exfat;

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

/** The type "exfat". */
public final class Exfat implements FileSystemType {
    private final InstantSource clock;
    private final ZoneId zone;

    /**
     * @param clock for the times of files
     * @param zone whose local time is written to the disk, with its offset
     */
    public Exfat(InstantSource clock, ZoneId zone) {
        this.clock = clock;
        this.zone = zone;
    }

    @Override
    public String name() {
        return "exfat";
    }

    @Override
    public Set<String> variants() {
        return Set.of("exfat");
    }

    @Override
    public Optional<String> probe(Volume volume) throws IOException {
        try {
            return Optional.of(ExfatLayout.read(volume).variant());
        } catch (ExfatLayout.NotExfat other) {
            return Optional.empty();
        }
    }

    @Override
    public Optional<VolumeIdentity> identify(Volume volume) throws IOException {
        if (probe(volume).isEmpty()) {
            return Optional.empty();
        }
        ExfatLayout layout = ExfatLayout.read(volume);
        ExfatRoot root = new ExfatRoot(volume, layout, new ExfatClusters(volume, layout));
        return Optional.of(new VolumeIdentity(layout.variant(), root.label(), layout.uuid()));
    }

    @Override
    public SuperBlock mount(Volume volume, MountOptions options) throws IOException {
        return new Tree(volume, new ExfatDialect(volume, zone), options.readOnly(), clock);
    }

    @Override
    public String format(Volume volume, FormatOptions options) throws IOException {
        return new ExfatMaker(volume, options, clock.instant()).write();
    }

    @Override
    public CheckReport check(Volume volume, boolean repair) throws IOException {
        return new ExfatChecker(volume, repair).run();
    }

    @Override
    public void setLabel(Volume volume, String label) throws IOException {
        ExfatLayout layout = ExfatLayout.read(volume);
        new ExfatRoot(volume, layout, new ExfatClusters(volume, layout)).setLabel(label);
    }
}
