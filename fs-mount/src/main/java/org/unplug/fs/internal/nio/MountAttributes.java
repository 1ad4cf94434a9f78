package org.unplug.fs.internal.nio;

import java.nio.file.attribute.DosFileAttributes;
import java.nio.file.attribute.FileTime;
import org.unplug.fs.spi.NodeInfo;

/** A node's attributes, for the views basic and dos. */
record MountAttributes(NodeInfo info) implements DosFileAttributes {

    @Override
    public FileTime lastModifiedTime() {
        return FileTime.from(info.modified());
    }

    @Override
    public FileTime lastAccessTime() {
        return FileTime.from(info.accessed());
    }

    @Override
    public FileTime creationTime() {
        return FileTime.from(info.created());
    }

    @Override
    public boolean isRegularFile() {
        return !info.directory();
    }

    @Override
    public boolean isDirectory() {
        return info.directory();
    }

    @Override
    public boolean isSymbolicLink() {
        return false;
    }

    @Override
    public boolean isOther() {
        return false;
    }

    @Override
    public long size() {
        return info.sizeBytes();
    }

    @Override
    public Object fileKey() {
        return info.key();
    }

    @Override
    public boolean isReadOnly() {
        return info.flags().contains(NodeInfo.Flag.READ_ONLY);
    }

    @Override
    public boolean isHidden() {
        return info.flags().contains(NodeInfo.Flag.HIDDEN);
    }

    @Override
    public boolean isArchive() {
        return info.flags().contains(NodeInfo.Flag.ARCHIVE);
    }

    @Override
    public boolean isSystem() {
        return info.flags().contains(NodeInfo.Flag.SYSTEM);
    }
}
