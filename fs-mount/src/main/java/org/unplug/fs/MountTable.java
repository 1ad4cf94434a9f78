package org.unplug.fs;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.unplug.block.Disk;

/**
 * What is mounted where; a service. Any thread may call.
 *
 * <p>Each mount is registered as a service {@link java.nio.file.FileSystem} with the properties {@link #POINT},
 * {@link #TYPE}, {@link #DISK} and {@link #READ_ONLY}, from the end of mount until unmount - also while its disk is dead, when
 * each operation on it fails with {@link DiskGoneException}: a file system that is in use must go on answering, and a user
 * who still holds it learns the same as one who looks it up.
 *
 * <p>Disks are opened exclusively by this bundle, whoever asked for the mount. All mounts are unmounted, orderly, when this
 * bundle stops.
 *
 * <p>Errors are a {@link java.nio.file.FileSystemException} whose message is one line that names the disk or mount point and
 * the reason.
 */
public interface MountTable {

    /** Service property of a FileSystem: where it is mounted. */
    String POINT = "mount.point";
    /** Service property of a FileSystem: its type, as "fat32". */
    String TYPE = "fs.type";
    /** Service property of a FileSystem: the name of its disk. */
    String DISK = "disk";
    /** Service property of a FileSystem: a Boolean, whether changes are refused. */
    String READ_ONLY = "mount.readonly";
    /** The type that looks at the disk to find out. */
    String AUTO = "auto";

    /**
     * Mounts a disk. Blocks while the volume's description is read; bounded by the disk's request time-out.
     *
     * @param disk its name, or {@code LABEL=} or {@code UUID=} and what {@link #identify} says of the disk
     * @param mountPoint absolute, with slashes, as "/mnt/card"; need not exist anywhere
     * @param type as "vfat" or "fat32", or {@link #AUTO}
     * @throws java.nio.file.FileSystemException if there is no such disk, or several of that label; the mount point or the disk is in use; the type is
     *     not known or not what is on the disk; the volume is damaged or larger than its disk
     * @throws DiskGoneException if the disk went meanwhile
     */
    Mount mount(String disk, String mountPoint, String type, MountOptions options) throws IOException;

    /** Mounts exactly this incarnation of a disk; otherwise as by name. The disk need not be held after the call. */
    Mount mount(Disk disk, String mountPoint, String type, MountOptions options) throws IOException;

    /**
     * Unmounts: refuses new operations, closes what is open, writes back, marks the volume clean, gives the disk back. Always
     * succeeds, and never waits for a dead disk; with a disk that lives, but does not answer, it gives up after the sync time-out.
     *
     * @return what could not be written, if anything
     * @throws java.nio.file.FileSystemException if nothing is mounted there
     */
    default UnmountReport unmount(String mountPoint) throws IOException {
        return unmount(mountPoint, UnmountMode.ORDERLY);
    }

    /**
     * Unmounts in a given way. Of a lazy unmount that could not be finished at once the report names what is still open.
     *
     * @throws java.nio.file.FileSystemException if nothing is mounted there
     */
    UnmountReport unmount(String mountPoint, UnmountMode mode) throws IOException;

    /**
     * Changes the options of a mount; files stay open. Blocks while what is dirty is written, if it becomes read-only.
     *
     * @throws java.nio.file.FileSystemException if nothing is mounted there; files are open for writing and it is to become
     *     read-only; the disk is write protected or the volume damaged and it is to become writable
     */
    Mount remount(String mountPoint, MountOptions options) throws IOException;

    /** What is on a disk, mounted or not; empty if no type that is known recognises it. Blocks for some reads. */
    Optional<VolumeIdentity> identify(String disk) throws IOException;

    /** What is mounted, dead mounts included, in the order of mounting. */
    List<Mount> list();

    /** What the page caches of all mounts hold together. */
    CacheUse cache();

    /** The mount at a mount point. */
    Optional<Mount> find(String mountPoint);

    /**
     * Makes a file system; everything that was on the disk is lost. Blocks.
     *
     * @param disk its name
     * @return the variant that was made, as "fat32"
     * @throws java.nio.file.FileSystemException if there is no such disk, it is in use or read-only, or its size does not fit
     */
    String format(String disk, FormatOptions options) throws IOException;

    /**
     * Checks the file system on a disk that is not mounted, and repairs it if asked. Blocks.
     *
     * @param disk as for {@link #mount}
     * @throws java.nio.file.FileSystemException if there is no such disk, it is in use, or it has no file system that can be checked
     */
    CheckReport check(String disk, boolean repair) throws IOException;

    /**
     * Gives the file system on a disk that is not mounted another label; an empty one takes it away. Blocks; durable on return.
     *
     * @param disk as for {@link #mount}
     * @throws java.nio.file.FileSystemException if there is no such disk, it is in use or read-only, or the label cannot be had
     */
    void label(String disk, String label) throws IOException;

    /** Syncs every mount that is not dead; goes on after an error and throws the first with the others suppressed. */
    void sync() throws IOException;

    /** The types that can be mounted or made, with their variants. */
    List<String> types();
}
