package org.unplug.fs.internal.exfat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import org.unplug.fs.internal.cluster.Clusters;
import org.unplug.fs.internal.cluster.Directory;
import org.unplug.fs.spi.Volume;
import org.unplug.fs.spi.Volume.Stage;

/** The entries of the root directory that are no files: bitmap, up-case table, label (sections 7.1 to 7.3). */
final class ExfatRoot {
    static final int MOST_LABEL = 11;
    private static final int MOST_UPCASE = 2 << 16;

    private final Volume volume;
    private final ExfatLayout layout;
    private final ExfatClusters table;
    private ByteBuffer bitmap;
    private ByteBuffer upcase;
    private String label = "";
    /** Where the label is or can be; -1 if there is no slot for it. */
    private long labelOffset = -1;

    ExfatRoot(Volume volume, ExfatLayout layout, ExfatClusters table) throws IOException {
        this.volume = volume;
        this.layout = layout;
        this.table = table;
        walk();
        if (bitmap == null || upcase == null) {
            throw layout.damaged(
                    volume.disk().name(), "the root directory has no " + (bitmap == null ? "bitmap" : "up-case table"));
        }
        long need = (layout.clusters() + 7L) / 8;
        if (bitmap.getLong(24) < need) {
            throw layout.damaged(
                    volume.disk().name(), "a bitmap of " + bitmap.getLong(24) + " bytes, " + need + " are needed");
        }
        refuseShared();
    }

    /** Who changes the bitmap must not write over what all names are found by. */
    private void refuseShared() throws IOException {
        Map<Integer, String> owners = new HashMap<>();
        claim(owners, "root directory", layout.rootCluster(), 1);
        claim(owners, "bitmap", bitmapCluster(), bitmapClusters());
        claim(owners, "up-case table", upcaseCluster(), upcaseClusters());
    }

    private void claim(Map<Integer, String> owners, String who, int first, int count) throws IOException {
        int cluster = first;
        for (int n = 0; n < count && cluster != Clusters.END; n++) {
            if (!layout.holds(cluster)) {
                throw layout.damaged(
                        volume.disk().name(), "the " + who + " begins at cluster " + Integer.toUnsignedString(cluster));
            }
            String other = owners.putIfAbsent(cluster, who);
            if (other != null) {
                throw layout.damaged(
                        volume.disk().name(), "cluster " + cluster + " is the " + other + "'s and the " + who + "'s");
            }
            cluster = n + 1 < count ? table.follow(cluster) : Clusters.END;
        }
    }

    private void walk() throws IOException {
        int cluster = layout.rootCluster();
        for (int n = 0; cluster != Clusters.END && n < layout.clusters(); n++) {
            for (int at = 0; at < layout.clusterBytes(); at += Directory.SLOT) {
                ByteBuffer slot = ByteBuffer.allocate(Directory.SLOT).order(ByteOrder.LITTLE_ENDIAN);
                volume.read(layout.offset(cluster) + at, slot);
                slot.flip();
                int type = slot.get(0) & 0xFF;
                boolean unused = (type & EntrySet.IN_USE) == 0;
                if (type == EntrySet.LABEL || (unused && type != 0 && labelOffset < 0)) {
                    labelOffset = layout.offset(cluster) + at;
                }
                switch (type) {
                    case 0 -> {
                        return;
                    }
                    case EntrySet.BITMAP -> bitmap = (slot.get(1) & 1) == 0 && bitmap == null ? slot : bitmap;
                    case EntrySet.UPCASE -> upcase = upcase == null ? slot : upcase;
                    case EntrySet.LABEL -> label = label(slot);
                    default -> {}
                }
            }
            cluster = table.follow(cluster);
        }
    }

    static String label(ByteBuffer slot) {
        int length = Math.min(MOST_LABEL, slot.get(1) & 0xFF);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(slot.getChar(2 + 2 * i));
        }
        return text.toString();
    }

    String label() {
        return label;
    }

    /** Blocks until it is durable. */
    void setLabel(String wanted) throws IOException {
        String disk = volume.disk().name();
        if (wanted.length() > MOST_LABEL) {
            throw new FileSystemException(disk, null, "label '" + wanted + "': exFAT labels have up to 11 characters");
        }
        if (labelOffset < 0) {
            throw new FileSystemException(disk, null, "the root directory has no room for a label");
        }
        volume.write(labelOffset, labelSlot(wanted), Stage.DATA, false, volume.errors());
        volume.makeDurable(EnumSet.of(Stage.DATA));
    }

    static ByteBuffer labelSlot(String label) {
        ByteBuffer slot = ByteBuffer.allocate(Directory.SLOT).order(ByteOrder.LITTLE_ENDIAN);
        slot.put(0, (byte) (label.isEmpty() ? EntrySet.LABEL & ~EntrySet.IN_USE : EntrySet.LABEL));
        slot.put(1, (byte) label.length());
        for (int i = 0; i < label.length(); i++) {
            slot.putChar(2 + 2 * i, label.charAt(i));
        }
        return slot;
    }

    int bitmapCluster() {
        return bitmap.getInt(20);
    }

    int upcaseCluster() {
        return upcase.getInt(20);
    }

    /** Of the size that its entry says. */
    int bitmapClusters() {
        return layout.clustersOf(Math.min(bitmap.getLong(24), layout.clusters()));
    }

    /** Of the size that its entry says. */
    int upcaseClusters() {
        return layout.clustersOf(Math.max(1, Math.min(upcase.getLong(24), MOST_UPCASE)));
    }

    /** Reads the up-case table, which follows the table's links. */
    Upcase upcase() throws IOException {
        long bytes = upcase.getLong(24);
        if (bytes < 2 || bytes > MOST_UPCASE) {
            throw layout.damaged(volume.disk().name(), "an up-case table of " + bytes + " bytes");
        }
        ByteBuffer stored = ByteBuffer.allocate((int) bytes);
        int cluster = upcase.getInt(20);
        while (stored.hasRemaining()) {
            if (!layout.holds(cluster)) {
                throw layout.damaged(volume.disk().name(), "the up-case table ends early");
            }
            stored.limit(Math.min(stored.capacity(), stored.position() + layout.clusterBytes()));
            volume.read(layout.offset(cluster), stored);
            stored.limit(stored.capacity());
            cluster = stored.hasRemaining() ? table.follow(cluster) : cluster;
        }
        return Upcase.read(volume.disk().name(), stored.flip(), upcase.getInt(4));
    }
}
