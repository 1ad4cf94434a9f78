package org.unplug.export.nbd.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.unplug.driver.ram.RamDriver;

/** Real clients, each at what it is for. */
@Timeout(120)
class PeersTest {

    private static final int BYTES = 48 << 20;

    @TempDir
    Path directory;

    private ServerRig rig;

    @BeforeEach
    void serve() throws IOException {
        rig = new ServerRig(ServerRig.PATIENT);
        RamDriver driver = new RamDriver(BYTES, 512);
        rig.offer("ram0", rig.add(driver.spec("ram"), driver), false);
    }

    @AfterEach
    void stop() throws IOException {
        rig.close();
        assertTrue(rig.lost.isEmpty(), rig.lost.toString());
    }

    private Path image(int bytes) throws IOException {
        byte[] data = new byte[bytes];
        new Random(3).nextBytes(data);
        return Files.write(directory.resolve("image"), data);
    }

    @Test
    void nbdinfo_seesTheExport_andWhatItCan() throws Exception {
        Tools.need("nbdinfo");
        String info = Tools.run("nbdinfo", rig.uri("ram0"));
        assertTrue(info.contains("export-size: " + BYTES), info);
        for (String can : new String[] {
            "can_cache", "can_df", "can_fast_zero", "can_flush", "can_fua", "can_multi_conn", "can_trim", "can_zero"
        }) {
            assertTrue(info.contains(can + ": true"), info);
        }
        assertTrue(Tools.run("nbdinfo", "--list", rig.uri("")).contains("export=\"ram0\""));
        assertTrue(Tools.run("nbdinfo", "--map", rig.uri("ram0")).contains("zero"), "an empty disk is all zeroes");
    }

    @Test
    void nbdcopy_roundTrip_isIdentical() throws Exception {
        Tools.need("nbdcopy", "cmp");
        Path image = image(BYTES);
        Path back = directory.resolve("back");
        Tools.run("nbdcopy", "--flush", image.toString(), rig.uri("ram0"));
        Tools.run("nbdcopy", "--connections=4", rig.uri("ram0"), back.toString());
        Tools.run("cmp", image.toString(), back.toString());
    }

    @Test
    void qemuImg_convertsComparesAndBenches() throws Exception {
        Tools.need("qemu-img");
        Path image = image(BYTES);
        String uri = rig.uri("ram0");
        Tools.run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", image.toString(), uri);
        Tools.run("qemu-img", "compare", "-f", "raw", "-F", "raw", image.toString(), uri);
        Path copy = directory.resolve("copy.qcow2");
        Tools.run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", uri, copy.toString());
        Tools.run("qemu-img", "compare", "-f", "raw", "-F", "qcow2", uri, copy.toString());
        Tools.run("qemu-img", "bench", "-f", "raw", "-c", "500", "-d", "16", "-s", "64k", "-w", uri);
    }

    @Test
    void qemuIo_readsWhatItWrote_zeroedAndDiscarded() throws Exception {
        Tools.need("qemu-io");
        String out = Tools.run(
                "qemu-io",
                "-f",
                "raw",
                "-c",
                "write -P 7 1M 3M",
                "-c",
                "write -z -u 2M 512k",
                "-c",
                "write -z 3M 64k",
                "-c",
                "discard 100k 50k",
                "-c",
                "aio_write -P 9 5M 9M",
                "-c",
                "aio_flush",
                "-c",
                "write -f -P 5 20M 100k",
                "-c",
                "flush",
                "-c",
                "read -P 7 1M 1M",
                "-c",
                "read -P 0 2M 512k",
                "-c",
                "read -P 0 3M 64k",
                "-c",
                "read -P 9 5M 9M",
                "-c",
                "read -P 5 20M 100k",
                rig.uri("ram0"));
        assertTrue(!out.contains("verification failed"), out);
    }

    @Test
    void nbdsh_speaksEachCommand() throws Exception {
        Tools.need("nbdsh");
        Tools.needPython();
        Tools.run(
                "/usr/bin/python3",
                "-m",
                "nbd",
                "-u",
                rig.uri("ram0"),
                "-c",
                "b = bytearray(b'x' * 65536)",
                "-c",
                "h.pwrite(b, 8192, nbd.CMD_FLAG_FUA)",
                "-c",
                "assert h.pread(65536, 8192) == b",
                "-c",
                "h.flush(); h.cache(4096, 0); h.trim(4096, 8192); h.zero(4096, 12288, nbd.CMD_FLAG_NO_HOLE)",
                "-c",
                "assert h.pread(4096, 12288) == bytearray(4096)",
                "-c",
                "assert h.pread_structured(65536, 8192, lambda *a: 0, nbd.CMD_FLAG_DF) is not None",
                "-c",
                "h.shutdown()");
    }

    @Test
    void nbdClient_listsExports() throws Exception {
        Tools.need("nbd-client");
        Tools.run("/usr/sbin/nbd-client", "-l", "-unix", rig.server.uri().socket());
    }

    @Test
    void fio_verifiesWhatItWrote() throws Exception {
        Tools.need("fio");
        for (String bs : new String[] {"4k", "128k", "1m"}) {
            String out = Tools.run(
                    "fio",
                    "--name=verify",
                    "--ioengine=nbd",
                    "--uri=" + rig.uri("ram0"),
                    "--rw=randrw",
                    "--bs=" + bs,
                    "--iodepth=16",
                    "--size=" + BYTES,
                    "--io_size=" + BYTES / 2,
                    "--verify=crc32c",
                    "--verify_fatal=1",
                    "--verify_state_save=0");
            assertTrue(out.contains("err= 0"), out);
        }
        assertEquals(0, rig.layer.faults.size());
    }
}
