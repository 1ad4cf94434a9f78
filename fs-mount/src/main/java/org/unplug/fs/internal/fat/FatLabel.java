package org.unplug.fs.internal.fat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.time.Instant;
import java.util.EnumSet;
import org.unplug.fs.internal.cluster.Directory;
import org.unplug.fs.spi.Volume;
import org.unplug.fs.spi.Volume.Stage;

/** The label of a volume that is not mounted here: an entry of the root directory. */
final class FatLabel {
    private final Volume volume;
    private final Geometry geometry;
    /** Where a slot can be added, or -1; known after a walk to the end. */
    private long end = -1;

    FatLabel(Volume volume, Geometry geometry) {
        this.volume = volume;
        this.geometry = geometry;
    }

    /** What is done with a slot; true ends the walk. */
    private interface Visit {
        boolean slot(long offset, ByteBuffer slot) throws IOException;
    }

    /** Empty if the root directory has none. */
    String read() throws IOException {
        String[] found = {""};
        walk((offset, slot) -> {
            if (isLabel(slot)) {
                byte[] label = new byte[ShortName.LENGTH];
                slot.get(0, label);
                found[0] = new String(label, StandardCharsets.ISO_8859_1).stripTrailing();
            }
            return isLabel(slot);
        });
        return found[0];
    }

    /**
     * Writes the label into the root directory and the boot sector; an empty one takes it away. Blocks until that is durable.
     *
     * @throws FileSystemException if it is no label, or there is no slot left for it
     */
    void write(String wanted, Instant now, FatTime time) throws IOException {
        String label = FatFormat.label(volume.disk().name(), wanted);
        long[] place = {-1, -1};
        walk((offset, slot) -> {
            if (isLabel(slot)) {
                place[0] = offset;
            } else if ((slot.get(0) & 0xFF) == Slot.DELETED && place[1] < 0) {
                place[1] = offset;
            }
            return place[0] >= 0;
        });
        long at = place[0] >= 0 ? place[0] : place[1] >= 0 ? place[1] : end;
        if (at < 0 && !label.isEmpty()) {
            throw new FileSystemException(volume.disk().name(), null, "the root directory has no room for a label");
        }
        if (!label.isEmpty()) {
            put(at, FatFormat.labelEntry(label, now, time));
        } else if (place[0] >= 0) {
            put(place[0], ByteBuffer.wrap(new byte[] {(byte) Slot.DELETED}));
        }
        put(geometry.labelOffset(), ByteBuffer.wrap(FatFormat.padded(label)));
        volume.makeDurable(EnumSet.of(Stage.DATA));
    }

    private void put(long offset, ByteBuffer bytes) throws IOException {
        volume.write(offset, bytes, Stage.DATA, false, volume.errors());
    }

    private static boolean isLabel(ByteBuffer slot) {
        int mark = slot.get(0) & 0xFF;
        int attributes = slot.get(11) & 0x3F;
        return mark != Slot.DELETED && (attributes & Slot.LABEL) != 0 && !Slot.isLongName(attributes);
    }

    private void walk(Visit visit) throws IOException {
        if (geometry.rootSlots() > 0) {
            walk(geometry.rootOffset(), geometry.rootSlots(), visit);
            return;
        }
        FatTable table = new FatTable(volume, geometry);
        int cluster = geometry.rootCluster();
        for (int n = 0; cluster != FatTable.END && n < geometry.clusters(); n++) {
            if (walk(geometry.offset(cluster), geometry.clusterBytes() / Directory.SLOT, visit)) {
                return;
            }
            cluster = table.follow(cluster);
        }
    }

    private boolean walk(long offset, int slots, Visit visit) throws IOException {
        ByteBuffer slot = ByteBuffer.allocate(Directory.SLOT).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < slots; i++) {
            long at = offset + (long) i * Directory.SLOT;
            volume.read(at, slot.clear());
            if (slot.get(0) == 0) {
                // The next slot has to be an end too; the last one of a cluster is not used for a label.
                boolean last = i + 1 == slots || volume.getByte(at + Directory.SLOT) != 0;
                end = last ? -1 : at;
                return true;
            }
            if (visit.slot(at, slot)) {
                return true;
            }
        }
        return false;
    }
}
