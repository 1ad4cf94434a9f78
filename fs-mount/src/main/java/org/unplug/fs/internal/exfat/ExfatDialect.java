package org.unplug.fs.internal.exfat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.ZoneId;
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

/** exFAT: the dirty mark is a flag in the boot sector; the share in use, beside it, is a hint for people. */
final class ExfatDialect implements Dialect {
    private static final long[] NO_MIRRORS = {};

    private final Volume volume;
    private final ExfatLayout layout;
    private final ExfatClusters table;
    private final Upcase upcase;
    private final ExfatTime time;
    private int percent = -1;

    ExfatDialect(Volume volume, ZoneId zone) throws IOException {
        this.volume = volume;
        layout = ExfatLayout.read(volume);
        table = new ExfatClusters(volume, layout);
        ExfatRoot root = new ExfatRoot(volume, layout, table);
        upcase = root.upcase();
        table.begin(root.bitmapCluster());
        time = new ExfatTime(zone);
    }

    @Override
    public Layout layout() {
        return layout;
    }

    @Override
    public Clusters clusters() {
        return table;
    }

    @Override
    public String label(Directory root) {
        return ((ExfatDirectory) root).label();
    }

    @Override
    public String uuid() {
        return layout.uuid();
    }

    @Override
    public String refusal(String name) {
        return NameRules.refusal(layout.family(), name);
    }

    @Override
    public String fold(String name) {
        return upcase.fold(name);
    }

    @Override
    public long mostFileBytes() {
        return (long) layout.clusters() * layout.clusterBytes();
    }

    @Override
    public String tooLarge() {
        return "the volume has " + mostFileBytes() + " bytes in all";
    }

    @Override
    public Node root() {
        Node.State state = new Node.State(
                Node.DIRECTORY, 0, 0, layout.rootCluster(), false, Instant.EPOCH, Instant.EPOCH, Instant.EPOCH);
        return new Node(Place.ofRoot(), state);
    }

    @Override
    public Directory load(Node directory, Tree tree) throws IOException {
        return new ExfatDirectory(directory, tree, upcase, time).read();
    }

    @Override
    public Node.State newState(boolean directory, Instant now) {
        return new Node.State(directory ? Node.DIRECTORY : Node.ARCHIVE, 0, 0, 0, true, now, now, now);
    }

    @Override
    public void prepare(Node directory, Node parent, Tree tree) {
        // A directory of zeroes is an empty one.
    }

    @Override
    public boolean keepsDirectorySizes() {
        return true;
    }

    @Override
    public boolean isMarked() throws IOException {
        return (volume.getByte(ExfatLayout.FLAGS_OFFSET) & ExfatLayout.DIRTY) != 0;
    }

    @Override
    public void mark(boolean dirty) throws IOException {
        int flags = volume.getByte(ExfatLayout.FLAGS_OFFSET);
        put(ExfatLayout.FLAGS_OFFSET, dirty ? flags | ExfatLayout.DIRTY : flags & ~ExfatLayout.DIRTY);
    }

    private void put(int offset, int value) throws IOException {
        ByteBuffer one = ByteBuffer.wrap(new byte[] {(byte) value});
        volume.write(offset, one, Stage.NAMES, false, volume.errors());
    }

    @Override
    public long[] mirrors() {
        return NO_MIRRORS;
    }

    @Override
    public void writeInfo() throws IOException {
        int now = (int) ((layout.clusters() - table.free()) * 100 / layout.clusters());
        if (now != percent) {
            percent = now;
            put(ExfatLayout.PERCENT_OFFSET, now);
        }
    }

    @Override
    public boolean isRemnant(Node node) {
        return false;
    }
}
