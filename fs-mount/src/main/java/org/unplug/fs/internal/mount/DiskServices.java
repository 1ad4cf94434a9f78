package org.unplug.fs.internal.mount;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Collection;
import java.util.List;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.unplug.block.Disk;
import org.unplug.block.DiskHandle;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;

/** Disks as services, held only while they are opened. */
final class DiskServices implements DiskSource {
    private final BundleContext context;

    DiskServices(BundleContext context) {
        this.context = context;
    }

    private Collection<ServiceReference<Disk>> all() throws IOException {
        try {
            return context.getServiceReferences(Disk.class, null);
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("there is no filter", e);
        } catch (IllegalStateException stopped) {
            throw new FileSystemException(null, null, "the mount table is stopping");
        }
    }

    @Override
    public List<String> names() {
        try {
            return all().stream()
                    .map(reference -> (String) reference.getProperty(Disk.NAME))
                    .toList();
        } catch (IOException stopped) {
            return List.of();
        }
    }

    @Override
    public DiskHandle open(String name, long epoch, Holder holder, OpenMode mode) throws IOException {
        try {
            for (ServiceReference<Disk> reference : all()) {
                boolean wanted = name.equals(reference.getProperty(Disk.NAME))
                        && (epoch == 0 || Long.valueOf(epoch).equals(reference.getProperty(Disk.EPOCH)));
                Disk disk = wanted ? context.getService(reference) : null;
                if (disk != null) {
                    try {
                        return disk.open(holder, mode);
                    } finally {
                        context.ungetService(reference);
                    }
                }
            }
            throw new NoSuchFileException(name, null, "no such disk");
        } catch (IllegalStateException stopped) {
            throw new FileSystemException(name, null, "the mount table is stopping");
        }
    }
}
