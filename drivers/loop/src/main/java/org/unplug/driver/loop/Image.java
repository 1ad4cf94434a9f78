package org.unplug.driver.loop;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.unplug.block.spi.QueueLimits;

/**
 * An image file or block device, opened, locked against a second use, and found fit to be a disk. Each misfit is one line
 * that names file and reason. The caller owns the channel.
 *
 * @param path where it is
 * @param channel reads it, and writes it unless read-only
 * @param bytes how large it is, a positive multiple of the logical block
 * @param logicalBlockBytes the block it was checked for
 * @param readOnly whether the disk is to refuse writes
 */
record Image(Path path, FileChannel channel, long bytes, int logicalBlockBytes, boolean readOnly) {

    private static final int TYPE_MASK = 0xF000;
    private static final int BLOCK_DEVICE = 0x6000;
    private static final Set<PosixFilePermission> WRITERS =
            Set.of(PosixFilePermission.OWNER_WRITE, PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

    /** What to do with a file that cannot be written. */
    enum IfProtected {
        /** Make a read-only disk of it. */
        READ_ONLY,
        /** Refuse it. */
        FAIL
    }

    /**
     * @throws FileSystemException naming the file and the reason
     * @throws IllegalArgumentException if there is no such block size
     */
    static Image open(Path path, boolean readOnly, IfProtected ifProtected, int logicalBlockBytes) throws IOException {
        QueueLimits.DEFAULT.withLogicalBlockBytes(logicalBlockBytes);
        requireFileOrDevice(path);
        boolean protect = readOnly || isProtected(path);
        if (protect && !readOnly && ifProtected == IfProtected.FAIL) {
            throw refused(path, "is write protected, and a read-only disk was not asked for");
        }
        FileChannel channel = openChannel(path, protect);
        try {
            lock(path, channel, protect);
            long bytes = channel.size();
            if (bytes == 0 || bytes % logicalBlockBytes != 0) {
                throw refused(
                        path, bytes + " bytes are not a positive multiple of the " + logicalBlockBytes + " byte block");
            }
            return new Image(path, channel, bytes, logicalBlockBytes, protect);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static void requireFileOrDevice(Path path) throws IOException {
        if (!Files.exists(path)) {
            throw refused(path, "no such file");
        }
        if (Files.isDirectory(path)) {
            throw refused(path, "is a directory");
        }
        if (!Files.isReadable(path)) {
            throw refused(path, "is not readable");
        }
        if (!Files.isRegularFile(path) && !isBlockDevice(path)) {
            // Not only useless: opening a pipe would wait for its other end.
            throw refused(path, "is neither a file nor a block device");
        }
    }

    private static boolean isBlockDevice(Path path) throws IOException {
        if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return false;
        }
        return ((Integer) Files.getAttribute(path, "unix:mode") & TYPE_MASK) == BLOCK_DEVICE;
    }

    /** A file that nobody may write is protected from root too, whom the host would let write it. */
    private static boolean isProtected(Path path) throws IOException {
        if (!Files.isWritable(path)) {
            return true;
        }
        return path.getFileSystem().supportedFileAttributeViews().contains("posix")
                && Files.getPosixFilePermissions(path).stream().noneMatch(WRITERS::contains);
    }

    private static FileChannel openChannel(Path path, boolean readOnly) throws IOException {
        try {
            return readOnly
                    ? FileChannel.open(path, StandardOpenOption.READ)
                    : FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (NoSuchFileException e) {
            throw refused(path, "no such file");
        } catch (AccessDeniedException e) {
            throw refused(path, "access denied");
        }
    }

    /** Two disks that write one image destroy it. The lock goes with the channel. */
    private static void lock(Path path, FileChannel channel, boolean shared) throws IOException {
        try {
            if (channel.tryLock(0, Long.MAX_VALUE, shared) == null) {
                throw refused(path, "is in use by another process");
            }
        } catch (OverlappingFileLockException e) {
            throw (FileSystemException)
                    refused(path, "is in use by another disk").initCause(e);
        }
    }

    private static FileSystemException refused(Path path, String reason) {
        return new FileSystemException(path.toString(), null, reason);
    }
}
