package org.unplug.itests;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.ExamFactory;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.nat.internal.NativeTestContainerFactory;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.unplug.block.DiskControl;
import org.unplug.block.Partition;
import org.unplug.block.PartitionTable;
import org.unplug.fs.DiskGoneException;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.Mount;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountState;
import org.unplug.fs.MountTable;
import org.unplug.fs.Space;
import org.unplug.fs.spi.FileSystemType;
import org.unplug.fs.spi.NodeInfo;
import org.unplug.fs.spi.OpenNode;
import org.unplug.fs.spi.SuperBlock;
import org.unplug.fs.spi.Volume;

/** Mounts that wait for their card, that rules make, and of types that strangers bring. */
@RunWith(PaxExam.class)
@ExamFactory(NativeTestContainerFactory.class)
@ExamReactorStrategy(PerClass.class)
public class FileSystemsIT {

    private static final String POINT = "/mnt/it";
    private static final int IMAGE_BYTES = 24 << 20;

    @Inject
    private BundleContext context;

    private Rig rig;
    private Medium card;
    private Path image;

    @Configuration
    public Option[] framework() {
        return new Option[] {
            TargetPlatform.runtime(), TargetPlatform.unplug(), TargetPlatform.bundles("org.unplug.driver-hold")
        };
    }

    @Before
    public void setUp() throws Exception {
        rig = new Rig(context);
        card = Medium.mmc(context);
        image = blank();
        card.insert(image);
        table().format(card.disk().info().name(), FormatOptions.of("vfat").withLabel("ITEST"));
    }

    private static Path blank() throws IOException {
        Path file = Files.createTempFile("unplug", ".img");
        try (RandomAccessFile made = new RandomAccessFile(file.toFile(), "rw")) {
            made.setLength(IMAGE_BYTES);
        }
        return file;
    }

    @After
    public void tearDown() throws Exception {
        for (Mount mount : table().list()) {
            table().unmount(mount.point());
        }
        card.close();
        Await.until("every disk is released: " + rig.list(), () -> rig.list().isEmpty());
        Files.delete(image);
    }

    private MountTable table() {
        return rig.service(MountTable.class);
    }

    private void yank() throws IOException {
        card.yank();
        Await.until("the card is gone", () -> !card.isThere());
    }

    private Mount mount(String options) throws IOException {
        return table().mount(card.disk().info().name(), POINT, MountTable.AUTO, MountOptions.parse(options));
    }

    private FileSystem fileSystem() {
        return table().find(POINT).orElseThrow().fileSystem();
    }

    private void configure(int allCachesMib) throws IOException {
        limits().update(FrameworkUtil.asDictionary(Map.of("all.caches.mib", allCachesMib)));
        Await.until(
                "all.caches.mib is " + allCachesMib,
                () -> rig.find(MountTable.class, "(all.caches.mib=" + allCachesMib + ")")
                        .isPresent());
    }

    private org.osgi.service.cm.Configuration limits() throws IOException {
        return rig.service(ConfigurationAdmin.class).getConfiguration("org.unplug.fs", "?");
    }

    @Test
    public void otherLimitsOfTheCaches_holdFromNowOn_andNothingIsUnmounted() throws Exception {
        Mount mount = mount("rw");
        MountTable table = table();
        byte[] content = new byte[6 << 20];
        new Random(1).nextBytes(content);
        Path file = fileSystem().getPath("/file");
        try (FileChannel open =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            open.write(ByteBuffer.wrap(content));
            mount.sync();
            assertTrue(table.cache().toString(), table.cache().bytes() >= content.length);
            configure(2);
            Await.until("the limit holds", () -> table.cache().limitBytes() == 2 << 20);
            assertTrue(table.cache().toString(), table.cache().bytes() <= 2 << 20);
            ByteBuffer read = ByteBuffer.allocate(content.length);
            assertEquals(content.length, open.read(read, 0));
            assertArrayEquals(content, read.array());
            assertTrue(table.cache().toString(), table.cache().bytes() <= 2 << 20);
            configure(0);
            open.write(ByteBuffer.wrap(content), 0);
            assertEquals(
                    "what cannot be changes nothing", 2 << 20, table.cache().limitBytes());
        } finally {
            limits().delete();
        }
        Await.until("the default holds", () -> table.cache().limitBytes() == 128 << 20);
        assertSame(mount, table().find(POINT).orElseThrow());
        assertSame(table, table());
        assertArrayEquals(content, Files.readAllBytes(file));
    }

    @Test
    public void fileSystemWhereAPartitionTableWas_takesItsPartitionsAway() throws Exception {
        String disk = card.disk().info().name();
        Partition part = new Partition(1, 2048, 4096, Partition.TYPE_FAT32, "", "", false);
        rig.service(DiskControl.class).partition(disk, new PartitionTable("dos", "4d4f554e", List.of(part)));
        Await.until("there is a partition: " + rig.list(), () -> rig.list().size() == 2);
        table().format(disk, FormatOptions.of("vfat"));
        Await.until("there is none: " + rig.list(), () -> rig.list().size() == 1);
        mount("ro");
    }

