package org.unplug.fs.internal.fat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.unplug.fs.internal.cluster.Directory;
import org.unplug.fs.spi.Volume;

/** The label of a volume that is not mounted here: an entry of the root directory. */
final class FatLabel {
    private final Volume volume;
    private final Geometry geometry;

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
            if (slot.get(0) == 0 || visit.slot(at, slot)) {
                return true;
            }
        }
        return false;
    }
}
