package org.unplug.fs.internal.mount;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.unplug.block.DiskInfo;
import org.unplug.fs.Mount;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountState;
import org.unplug.fs.MountTable;
import org.unplug.fs.VolumeIdentity;
import org.unplug.ref.Clockwork;

/**
 * Mounts the disks that a rule is for as they come, and takes their mounts away when they have gone. Work is done one disk after
 * the other on a thread of the clockwork.
 */
public final class AutoMount {

    /**
     * Which disks, where and how. Empty strings match everything.
     *
     * @param disk name, with * for any characters
     * @param bus as "mmc"
     * @param removable "true" or "false"
     * @param label of the volume
     * @param uuid of the volume
     * @param point where, with {disk}, {label} and {uuid} for what the disk has
     * @param type as for {@link MountTable#mount}
     */
    public record Rule(
            String disk,
            String bus,
            String removable,
            String label,
            String uuid,
            String point,
            String type,
            MountOptions options) {

        boolean isFor(DiskInfo info) {
            String pattern = ("\\Q" + disk + "\\E").replace("*", "\\E.*\\Q");
            return (disk.isEmpty() || Pattern.matches(pattern, info.name()))
                    && (bus.isEmpty() || bus.equals(info.bus()))
                    && (removable.isEmpty() || Boolean.parseBoolean(removable) == info.removable());
        }

        boolean isFor(VolumeIdentity volume) {
            return (label.isEmpty() || label.equals(volume.label()))
                    && (uuid.isEmpty() || uuid.equalsIgnoreCase(volume.uuid()));
        }

        String pointFor(DiskInfo info, VolumeIdentity volume) {
            String name =
                    volume.label().isBlank() ? info.name() : volume.label().strip();
            return point.replace("{label}", name.replace('/', '_'))
                    .replace("{uuid}", volume.uuid())
                    .replace("{disk}", info.name());
        }
    }

    private final MountTable table;
    private final Rule rule;
    private final Clockwork clockwork;
    private final Consumer<String> log;
    private final Object one = new Object();
    /** By the disk's incarnation; guarded by {@code one}. */
    private final Map<Long, String> mounted = new HashMap<>();

    public AutoMount(MountTable table, Rule rule, Clockwork clockwork, Consumer<String> log) {
        this.table = table;
        this.rule = rule;
        this.clockwork = clockwork;
        this.log = log;
    }

    /** A disk is there. Does not block. */
    public void added(DiskInfo info) {
        if (rule.isFor(info)) {
            clockwork.execute("automount " + info.name(), () -> mount(info));
        }
    }

    /** A disk is not there any more. Does not block. */
    public void removed(DiskInfo info) {
        if (rule.isFor(info)) {
            clockwork.execute("automount " + info.name(), () -> unmount(info));
        }
    }

    private void mount(DiskInfo info) {
        synchronized (one) {
            try {
                Optional<VolumeIdentity> volume = table.identify(info.name());
                if (volume.isPresent() && rule.isFor(volume.get()) && !isMounted(info)) {
                    String point = free(rule.pointFor(info, volume.get()));
                    table.mount(info.name(), point, rule.type(), rule.options());
                    mounted.put(info.epoch(), point);
                }
            } catch (IOException failed) {
                log.accept("automount: " + failed.getMessage());
            }
        }
    }

    private boolean isMounted(DiskInfo info) {
        return table.list().stream()
                .anyMatch(mount -> mount.disk().equals(info.name()) && mount.state() != MountState.DEAD);
    }

    /** The point itself, or with a number behind it if it is in use. */
    private String free(String point) {
        String candidate = point;
        for (int n = 2; table.find(candidate).isPresent(); n++) {
            candidate = point + "-" + n;
        }
        return candidate;
    }

    private void unmount(DiskInfo info) {
        synchronized (one) {
            String point = mounted.remove(info.epoch());
            Optional<Mount> mount = point == null ? Optional.empty() : table.find(point);
            if (mount.isPresent() && mount.get().epoch() == info.epoch()) {
                try {
                    table.unmount(point).problems().forEach(log);
                } catch (IOException alreadyUnmounted) {
                    // Somebody was faster.
                }
            }
        }
    }
}
