package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.unplug.fs.CheckReport;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountTable;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/**
 * Whatever a volume says of itself, it is mounted, listed, read, written, checked and repaired, or refused with one clear line: nothing
 * hangs, nothing is written by who only looks nor behind the volume's end, and what was repaired is sound. No test of the everyday build,
 * where {@link ImageReplayTest} plays the seeds and what was found; this looks for more (docs/consistency.md says how):
 *
 * <pre>JAZZER_FUZZ=1 ./mvnw -pl fs-mount -am test -Dtest='ImageFuzz#exfat' -Dsurefire.failIfNoSpecifiedTests=false</pre>
 *
 * <p>An input is a list of changes to the first sectors with anything in them of a sound volume: two bytes that say where, one how much, and the bytes.
 */
class ImageFuzz {
    private static final int SECTOR = 512;
    /** A partition may be larger than the volume in it: what is behind is not the volume's. */
    private static final int BEHIND = 64 << 10;

    private static final int MOST_NODES = 300;
    private static final int MOST_READ = 64 << 10;
    /** Of all rigs: to start threads takes longer than the rest. They end with the process. */
    private static final SystemClockwork THREADS = Clockwork.system("fuzz");

    private static final Map<String, Base> BASES = new ConcurrentHashMap<>();

    /** A sound volume, and which of its sectors say something. */
    private record Base(byte[] image, List<Integer> sectors) {
        static Base of(String type) {
            int kib = type.equals("fat32") ? 34 << 10 : type.equals("fat16") ? 3 << 10 : 1 << 10;
            try (Rig rig = Rig.formatted(type, (long) kib << 10)) {
                rig.mount();
                Files.createDirectories(rig.path("/DIR/a directory with a long name/sub"));
                for (int i = 0; i < 12; i++) {
                    Files.write(rig.path("/DIR/a file with a rather long name " + i), new byte[i * 700]);
                }
                Files.write(rig.path("/FILE.TXT"), new byte[20_000]);
                Files.write(rig.path("/other"), new byte[3_000]);
                Files.write(rig.path("/FILE.TXT"), new byte[20_000], StandardOpenOption.APPEND);
                Files.createFile(rig.path("/empty"));
                rig.unmount();
                byte[] image = rig.disk.bytes;
                byte[] zeroes = new byte[SECTOR];
                List<Integer> sectors = new ArrayList<>();
                for (int at = 0; at < image.length; at += SECTOR) {
                    if (!Arrays.equals(image, at, at + SECTOR, zeroes, 0, SECTOR)) {
                        sectors.add(at);
                    }
                }
                return new Base(image, sectors);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        SparseStore changed(byte[] input) {
            SparseStore store = new SparseStore(image.length + BEHIND, image);
            ByteBuffer from = ByteBuffer.wrap(input);
            while (from.remaining() > 3) {
                int where = from.getShort() & 0xFFFF;
                int most = 1 + (from.get() & 0x1F);
                int length = Math.min(from.remaining(), most);
                int at = sectors.get(where / SECTOR % sectors.size()) + where % SECTOR;
                store.put(at, from.slice(from.position(), length));
                from.position(from.position() + length);
            }
            return store;
        }
    }

    @FuzzTest(maxDuration = "15m")
    void fat12(byte[] changes) {
        judge("fat12", changes);
    }

    @FuzzTest(maxDuration = "15m")
    void fat16(byte[] changes) {
        judge("fat16", changes);
    }

    @FuzzTest(maxDuration = "15m")
    void fat32(byte[] changes) {
        judge("fat32", changes);
    }

    @FuzzTest(maxDuration = "15m")
    void exfat(byte[] changes) {
        judge("exfat", changes);
    }

    static void judge(String type, byte[] changes) {
        Base base = BASES.computeIfAbsent(type, Base::of);
        SparseStore store = base.changed(changes);
        attempt(() -> look(store));
        attempt(() -> use(base.changed(changes)));
        attempt(() -> repair(base.changed(changes)));
    }

    /** What may fail, with one clear line. */
    private interface Attempt {
        void run() throws IOException;
    }

    private static void attempt(Attempt attempt) {
        try {
            attempt.run();
        } catch (IOException failed) {
            clear(failed);
        } catch (DirectoryIteratorException failed) {
            clear(failed.getCause());
        }
    }

    private static void clear(IOException failed) {
        String line = failed.getMessage();
        assertNotNull(line, failed.toString());
        assertFalse(line.isBlank() || line.indexOf('\n') >= 0, line);
    }

    private static Rig rig(SparseStore store) {
        return new Rig(new FakeDisk("fake0", store, SECTOR), 1 << 20, THREADS);
    }

    private static void look(SparseStore store) throws IOException {
        long before = store.puts();
        try (Rig rig = rig(store)) {
            attempt(() -> rig.table.identify("fake0"));
            attempt(() -> rig.table.check("fake0", false));
            rig.table.mount("fake0", Rig.POINT, MountTable.AUTO, MountOptions.parse("ro"));
            walk(rig, false, true);
        } finally {
            assertEquals(before, store.puts(), "who only looked wrote");
        }
    }

    /** Where the volume ends: where it did, or later if it says so now and the disk is that long. */
    private static long end(SparseStore store) {
        ByteBuffer boot = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
        store.get(0, boot);
        boolean exfat = boot.get(3) == 'E';
        long few = boot.getShort(19) & 0xFFFF;
        long sectors = exfat ? boot.getLong(72) : few == 0 ? boot.getInt(32) & 0xFFFF_FFFFL : few;
        long sectorBytes = exfat ? 1L << boot.get(108) : boot.getShort(11) & 0xFFFF;
        boolean fits = sectors >= 0 && sectors <= store.size() / Math.max(1, sectorBytes);
        return Math.max(store.size() - BEHIND, fits ? sectors * sectorBytes : 0);
    }

    private static void use(SparseStore store) throws IOException {
        long end = end(store);
        try (Rig rig = rig(store)) {
            rig.mount();
            walk(rig, true, true);
            byte[] content = Workload.noise(1, 9_000);
            attempt(() -> Files.write(rig.path("/a new file with a long name"), content));
            attempt(() -> Files.write(rig.path("/FILE.TXT"), content, StandardOpenOption.APPEND));
            attempt(() -> Files.move(rig.path("/other"), rig.path("/DIR/moved")));
            attempt(() -> Files.move(rig.path("/empty"), rig.path("/EMPTY")));
            attempt(() -> Files.createDirectory(rig.path("/DIR/new")));
            rig.unmount();
        } finally {
            assertFalse(store.wasWrittenFrom(end), "something was written behind the volume");
        }
    }

    private static void repair(SparseStore store) throws IOException {
        long end = end(store);
        try (Rig rig = rig(store)) {
            CheckReport first = rig.table.check("fake0", true);
            CheckReport last = first;
            for (int i = 0; i < 4 && !last.findings().isEmpty(); i++) {
                last = rig.table.check("fake0", true);
            }
            CheckReport found = last;
            assertEquals(List.of(), found.findings(), () -> "repaired first: " + first);
            rig.mount();
            walk(rig, false, false);
            rig.unmount();
        } finally {
            assertFalse(store.wasWrittenFrom(end), "something was written behind the volume");
        }
    }

    /** @param lenient whether a file or directory may fail, with one clear line, which leaves the rest */
    private static void walk(Rig rig, boolean delete, boolean lenient) throws IOException {
        ArrayDeque<Path> unread = new ArrayDeque<>(List.of(rig.path("/")));
        int nodes = 0;
        while (!unread.isEmpty() && nodes < MOST_NODES) {
            Path directory = unread.remove();
            List<Path> children = new ArrayList<>();
            Attempt list = () -> {
                try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
                    stream.forEach(children::add);
                }
            };
            run(list, lenient);
            for (Path child : children) {
                nodes++;
                if (Files.isDirectory(child)) {
                    unread.add(child);
                } else {
                    run(() -> read(child), lenient);
                }
                if (delete && nodes % 5 == 0) {
                    attempt(() -> Files.delete(child));
                }
            }
        }
        assertTrue(rig.log.stream().noneMatch(String::isBlank), rig.log.toString());
    }

