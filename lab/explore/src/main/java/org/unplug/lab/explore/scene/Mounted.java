package org.unplug.lab.explore.scene;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.unplug.block.DiskInfo;
import org.unplug.fs.DiskGoneException;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountTable;
import org.unplug.fs.internal.fat.Vfat;
import org.unplug.fs.internal.mount.Mounts;
import org.unplug.fs.internal.mount.Patience;

/** A file system on the disk that goes, and who writes files there. */
final class Mounted {

    private static final String PLACE = "/mnt";

    private final Layer layer;
    private final Notes notes;
    private final Mounts mounts;
    private final FileSystem files;
    /** What the files bear whose writing was acknowledged. */
    private final List<byte[]> written = new ArrayList<>();

    /** Formats the disk and mounts it. */
    Mounted(Time time, Layer layer, Notes notes, String disk) throws IOException {
        this.layer = layer;
        this.notes = notes;
        mounts = new Mounts(
                (name, epoch, holder, mode) -> layer.find(name).open(holder, mode),
                Patience.none(),
                () -> List.of(new Vfat(InstantSource.system(), ZoneOffset.UTC)),
                time,
                new Mounts.Settings(1 << 20, 5_000),
                Mounts.Listener.none(),
                line -> {});
        mounts.format(disk, FormatOptions.of("fat12"));
        files = mounts.mount(disk, PLACE, MountTable.AUTO, MountOptions.DEFAULT).fileSystem();
    }

    void write() {
        try {
            write(files.getPath("/a"));
            notes.did(Notes.LAYER, "read /a");
            try (var channel = Files.newByteChannel(files.getPath("/a"))) {
                channel.read(ByteBuffer.allocate(600));
            }
            notes.did(Notes.LAYER, "mkdir /d");
            Files.createDirectory(files.getPath("/d"));
            write(files.getPath("/b"));
        } catch (DiskGoneException expected) {
            notes.looked("R9");
        } catch (IOException other) {
            notes.looked("R9");
            if (layer.isOurs()) {
                notes.broken("R9 a file operation failed otherwise than typed: " + other);
            }
        }
    }

    /** The text is longer than a sector, and its first is like no other. */
    private void write(Path file) throws IOException {
        notes.did(Notes.LAYER, "write " + file);
        byte[] text = new byte[700];
        for (int i = 0; i < text.length; i++) {
            text[i] = (byte) (i * 7 + file.toString().charAt(1));
        }
        Files.write(file, text);
        written.add(text);
    }

    void unmount() {
        notes.did(Notes.LAYER, "unmount");
        try {
            mounts.unmount(PLACE);
        } catch (IOException e) {
            notes.broken("R9 unmount failed: " + e);
        }
    }

    /** After an orderly removal and a cut of the power: what was written is there. */
    void compare(Medium medium) {
        for (byte[] text : written) {
            notes.looked("R8");
            if (!medium.has(Arrays.copyOf(text, DiskInfo.SECTOR_BYTES))) {
                notes.broken(Notes.FILES, "R8 a file that was written is not on the medium");
            }
        }
    }
}
