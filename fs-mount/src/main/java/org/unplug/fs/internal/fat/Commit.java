package org.unplug.fs.internal.fat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.unplug.fs.spi.Volume;
import org.unplug.fs.spi.Volume.Stage;

/**
 * The order in which changes reach the disk, and the marks that say whether all did.
 *
 * <p><b>Theory of operation.</b> One commit writes, with a flush of the device between any two: contents; the table; names; then
 * it clears what the names had let go in the table. So at every instant what the disk's names refer to is chained, and what is chained
 * has its content; a cluster becomes free only when no name on the disk leads to it, and until then nobody else gets it.
 * What a cut can leave behind is clusters that belong to nobody.
 *
 * <p>The dirty mark - a bit in the boot sector and one in entry 1 of the table - is on the disk before the first change, and cleared
 * only after the last commit. A volume that was dirty when mounted stays marked: somebody has to check it.
 *
 * <p>All methods need the super block's lock for writing, but {@link #dirtied}.
 */
final class Commit {
    private static final int INFO_BYTES = 512;

    private final Volume volume;
    private final Geometry geometry;
    private final FatTable table;
    private final FatSuperBlock owner;
    private final Set<Node> dirtyNodes = ConcurrentHashMap.newKeySet();
    private boolean marked;
    private long infoFree = -1;
    private int infoHint = -1;

    Commit(Volume volume, Geometry geometry, FatTable table, FatSuperBlock owner) {
        this.volume = volume;
        this.geometry = geometry;
        this.table = table;
        this.owner = owner;
    }

    /** The entry of this node is to be written. Any thread. */
    void dirtied(Node node) {
        dirtyNodes.add(node);
    }

    boolean isDirty() {
        return !dirtyNodes.isEmpty()
                || volume.isDirty(Stage.DATA)
                || volume.isDirty(Stage.MAP)
                || volume.isDirty(Stage.NAMES)
                || table.hasPending();
    }

    boolean wasDirty() throws IOException {
        return (volume.getByte(geometry.stateOffset()) & 1) != 0 || !table.isMarkedClean();
    }

    /** Makes sure that the disk says it is being changed. */
    void beforeChange() throws IOException {
        if (!marked) {
            mark(true);
            marked = true;
        }
    }

    boolean isMarked() {
        return marked;
    }

    private void mark(boolean dirty) throws IOException {
        int state = volume.getByte(geometry.stateOffset());
        ByteBuffer one = ByteBuffer.wrap(new byte[] {(byte) (dirty ? state | 1 : state & ~1)});
        volume.write(geometry.stateOffset(), one, Stage.NAMES, false, owner.errors());
        table.markClean(!dirty);
        volume.writeBack(Stage.NAMES);
        volume.writeBack(Stage.MAP, geometry.mirrors());
        volume.flush();
    }

    /** Brings everything that was changed to the disk. */
    void run() throws IOException {
        writeEntries();
        volume.writeBack(Stage.DATA);
        if (volume.isDirty(Stage.MAP)) {
            volume.flush();
            volume.writeBack(Stage.MAP, geometry.mirrors());
        }
        if (volume.isDirty(Stage.NAMES)) {
            volume.flush();
            volume.writeBack(Stage.NAMES);
        }
        while (table.hasPending()) {
            volume.flush();
            table.applyFrees();
            volume.writeBack(Stage.MAP, geometry.mirrors());
        }
        if (marked) {
            writeInfo();
            volume.writeBack(Stage.NAMES);
        }
        volume.flush();
    }

    /** After the last {@link #run}: says that all is well, unless it was not so before. */
    void markClean() throws IOException {
        if (marked && !owner.wasDirty()) {
            mark(false);
            marked = false;
        }
    }

    private void writeEntries() throws IOException {
        for (Node node : List.copyOf(dirtyNodes)) {
            dirtyNodes.remove(node);
            if (node.takeDirty()) {
                try {
                    node.parent.directory.update(node);
                } catch (IOException failed) {
                    node.setDirty();
                    dirtyNodes.add(node);
                    throw failed;
                }
            }
        }
    }

    /** What FSInfo says is free: a hint of FAT32 that spares counting. Returns -1 for what it does not know. */
    long[] readInfo() throws IOException {
        if (geometry.infoOffset() < 0) {
            return new long[] {-1, -1};
        }
        ByteBuffer info = ByteBuffer.allocate(INFO_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        volume.read(geometry.infoOffset(), info);
        boolean signed = info.getInt(0) == 0x41615252 && info.getInt(484) == 0x61417272;
        return signed ? new long[] {info.getInt(488), info.getInt(492)} : new long[] {-1, -1};
    }

    private void writeInfo() throws IOException {
        if (geometry.infoOffset() < 0 || (infoFree == table.free() && infoHint == table.hint())) {
            return;
        }
        infoFree = table.free();
        infoHint = table.hint();
        ByteBuffer numbers = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        numbers.putInt((int) infoFree).putInt(infoHint).flip();
        volume.write(geometry.infoOffset() + 488, numbers, Stage.NAMES, false, owner.errors());
    }
}
