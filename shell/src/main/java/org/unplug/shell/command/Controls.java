package org.unplug.shell.command;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.unplug.block.Disk;

/**
 * Services that belong to a disk each, by the disk's name. A name may for an instant have two, the one that goes and the one
 * that comes; the last that came is meant.
 *
 * @param <S> their type
 */
final class Controls<S> {

    private final Map<S, String> disks = new ConcurrentHashMap<>();
    private final Map<String, S> byDisk = new ConcurrentHashMap<>();

    void add(S control, Map<String, ?> properties) {
        String disk = String.valueOf(properties.get(Disk.NAME));
        disks.put(control, disk);
        byDisk.put(disk, control);
    }

    void remove(S control) {
        String disk = disks.remove(control);
        if (disk != null) {
            byDisk.remove(disk, control);
        }
    }

    Set<String> disks() {
        return Set.copyOf(byDisk.keySet());
    }

    Optional<S> find(String disk) {
        return Optional.ofNullable(byDisk.get(disk));
    }

    S of(String disk, String filter) {
        return find(disk).orElseThrow(() -> new CommandException(disk + ": has no " + filter + " filter"));
    }
}