    private static void run(Attempt what, boolean lenient) throws IOException {
        if (lenient) {
            attempt(what);
            return;
        }
        try {
            what.run();
        } catch (IOException failed) {
            throw new AssertionError("what was repaired fails", failed);
        }
    }

    private static void read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer into = ByteBuffer.allocate(MOST_READ);
            while (into.hasRemaining() && channel.read(into) >= 0) {
                // On.
            }
            channel.read(into.clear(), Math.max(0, channel.size() - 10));
        }
    }

    /** Writes the seeds anew: one change each of what a field says. */
    public static void main(String[] args) throws IOException {
        for (String type : List.of("fat12", "fat16", "fat32", "exfat")) {
            Path folder = Files.createDirectories(Path.of(args[0]).resolve(type));
            Base base = Base.of(type);
            int sectors = Math.min(base.sectors().size(), 127);
            for (int i = 0; i < sectors; i += Math.max(1, sectors / 6)) {
                for (int inSector : new int[] {12, 32 + 26}) {
                    ByteBuffer seed = ByteBuffer.allocate(7);
                    seed.putShort((short) (i * SECTOR + inSector)).put((byte) 3).put(new byte[] {3, 0, 5, 0});
                    Files.write(folder.resolve("seed" + i + "-" + inSector), seed.array());
                }
            }
        }
    }
}
