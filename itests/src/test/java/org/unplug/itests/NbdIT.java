package org.unplug.itests;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.ExamFactory;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.nat.internal.NativeTestContainerFactory;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.unplug.block.Disk;
import org.unplug.export.nbd.NbdServer;
import org.unplug.fs.DiskGoneException;
import org.unplug.fs.FormatOptions;
import org.unplug.fs.Mount;
import org.unplug.fs.MountOptions;
import org.unplug.fs.MountTable;

/** NBD both ways in a framework: our server, our client, file systems on both, and bundles that stop in between. */
@RunWith(PaxExam.class)
@ExamFactory(NativeTestContainerFactory.class)
@ExamReactorStrategy(PerClass.class)
public class NbdIT {

    private static final String POINT = "/mnt/nbd";

    @Inject
    private BundleContext context;

    private Rig rig;
    private Path folder;
    private final List<Configuration> made = new ArrayList<>();
    private Process process;

    @org.ops4j.pax.exam.Configuration
    public Option[] framework() {
        return new Option[] {
            TargetPlatform.runtime(),
            TargetPlatform.unplug(),
            TargetPlatform.bundles(
                    "org.unplug.nbd-protocol",
                    "org.unplug.export-nbd",
                    "org.unplug.driver-nbd",
                    "org.unplug.driver-hold")
        };
    }

    @Before
    public void setUp() throws IOException {
        rig = new Rig(context);
        folder = Files.createTempDirectory("nbd");
    }

