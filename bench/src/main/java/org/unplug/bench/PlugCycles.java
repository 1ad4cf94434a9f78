package org.unplug.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.Request;
import org.unplug.driver.ram.RamDriver;

/**
 * Disks plugged and unplugged again and again, and whether anything of them is left: live objects, threads, descriptors and loaded
 * classes at each tenth of the way. Run by {@code bench/removals cycles [COUNT]}.
 *
 * <p>In turns: an orderly removal of a disk that was written and read, and a surprise to one that has reads in flight, which its driver
 * keeps until it is asked to let them go.
 */
final class PlugCycles {

    private static final PrintStream OUT = System.out;
    private static final int IN_FLIGHT = 8;
    private static final int BYTES = 4096;

    private PlugCycles() {}

    /** What there is after a full collection. */
    private record Census(long objects, long bytes, int threads, long descriptors, int classes) {

        static Census take() throws IOException {
            try {
                String histogram = (String) ManagementFactory.getPlatformMBeanServer()
                        .invoke(
                                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                                "gcClassHistogram",
                                new Object[] {new String[0]},
                                new String[] {String[].class.getName()});
                String[] total = histogram
                        .strip()
                        .lines()
                        .reduce((a, b) -> b)
                        .orElseThrow()
                        .strip()
                        .split(" +");
                try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
                    return new Census(
                            Long.parseLong(total[1]),
                            Long.parseLong(total[2]),
                            ManagementFactory.getThreadMXBean().getThreadCount(),
                            open.count(),
                            ManagementFactory.getClassLoadingMXBean().getLoadedClassCount());
                }
            } catch (JMException e) {
                throw new IOException("no census: " + e, e);
            }
        }
    }

    /** Keeps what it is given until it is asked to let something go; from then on it keeps nothing. */
    private static final class Keeping implements DiskDriver {
        private final List<Request> kept = new ArrayList<>();
        private boolean lettingGo;

        @Override
        public boolean queueRequest(Request request) {
            synchronized (this) {
                if (!lettingGo) {
                    kept.add(request);
                    return true;
                }
            }
            request.complete(BlockStatus.GONE);
            return true;
        }

        @Override
        public void cancel(Request one) {
            List<Request> all;
            synchronized (this) {
                lettingGo = true;
                all = List.copyOf(kept);
                kept.clear();
            }
            all.forEach(request -> request.complete(BlockStatus.GONE));
        }
    }

    /** @throws IllegalStateException if a removal was not as it should be */
    static void run(int cycles) throws IOException {
        ByteBuffer data = ByteBuffer.allocateDirect(BYTES);
        try (BenchLayer layer = new BenchLayer()) {
            OUT.println("    cycles  live objects   KiB live  threads  descriptors  classes");
            for (int i = 0; i < cycles / 10; i++) {
                plug(layer, i, data);
            }
            // The first one makes objects and loads classes of its own, as does its printing.
            row(0, Census.take());
            long began = System.nanoTime();
            Census first = print(0);
            Census now = first;
            for (int i = 0; i < cycles; i++) {
                plug(layer, i, data);
                if ((i + 1) % (cycles / 10) == 0) {
                    now = print(i + 1);
                }
            }
            OUT.printf(
                    "cycles: %,d disks plugged and unplugged, half of them by surprise with %d requests in flight, in %.0f s; growth from the "
                            + "first to the last census: %+,d objects, %+d threads, %+d descriptors, %+d classes%n",
                    cycles,
                    IN_FLIGHT,
                    (System.nanoTime() - began) / 1e9,
                    now.objects - first.objects,
                    now.threads - first.threads,
                    now.descriptors - first.descriptors,
                    now.classes - first.classes);
        }
    }

    private static Census print(int cycles) throws IOException {
        Census now = Census.take();
        OUT.println(row(cycles, now));
        return now;
    }

    private static String row(int cycles, Census now) {
        return String.format(
                "%,10d  %,12d  %,9d  %,7d  %,11d  %,7d",
                cycles, now.objects, now.bytes >> 10, now.threads, now.descriptors, now.classes);
    }

    private static void plug(BenchLayer layer, int cycle, ByteBuffer data) throws IOException {
        RamDriver memory = new RamDriver(1 << 20, 512);
        boolean surprise = cycle % 2 == 1;
        Gendisk disk = layer.table().add(layer.owner(), memory.spec("ram"), surprise ? new Keeping() : memory);
        DiskHandle handle = disk.open(layer.owner(), Holder.named("bench"), OpenMode.WRITE);
        Bio[] bios = new Bio[surprise ? IN_FLIGHT : 0];
        if (surprise) {
            for (int i = 0; i < IN_FLIGHT; i++) {
                bios[i] = handle.newBio().read(i * 8L, data);
            }
            handle.submit(bios, 0, IN_FLIGHT);
        } else {
            handle.write(8, data.clear());
            handle.read(8, data.clear());
        }
        RemovalReport report = disk.remove(surprise ? Removal.SURPRISE : Removal.ORDERLY);
        handle.close();
        for (Bio bio : bios) {
            if (bio.status() != BlockStatus.GONE) {
                throw new IllegalStateException("cycle " + cycle + ": a request ended " + bio.status());
            }
        }
        if (!report.quiet()) {
            throw new IllegalStateException("cycle " + cycle + ": " + report.summary());
        }
    }
}
