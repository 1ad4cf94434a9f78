package org.unplug.block.internal.partition;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;

/** A disk as a row of logical blocks, which is what partition tables count in. */
final class Blocks {

    private final DiskHandle handle;
    private final DiskInfo info;

    Blocks(DiskHandle handle) {
        this.handle = handle;
        this.info = handle.info();
    }

    int blockBytes() {
        return info.logicalBlockBytes();
    }

    /** Sectors of 512 bytes in a block. */
    int blockSectors() {
        return info.logicalBlockBytes() / DiskInfo.SECTOR_BYTES;
    }

    long blocks() {
        return info.capacitySectors() / blockSectors();
    }

    ByteBuffer read(long block, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count * blockBytes());
        handle.read(block * blockSectors(), bytes);
        return bytes;
    }

    void write(long block, ByteBuffer bytes) throws IOException {
        handle.write(block * blockSectors(), bytes.duplicate().clear());
    }

    void flush() throws IOException {
        handle.flush();
    }
}
