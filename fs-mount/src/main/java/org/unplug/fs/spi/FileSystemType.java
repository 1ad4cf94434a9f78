package org.unplug.fs.spi;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Optional;
import java.util.Set;
import org.unplug.fs.CheckReport;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.MountOptions;
import org.unplug.fs.VolumeIdentity;

/** A kind of file system; registered as a service it can be mounted. Any thread may call, for several disks at once. */
public interface FileSystemType {

    /** Its name, as "vfat". */
    String name();

    /** Its variants, as "fat16" and "fat32": what {@link SuperBlock#type} says, and what may be asked for like the name. */
    Set<String> variants();

    /**
     * Looks whether a disk holds this file system.
     *
     * @return the variant, or empty if it holds something else
     * @throws java.nio.file.FileSystemException if it holds this one, but damaged
     */
    Optional<String> probe(Volume volume) throws IOException;

    /**
     * What the volume says of itself; by default only the variant. Nothing is changed on the disk, which may be mounted.
     *
     * @return empty if it holds something else
     */
    default Optional<VolumeIdentity> identify(Volume volume) throws IOException {
        return probe(volume).map(variant -> new VolumeIdentity(variant, "", ""));
    }

    /**
     * Reads the volume's description. Nothing is changed on the disk before the first change of a file.
     *
     * @throws java.nio.file.FileSystemException if it holds something else, or is damaged or larger than the disk: one line
     *     with the reason
     */
    SuperBlock mount(Volume volume, MountOptions options) throws IOException;

    /**
     * Makes a file system and writes it back.
     *
     * @return the variant that was made
     * @throws java.nio.file.FileSystemException if the size or an option does not fit: one line with the reason
     */
    String format(Volume volume, FormatOptions options) throws IOException;

    /**
     * Checks a volume that is not mounted, and repairs it if asked: nothing is changed otherwise.
     *
     * @throws java.nio.file.FileSystemException if it holds something else, is too damaged to be checked, or this type has no check
     */
    default CheckReport check(Volume volume, boolean repair) throws IOException {
        throw new FileSystemException(volume.disk().name(), null, name() + " has no check");
    }

    /**
     * Gives a volume that is not mounted another label; an empty one takes it away. Durable on return.
     *
     * @throws java.nio.file.FileSystemException if it holds something else, the label cannot be had, or this type has none
     */
    default void setLabel(Volume volume, String label) throws IOException {
        throw new FileSystemException(volume.disk().name(), null, name() + " has no labels that can be changed");
    }
}
