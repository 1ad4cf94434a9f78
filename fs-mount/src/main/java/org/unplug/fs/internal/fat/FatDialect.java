package org.unplug.fs.internal.fat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Arrays;
import org.unplug.fs.internal.cluster.Clusters;
import org.unplug.fs.internal.cluster.Dialect;
import org.unplug.fs.internal.cluster.Directory;
import org.unplug.fs.internal.cluster.Layout;
import org.unplug.fs.internal.cluster.NameRules;
import org.unplug.fs.internal.cluster.Node;
import org.unplug.fs.internal.cluster.Place;
import org.unplug.fs.internal.cluster.Tree;
import org.unplug.fs.spi.Volume;
import org.unplug.fs.spi.Volume.Stage;

/**
 * FAT12, FAT16 and FAT32. The dirty mark is a bit in the boot sector and one in entry 1 of the table; FSInfo is a hint of FAT32 that
 * spares counting what is free.
 */
final class FatDialect implements Dialect {
    private static final int INFO_BYTES = 512;
    private static final long MOST_BYTES = 0xFFFF_FFFFL;

    private final Volume volume;
    private final Geometry geometry;
    private final FatTable table;
    private final FatTime time;
    private long infoFree = -1;
    private int infoHint = -1;

    FatDialect(Volume volume, ZoneId zone) throws IOException {
        this.volume = volume;
        geometry = Geometry.read(volume);
        table = new FatTable(volume, geometry);
        time = new FatTime(zone);
        long[] info = readInfo();
        table.begin(isMarked() ? -1 : info[0], (int) info[1]);
    }

    @Override
    public Layout layout() {
        return geometry;
    }

    @Override
    public Clusters clusters() {
        return table;
    }

    @Override
    public String label(Directory root) {
        String inRoot = ((FatDirectory) root).label();
        return inRoot.isEmpty() ? geometry.label() : inRoot;
    }

    @Override
    public String uuid() {
        return geometry.uuid();
    }

    @Override
    public String refusal(String name) {
        return NameRules.refusal(geometry.family(), name);
    }

    @Override
    public String fold(String name) {
        return LongName.fold(name);
    }

    @Override
    public long mostFileBytes() {
        return MOST_BYTES;
    }

    @Override
    public String tooLarge() {
        return "FAT holds 4 GiB - 1 byte in a file";
    }

    @Override
    public Node root() {
        Node.State state = new Node.State(
                Node.DIRECTORY, 0, 0, geometry.rootCluster(), false, Instant.EPOCH, Instant.EPOCH, Instant.EPOCH);
        return new Node(Place.ofRoot(), state);
    }

    @Override
    public Directory load(Node directory, Tree tree) throws IOException {
        return new FatDirectory(directory, tree, geometry, time).read();
    }

    @Override
    public Node.State newState(boolean directory, Instant now) {
        return new Node.State(directory ? Node.DIRECTORY : Node.ARCHIVE, 0, 0, 0, false, now, now, now);
    }

    /** The entries "." and "..". */
    @Override
    public void prepare(Node directory, Node parent, Tree tree) throws IOException {
        ByteBuffer dots = ByteBuffer.allocate(2 * Directory.SLOT).order(ByteOrder.LITTLE_ENDIAN);
        Node.State state = directory.state();
        int up = parent.isRoot() ? 0 : parent.state().firstCluster();
        dot(dots, 0, 1, state);
        dot(dots, Directory.SLOT, 2, state.withFirstCluster(up));
        volume.write(geometry.offset(state.firstCluster()), dots, Stage.DATA, true, volume.errors());
    }

    private void dot(ByteBuffer to, int at, int dots, Node.State state) {
        byte[] bytes = new byte[ShortName.LENGTH];
        Arrays.fill(bytes, (byte) ' ');
        Arrays.fill(bytes, 0, dots, (byte) '.');
        Slot.put(to, at, new ShortName(bytes, 0), state, time, geometry.bits());
    }

    @Override
    public boolean keepsDirectorySizes() {
        return false;
    }

    @Override
    public boolean isMarked() throws IOException {
        return (volume.getByte(geometry.stateOffset()) & 1) != 0 || !table.isMarkedClean();
    }

    @Override
    public void mark(boolean dirty) throws IOException {
        int state = volume.getByte(geometry.stateOffset());
        ByteBuffer one = ByteBuffer.wrap(new byte[] {(byte) (dirty ? state | 1 : state & ~1)});
        volume.write(geometry.stateOffset(), one, Stage.NAMES, false, volume.errors());
        table.markClean(!dirty);
    }

    @Override
    public long[] mirrors() {
        return geometry.mirrors();
    }

    /** What FSInfo says is free, and where to look for it. Gives -1 for what it does not know. */
    private long[] readInfo() throws IOException {
        if (geometry.infoOffset() < 0) {
            return new long[] {-1, -1};
        }
        ByteBuffer info = ByteBuffer.allocate(INFO_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        volume.read(geometry.infoOffset(), info);
        boolean signed = info.getInt(0) == 0x41615252 && info.getInt(484) == 0x61417272;
        return signed ? new long[] {info.getInt(488), info.getInt(492)} : new long[] {-1, -1};
    }

    @Override
    public void writeInfo() throws IOException {
        if (geometry.infoOffset() < 0 || (infoFree == table.free() && infoHint == table.hint())) {
            return;
        }
        infoFree = table.free();
        infoHint = table.hint();
        ByteBuffer numbers = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        numbers.putInt((int) infoFree).putInt(infoHint).flip();
        volume.write(geometry.infoOffset() + 488, numbers, Stage.NAMES, false, volume.errors());
    }

    @Override
    public boolean isRemnant(Node node) {
        ShortName shortName = (ShortName) node.place().alias();
        return node.name().indexOf('~') >= 0 && node.name().equals(shortName.display());
    }
}
