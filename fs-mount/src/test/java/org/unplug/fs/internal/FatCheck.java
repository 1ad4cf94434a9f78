package org.unplug.fs.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Walks all directories and chains of a FAT16 or FAT32 image, on its own: shares no code with the driver. It reads a directory to the
 * end of its last cluster, as Linux and fsck.fat do: what stands behind the end mark must be as sound as what stands before.
 */
final class FatCheck {
    /** What makes the volume dangerous to use on. */
    final List<String> damage = new ArrayList<>();
    /** Pairs of names of one and the same chain. */
    final List<String> twins = new ArrayList<>();

    private final ByteBuffer image;
    private final boolean wide;
    private final int fat;
    private final int fatBytes;
    private final int copies;
    private final int data;
    private final int clusterBytes;
    private final int clusters;
    private final Set<Integer> twinned = new HashSet<>();
    /** Directories that lead up to where they are not, which only those with two names may. */
    private final Map<Integer, String> strays = new HashMap<>();

    private final Map<Integer, String> owners = new HashMap<>();

    FatCheck(byte[] bytes) {
        image = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int sector = u16(11);
        wide = u16(22) == 0;
        fat = u16(14) * sector;
        fatBytes = (wide ? image.getInt(36) : u16(22)) * sector;
        copies = image.get(16);
        int root = fat + copies * fatBytes;
        data = root + u16(17) * 32;
        clusterBytes = image.get(13) * sector;
        int sectors = u16(19) == 0 ? image.getInt(32) : u16(19);
        clusters = (sectors - data / sector) / image.get(13);
        if (wide) {
            walkChain("/", image.getInt(44), 0, -1);
        } else {
            walk("/", List.of(root), u16(17), 0);
        }
        strays.keySet().removeAll(twinned);
        damage.addAll(strays.values());
    }

    private int u16(int at) {
        return image.getShort(at) & 0xFFFF;
    }

    private int entry(int cluster) {
        return wide ? image.getInt(fat + cluster * 4) & 0x0FFF_FFFF : u16(fat + cluster * 2);
    }

    private boolean isEnd(int entry) {
        return entry >= (wide ? 0x0FFF_FFF8 : 0xFFF8);
    }

    /** Follows a chain; its clusters' offsets, or null if it is another one's. */
    private List<Integer> chain(String path, int first) {
        List<Integer> offsets = new ArrayList<>();
        for (int cluster = first; !isEnd(cluster); cluster = entry(cluster)) {
            if (cluster < 2 || cluster >= clusters + 2) {
                damage.add(path + ": chain from " + first + " leads to cluster " + cluster);
                break;
            }
            if (entry(cluster) == 0) {
                damage.add(path + ": chain from " + first + " leads to the free cluster " + cluster + ", "
                        + offsets.size() + " from its start");
                break;
            }
            String other = owners.putIfAbsent(cluster, path);
            if (other != null) {
                if (cluster == first && other.substring(other.indexOf(' ')).equals(" " + first)) {
                    twins.add(path + " = " + other);
                    twinned.add(first);
                    return null;
                }
                damage.add(path + " and " + other + " share cluster " + cluster);
                break;
            }
            offsets.add(data + (cluster - 2) * clusterBytes);
        }
        return offsets;
    }

    private void walkChain(String path, int first, int parent, long size) {
        List<Integer> offsets = chain(path + " " + first, first);
        if (offsets == null) {
            return;
        }
        if (size < 0) {
            walk(path, offsets, clusterBytes / 32, first);
            if (!path.equals("/") && !offsets.isEmpty()) {
                int up = dirCluster(offsets.get(0) + 32);
                if (up != parent) {
                    strays.put(first, path + ": '..' is " + up + ", the parent " + parent);
                }
            }
        } else if (size > (long) offsets.size() * clusterBytes) {
            damage.add(path + ": " + size + " bytes in " + offsets.size() + " clusters");
        }
    }

    private int dirCluster(int at) {
        return u16(at + 26) | (wide ? u16(at + 20) << 16 : 0);
    }

    private void walk(String path, List<Integer> offsets, int slots, int self) {
        Map<String, Integer> names = new HashMap<>();
        for (int offset : offsets) {
            for (int slot = 0; slot < slots; slot++) {
                int at = offset + slot * 32;
                int mark = image.get(at) & 0xFF;
                int attributes = image.get(at + 11) & 0xFF;
                if (mark == 0 || mark == 0xE5 || (attributes & 0x08) != 0 || mark == '.') {
                    continue;
                }
                byte[] name = new byte[11];
                image.get(at, name);
                String child =
                        path + new String(name, java.nio.charset.StandardCharsets.ISO_8859_1).replace(' ', '_') + "/";
                boolean directory = (attributes & 0x10) != 0;
                long size = directory ? -1 : image.getInt(at + 28) & 0xFFFF_FFFFL;
                int first = dirCluster(at);
                Integer other = names.put(child, first);
                if (other != null && other != first) {
                    damage.add(child + " is there twice, at clusters " + other + " and " + first);
                }
                boolean upIsRoot = wide && path.equals("/");
                if (first != 0) {
                    walkChain(child, first, upIsRoot ? 0 : self, size);
                } else if (size != 0) {
                    damage.add(child + ": " + size + " bytes and no cluster");
                }
            }
        }
    }
}