    @After
    public void tearDown() throws Exception {
        for (Mount mount : rig.service(MountTable.class).list()) {
            rig.service(MountTable.class).unmount(mount.point());
        }
        for (int i = made.size() - 1; i >= 0; i--) {
            made.get(i).delete();
        }
        if (process != null) {
            process.destroy();
        }
        Await.until("every disk is released", () -> rig.list().isEmpty());
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        }
    }

    private void configure(String pid, Map<String, ?> properties) throws IOException {
        Configuration configuration = rig.service(ConfigurationAdmin.class).createFactoryConfiguration(pid, "?");
        configuration.update(new Hashtable<>(properties));
        made.add(configuration);
    }

    private String socket(String name) {
        return folder.resolve(name).toString();
    }

    private static String uri(String export, String socket) {
        return "nbd+unix:///" + export + "?socket=" + socket;
    }

    private Disk ramDisk() throws IOException {
        configure("org.unplug.driver.ram", Map.of("megabytes", 32L));
        return rig.disk("(disk.bus=ram)");
    }

    private NbdServer exported(String disk) throws IOException {
        configure(
                "org.unplug.export.nbd",
                Map.of("uri", uri("", socket("ours")), "filter", "(disk.name=" + disk + ")", "lingerMs", 300));
        NbdServer server = rig.service(NbdServer.class);
        Await.until(disk + " is exported", () -> server.exports().size() == 1);
        return server;
    }

    private Disk attached(String uri) throws IOException {
        configure("org.unplug.driver.nbd", Map.of("uri", uri, "deadAfterSeconds", 1));
        return rig.disk("(disk.bus=nbd)");
    }

    private FileSystem formattedAndMounted(Disk disk) throws IOException {
        MountTable table = rig.service(MountTable.class);
        rig.settle();
        table.format(disk.info().name(), FormatOptions.of("fat16"));
        return table.mount(disk.info().name(), POINT, MountTable.AUTO, MountOptions.DEFAULT)
                .fileSystem();
    }

    private static byte[] random(int bytes) {
        byte[] data = new byte[bytes];
        new Random(bytes).nextBytes(data);
        return data;
    }

    @Test
    public void ourClient_onOurServer_carriesAFileSystem_untilTheDriverBehindItStops() throws Exception {
        Disk ram = ramDisk();
        NbdServer server = exported(ram.info().name());
        Disk remote = attached(uri(ram.info().name(), socket("ours")));
        assertEquals(ram.info().capacitySectors(), remote.info().capacitySectors());
        FileSystem files = formattedAndMounted(remote);
        byte[] data = random(3_000_000);
        Files.write(files.getPath("/data"), data);
        rig.service(MountTable.class).find(POINT).orElseThrow().sync();
        assertArrayEquals(data, Files.readAllBytes(files.getPath("/data")));
        long written = server.sessions().stream()
                .mapToLong(NbdServer.SessionInfo::bytesWritten)
                .sum();
        assertTrue(written + " bytes have come over all connections", written >= data.length);

        Bundle driver = rig.bundle("org.unplug.driver-ram");
        driver.stop();
        try {
            Await.until("the file system says that its disk is gone", () -> {
                try {
                    Files.write(files.getPath("/more"), random(100_000));
                    rig.service(MountTable.class).find(POINT).orElseThrow().sync();
                    return false;
                } catch (DiskGoneException gone) {
                    return true;
                } catch (IOException other) {
                    return false;
                }
            });
            rig.service(MountTable.class).unmount(POINT);
            Await.until("nobody is connected", () -> server.sessions().isEmpty());
            assertEquals(List.of(), server.exports());
            Await.until("both disks are released", () -> rig.list().isEmpty());
        } finally {
            driver.start();
        }
    }

    @Test
    public void stopOfTheServersBundle_isASurpriseForItsClients_andLeavesNoThread() throws Exception {
        Disk ram = ramDisk();
        exported(ram.info().name());
        Disk remote = attached(uri(ram.info().name(), socket("ours")));
        String name = remote.info().name();
        Bundle server = rig.bundle("org.unplug.export-nbd");
        server.stop();
        Await.until(
                "the attached disk is gone",
                () -> rig.find(Disk.class, "(disk.name=" + name + ")").isEmpty());
        Await.until(
                "no thread of it is left",
                () -> Rig.unplugThreads().stream()
                        .noneMatch(t -> t.startsWith("unplug-nbd") && !t.startsWith("unplug-nbd-disk")));
        assertTrue(Files.notExists(Path.of(socket("ours"))));
        server.start();
        Await.until(
                "it is attached anew",
                () -> rig.find(Disk.class, "(disk.bus=nbd)").isPresent());
    }

    @Test
    public void fat_onAQcow2ThatQemuServes_isReadAndWritten() throws Exception {
        Tools.assume("qemu-nbd", "qemu-img");
        Path image = folder.resolve("disk.qcow2");
        Tools.run("qemu-img", "create", "-f", "qcow2", image.toString(), "64M");
        process = new ProcessBuilder(
                        "qemu-nbd",
                        "-f",
                        "qcow2",
                        "-k",
                        socket("qemu"),
                        "-x",
                        "disk",
                        "-e",
                        "8",
                        "-t",
                        image.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        // Its socket's file is there before it listens.
        Await.until("qemu-nbd listens", () -> {
            try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(socket("qemu")))) {
                return probe.isConnected();
            } catch (IOException notYet) {
                return false;
            }
        });
        Disk disk = attached(uri("disk", socket("qemu")));
        FileSystem files = formattedAndMounted(disk);
        byte[] data = random(10_000_000);
        Files.write(files.getPath("/data"), data);
        assertTrue(rig.service(MountTable.class).unmount(POINT).clean());
        FileSystem again = rig.service(MountTable.class)
                .mount(disk.info().name(), POINT, MountTable.AUTO, MountOptions.DEFAULT)
                .fileSystem();
        assertArrayEquals(data, Files.readAllBytes(again.getPath("/data")));
        rig.service(MountTable.class).unmount(POINT);
        made.remove(made.size() - 1).delete();
        Await.until("it is detached", () -> rig.list().isEmpty());
        process.destroy();
        assertTrue(process.waitFor(20, TimeUnit.SECONDS));
        Tools.run("qemu-img", "check", image.toString());
    }

    @Test
    public void fioVerifies_whileTheDriverBehindTheExportIsStoppedAndStarted() throws Exception {
        Tools.assume("fio");
        Path image = folder.resolve("image");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(64 << 20);
        }
        configure("org.unplug.driver.loop", Map.of("file", image.toString()));
        Disk loop = rig.disk("(disk.bus=loop)");
        configure("org.unplug.driver.hold", Map.of("disk", loop.info().name(), "waitMs", 60_000L, "holdOrderly", true));
        Disk hold = rig.disk("(disk.name=hold*)");
        NbdServer server = exported(hold.info().name());
        process = new ProcessBuilder(
                        "fio",
                        "--name=verify",
                        "--ioengine=nbd",
                        "--uri=" + uri(hold.info().name(), socket("ours")),
                        "--rw=randrw",
                        "--bs=4k",
                        "--iodepth=16",
                        "--size=32m",
                        "--loops=1000",
                        "--time_based",
                        "--runtime=6",
                        "--verify=crc32c",
                        "--verify_fatal=1",
                        "--verify_state_save=0")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("fio.out").toFile())
                .start();
        Bundle driver = rig.bundle("org.unplug.driver-loop");
        int rounds = 0;
        while (process.isAlive()) {
            long before = requests(server);
            Await.until("fio gets on, or is done", () -> requests(server) > before + 500 || !process.isAlive());
            if (process.isAlive()) {
                driver.stop();
                driver.start();
                rounds++;
            }
        }
        assertTrue("the driver was never stopped under it", rounds > 0);
        assertTrue("fio ends", process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(Files.readString(folder.resolve("fio.out")), 0, process.exitValue());
    }

    private static long requests(NbdServer server) {
        return server.sessions().stream()
                .mapToLong(NbdServer.SessionInfo::requests)
                .sum();
    }
}