    @Test
    public void sameCardInTime_goesOnWithNoErrorAndNoLostWrite() throws Exception {
        Mount mount = mount("resume=30s");
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger written = new AtomicInteger();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        FileSystem fileSystem = mount.fileSystem();
        Thread writer = new Thread(() -> {
            try (FileChannel log =
                    FileChannel.open(fileSystem.getPath("/log"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                while (!over.get()) {
                    log.write(ByteBuffer.allocate(4).putInt(0, written.get()));
                    Files.write(fileSystem.getPath("/file " + written.get() % 20), new byte[5000]);
                    if (written.incrementAndGet() % 3 == 0) {
                        log.force(true);
                    }
                }
            } catch (Throwable wrong) {
                failure.set(wrong);
            }
        });
        writer.start();
        for (int round = 0; round < 3; round++) {
            int before = written.get();
            Await.until("writes go on", () -> written.get() > before + 20 || failure.get() != null);
            assertNull(String.valueOf(failure.get()), failure.get());
            yank();
            card.insert(image);
        }
        int before = written.get();
        Await.until("writes go on", () -> written.get() > before + 20 || failure.get() != null);
        over.set(true);
        writer.join(Await.BOUND_MS);
        assertNull(String.valueOf(failure.get()), failure.get());
        assertEquals(MountState.MOUNTED, mount.state());
        assertTrue(table().unmount(POINT).clean());
        Await.until("the card is given back", () -> {
            try {
                mount("ro");
                return true;
            } catch (IOException stillHeld) {
                return false;
            }
        });
        byte[] log = Files.readAllBytes(fileSystem().getPath("/log"));
        assertEquals(written.get() * 4L, log.length);
        for (int i = 0; i < written.get(); i++) {
            assertEquals(i, ByteBuffer.wrap(log).getInt(i * 4));
        }
        assertTrue(table().unmount(POINT).clean());
    }

    @Test
    public void cardThatWasChangedMeanwhile_isRefused() throws Exception {
        Mount mount = mount("resume=3s");
        Files.writeString(fileSystem().getPath("/f"), "first");
        mount.sync();
        yank();
        byte[] changed = Files.readAllBytes(image);
        changed[600] ^= 0x55;
        Files.write(image, changed);
        card.insert(image);
        Await.until("the wait is over", () -> mount.state() == MountState.DEAD);
        assertThrows(
                DiskGoneException.class,
                () -> Files.readString(mount.fileSystem().getPath("/f")));
        table().unmount(POINT);
        assertArrayEquals("something was written to it", changed, Files.readAllBytes(image));
    }

    @Test
    public void anotherCard_isRefused() throws Exception {
        Mount mount = mount("resume=3s");
        Files.writeString(fileSystem().getPath("/f"), "first");
        yank();
        Path other = blank();
        try {
            card.insert(other);
            Await.until("the wait is over", () -> mount.state() == MountState.DEAD);
            table().unmount(POINT);
            assertArrayEquals("something was written to it", new byte[IMAGE_BYTES], Files.readAllBytes(other));
            yank();
        } finally {
            Files.delete(other);
        }
    }

    @Test
    public void rule_mountsTheCardWheneverItComes() throws Exception {
        yank();
        org.osgi.service.cm.Configuration rule =
                rig.service(ConfigurationAdmin.class).createFactoryConfiguration("org.unplug.fs.automount", "?");
        rule.update(FrameworkUtil.asDictionary(Map.of("label", "ITEST", "bus", "mmc", "options", "flush")));
        try {
            for (int round = 0; round < 2; round++) {
                card.insert(image);
                Await.until("mounted", () -> table().find("/media/ITEST").isPresent());
                Files.writeString(
                        rig.service(FileSystem.class, "(" + MountTable.POINT + "=/media/ITEST)")
                                .getPath("/f" + round),
                        "x");
                yank();
                Await.until("unmounted", () -> table().list().isEmpty());
            }
        } finally {
            rule.delete();
        }
    }

    @Test
    public void strangersType_isMountedLikeOurs() throws Exception {
        ServiceRegistration<FileSystemType> registered =
                context.registerService(FileSystemType.class, new Whole(), new Hashtable<>());
        try {
            String disk = card.disk().info().name();
            Await.until("the type is known", () -> table().types().contains("whole"));
            assertEquals("whole", table().format(disk, FormatOptions.of("whole")));
            Mount mount = table().mount(disk, POINT, MountTable.AUTO, MountOptions.DEFAULT);
            assertEquals("whole", mount.type());
            Path file = mount.fileSystem().getPath("/disk");
            Files.writeString(file, "WHOLE and more", StandardOpenOption.WRITE);
            assertEquals("WHOLE and more", Files.readString(file).replace("\0", ""));
            yank();
            Await.until("dead", () -> mount.state() == MountState.DEAD);
            assertThrows(DiskGoneException.class, () -> Files.size(file));
            table().unmount(POINT);
        } finally {
            registered.unregister();
        }
    }

    /** A file system of one file, which is the first sector of the disk: what a stranger may bring. */
    private static final class Whole implements FileSystemType {
        private static final byte[] MAGIC = "WHOLE".getBytes(StandardCharsets.US_ASCII);

        @Override
        public String name() {
            return "whole";
        }

        @Override
        public Set<String> variants() {
            return Set.of();
        }

        @Override
        public Optional<String> probe(Volume volume) throws IOException {
            ByteBuffer found = ByteBuffer.allocate(MAGIC.length);
            volume.read(0, found);
            return found.flip().equals(ByteBuffer.wrap(MAGIC)) ? Optional.of(name()) : Optional.empty();
        }

        @Override
        public SuperBlock mount(Volume volume, MountOptions options) {
            return new Super(volume);
        }

        @Override
        public String format(Volume volume, FormatOptions options) throws IOException {
            ByteBuffer sector = ByteBuffer.allocate(512).put(0, MAGIC);
            volume.write(0, sector, Volume.Stage.DATA, true, volume.errors());
            volume.writeBack(Volume.Stage.DATA);
            volume.flush();
            return name();
        }
    }

    private record Super(Volume volume) implements SuperBlock {
        private static final String FILE = "disk";

        @Override
        public String type() {
            return "whole";
        }

        @Override
        public String label() {
            return "";
        }

        @Override
        public Space space() {
            return new Space(512, 0, 512);
        }

        @Override
        public boolean wasDirty() {
            return false;
        }

        @Override
        public boolean readOnly() {
            return false;
        }

        @Override
        public String refusal(String name) {
            return null;
        }

        @Override
        public String fold(String name) {
            return name;
        }

        @Override
        public NodeInfo stat(List<String> path) throws IOException {
            Instant never = Instant.EPOCH;
            if (path.isEmpty()) {
                return new NodeInfo("", true, 0, never, never, never, Set.of(), 0);
            }
            if (!path.equals(List.of(FILE))) {
                throw new NoSuchFileException("/" + String.join("/", path));
            }
            return new NodeInfo(FILE, false, 512, never, never, never, Set.of(), 1);
        }

        @Override
        public List<NodeInfo> list(List<String> path) throws IOException {
            return List.of(stat(List.of(FILE)));
        }

        @Override
        public OpenNode open(List<String> path, boolean write, boolean create, boolean exclusive) throws IOException {
            stat(path);
            return new Node(volume);
        }

        private static IOException refused() {
            return new java.nio.file.FileSystemException(null, null, "there is one file, and it stays");
        }

        @Override
        public void createDirectory(List<String> path) throws IOException {
            throw refused();
        }

        @Override
        public void delete(List<String> path) throws IOException {
            throw refused();
        }

        @Override
        public void rename(List<String> from, List<String> to, boolean replace) throws IOException {
            throw refused();
        }

        @Override
        public void setTimes(List<String> path, Instant modified, Instant accessed, Instant created)
                throws IOException {
            throw refused();
        }

        @Override
        public void setFlags(List<String> path, Set<NodeInfo.Flag> flags) throws IOException {
            throw refused();
        }

        @Override
        public boolean isDirty() {
            return volume.isDirty(Volume.Stage.DATA);
        }

        @Override
        public void sync() throws IOException {
            volume.writeBack(Volume.Stage.DATA);
            volume.flush();
        }

        @Override
        public void quiesce() throws IOException {
            sync();
        }
    }

    private record Node(Volume volume) implements OpenNode {
        @Override
        public long size() {
            return 512;
        }

        @Override
        public int read(long position, ByteBuffer into) throws IOException {
            if (position >= 512) {
                return -1;
            }
            int n = (int) Math.min(into.remaining(), 512 - position);
            ByteBuffer part = into.duplicate().limit(into.position() + n);
            volume.read(position, part);
            into.position(part.position());
            return n;
        }

        @Override
        public int write(long position, ByteBuffer from) throws IOException {
            int n = from.remaining();
            volume.write(Math.max(0, position), from, Volume.Stage.DATA, false, volume.errors());
            return n;
        }

        @Override
        public void truncate(long size) {
            // It is as long as it is.
        }

        @Override
        public void force() throws IOException {
            volume.writeBack(Volume.Stage.DATA);
            volume.flush();
        }

        @Override
        public void close() {
            // Nothing is kept.
        }
    }
}
