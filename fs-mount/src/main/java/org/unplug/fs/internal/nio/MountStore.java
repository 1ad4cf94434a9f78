package org.unplug.fs.internal.nio;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.DosFileAttributeView;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileStoreAttributeView;
import org.unplug.fs.spi.SuperBlock;

/** The volume of a mount, with its real figures. */
final class MountStore extends FileStore {
    private final Lifeline mount;

    MountStore(Lifeline mount) {
        this.mount = mount;
    }

    @Override
    public String name() {
        return mount.disk();
    }

    @Override
    public String type() {
        return mount.superBlock().type();
    }

    @Override
    public boolean isReadOnly() {
        return mount.superBlock().readOnly();
    }

    @Override
    public long getTotalSpace() throws IOException {
        return mount.read(mount.point(), superBlock -> superBlock.space().totalBytes());
    }

    @Override
    public long getUsableSpace() throws IOException {
        return getUnallocatedSpace();
    }

    @Override
    public long getUnallocatedSpace() throws IOException {
        return mount.read(mount.point(), superBlock -> superBlock.space().freeBytes());
    }

    @Override
    public long getBlockSize() throws IOException {
        return mount.read(mount.point(), superBlock -> (long) superBlock.space().unitBytes());
    }

    @Override
    public boolean supportsFileAttributeView(Class<? extends FileAttributeView> type) {
        return type == BasicFileAttributeView.class || type == DosFileAttributeView.class;
    }

    @Override
    public boolean supportsFileAttributeView(String name) {
        return name.equals("basic") || name.equals("dos");
    }

    @Override
    public <V extends FileStoreAttributeView> V getFileStoreAttributeView(Class<V> type) {
        return null;
    }

    @Override
    public Object getAttribute(String attribute) throws IOException {
        return switch (attribute) {
            case "totalSpace" -> getTotalSpace();
            case "usableSpace" -> getUsableSpace();
            case "unallocatedSpace" -> getUnallocatedSpace();
            case "label" -> mount.read(mount.point(), SuperBlock::label);
            default -> throw new UnsupportedOperationException("file store attribute '" + attribute + "'");
        };
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MountStore store && store.mount == mount;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(mount);
    }

    @Override
    public String toString() {
        return mount.disk() + " (" + mount.point() + ")";
    }
}
